"use strict";
(() => {
  const rows = Array.from(document.querySelectorAll("[data-f]"));
  const box = document.querySelector(".search");
  if (box) {
    const input = box.querySelector("input");
    const output = box.querySelector("output");
    const order = box.querySelector("select");
    // Nothing here asks the browser where things stand: with ten thousand rows that takes seconds.
    const lists = document.querySelectorAll(".cases, .brief-cases");
    const marks = rows.map((row) => ` ${row.dataset.f} `);
    let words = null;
    const read = () => {
      // Read once, and only when somebody searches or the browser has nothing else to do.
      words = words || rows.map((row) => row.textContent.toLowerCase());
    };
    const listMarks = () => {
      const note = location.hash.startsWith("#show-") && document.getElementById(location.hash.slice(1));
      return note ? note.dataset.m.split(" ").map((mark) => ` ${mark} `) : [];
    };
    const choose = () => {
      const wanted = input.value.trim().toLowerCase();
      const chosen = listMarks();
      if (wanted) read();
      let all = 0;
      let shown = 0;
      const filled = new Set();
      rows.forEach((row, index) => {
        const isChosen = chosen.every((mark) => marks[index].includes(mark));
        const isShown = isChosen && (!wanted || words[index].includes(wanted));
        if (row.hidden === isShown) row.hidden = !isShown;
        if (isShown) filled.add(row.parentNode);
        all += isChosen ? 1 : 0;
        shown += isShown ? 1 : 0;
      });
      lists.forEach((list) => {
        list.closest(".group").hidden = !filled.has(list);
      });
      const text = shown ? output.dataset.text : output.dataset.none;
      output.textContent = wanted ? text.replace("{shown}", shown).replace("{all}", all) : "";
    };
    const clear = () => {
      if (input.value) {
        input.value = "";
        choose();
      }
    };
    const places = new Map(rows.map((row, index) => [row, [index, ...row.dataset.s.split(" ").map(Number)]]));
    const comparisons = {
      "": (one, other) => one[0] - other[0],
      oldest: (one, other) => one[1] - other[1],
      newest: (one, other) => other[1] - one[1],
      // Who never had a clock has no wait (-1) and stands at the end of both.
      longest: (one, other) => other[2] - one[2],
      shortest: (one, other) => (one[2] < 0) - (other[2] < 0) || one[2] - other[2],
    };
    const sort = () => {
      const compare = comparisons[order.value];
      lists.forEach((list) => {
        const sorted = Array.from(list.children).sort((one, other) => compare(places.get(one), places.get(other)));
        const all = document.createDocumentFragment();
        sorted.forEach((row) => all.append(row));
        list.append(all);
      });
    };
    box.hidden = false;
    input.addEventListener("input", choose);
    order.addEventListener("change", sort);
    addEventListener("hashchange", choose);
    if (location.hash) choose();
    (window.requestIdleCallback || setTimeout)(read);
    let origin = null;
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']");
      const place = link ? link.getAttribute("href") : "";
      if (place.startsWith("#show-")) {
        origin = link;
      }
      if (place.startsWith("#show-") || place.startsWith("#case-") || place === "#cases") {
        // Words left in the box would silently hide some of what the link promises.
        clear();
      }
      if (origin && link && link.classList.contains("back")) {
        event.preventDefault();
        location.hash = place;
        requestAnimationFrame(() => {
          origin.scrollIntoView({ block: "center", behavior: "instant" });
          origin.focus({ preventScroll: true });
        });
      }
    });
  }
  const open = () => {
    const target = location.hash.startsWith("#case-") && document.getElementById(location.hash.slice(1));
    const story = target && target.querySelector("details");
    if (story) story.open = true;
  };
  addEventListener("hashchange", open);
  open();
})();
