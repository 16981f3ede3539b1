"use strict";
(() => {
  const target = () => (location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null);
  const rows = Array.from(document.querySelectorAll(".cases > [data-f]"));
  const posts = Array.from(document.querySelectorAll(".posts [data-f]"));
  const box = document.querySelector(".search");
  if (box) {
    const input = box.querySelector("input");
    const output = box.querySelector("output");
    const order = box.querySelector("select");
    // Nothing here asks the browser where things stand: with ten thousand rows that takes seconds.
    const lists = Array.from(document.querySelectorAll(".cases"));
    const sorted = document.querySelectorAll(".sorted .cases");
    const rests = document.querySelectorAll(".rest");
    const unfolded = new Set();
    const marks = rows.map((row) => ` ${row.dataset.f} `);
    let words = null;
    const read = () => {
      // Read once, and only when somebody searches or the browser has nothing else to do.
      words = words || rows.map((row) => row.textContent.toLowerCase());
    };
    const listMarks = () => {
      const note = location.hash.startsWith("#show-") && target();
      return note ? note.dataset.m.split(" ").map((mark) => ` ${mark} `) : [];
    };
    const showGroups = () => {
      const shown = rows.concat(posts).filter((row) => !row.hidden);
      const filled = new Set(shown.map((row) => row.closest(".group")));
      document.querySelectorAll(".group").forEach((group) => {
        group.hidden = !filled.has(group);
      });
    };
    // What was unfolded to show some rows is folded again before all are shown: that is quicker, too.
    const foldAgain = () => {
      unfolded.forEach((rest) => {
        rest.open = false;
      });
      unfolded.clear();
    };
    const unfoldRest = () => {
      rests.forEach((rest) => {
        if (!rest.open) unfolded.add(rest);
        rest.open = true;
      });
    };
    const choose = () => {
      const wanted = input.value.trim().toLowerCase();
      const chosen = listMarks();
      if (wanted) read();
      const isAll = !wanted && !chosen.length;
      if (isAll) foldAgain();
      let all = 0;
      let shown = 0;
      rows.forEach((row, index) => {
        const isChosen = chosen.every((mark) => marks[index].includes(mark));
        const isShown = isChosen && (!wanted || words[index].includes(wanted));
        if (row.hidden === isShown) row.hidden = !isShown;
        all += isChosen ? 1 : 0;
        shown += isShown ? 1 : 0;
      });
      // Posts have no words here to search in.
      posts.forEach((same) => {
        same.hidden = wanted || !chosen.every((mark) => ` ${same.dataset.f} `.includes(mark));
      });
      if (!isAll) unfoldRest();
      showGroups();
      const text = shown ? output.dataset.text : output.dataset.none;
      output.textContent = wanted ? text.replace("{shown}", shown).replace("{all}", all) : "";
    };
    const clear = () => {
      if (input.value) {
        input.value = "";
        choose();
      }
    };
    const homes = rows.map((row) => row.parentNode);
    const begun = [];
    const waits = [];
    rows.forEach((row) => {
      const [minute, wait] = row.dataset.s.split(" ");
      begun.push(Number(minute));
      waits.push(Number(wait));
    });
    // Who never had a clock has no wait (-1) and stands at the end of both.
    const ranks = {
      oldest: (index) => begun[index],
      newest: (index) => -begun[index],
      longest: (index) => -waits[index],
      shortest: (index) => (waits[index] < 0 ? Infinity : waits[index]),
    };
    const FIRST = 100;
    const sort = () => {
      const rank = ranks[order.value];
      const keys = rank && rows.map((row, index) => rank(index));
      const places = rows.map((row, index) => index);
      if (keys) places.sort((one, other) => keys[one] - keys[other] || one - other);
      // All rows of one list at once, and most of them folded: nothing of these is laid out.
      const parts = new Map(lists.map((list) => [list, document.createDocumentFragment()]));
      places.forEach((index, place) => {
        const list = keys ? sorted[Number(place >= FIRST)] : homes[index];
        parts.get(list).append(rows[index]);
      });
      parts.forEach((part, list) => list.append(part));
      if (!input.value.trim() && !listMarks().length) foldAgain();
      sorted[1].closest("details").hidden = !sorted[1].firstChild;
      showGroups();
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
  const folds = () => document.querySelectorAll("details:not(.told details)");
  const reveal = () => {
    // Whatever an address names is unfolded with all that it lies in.
    const wanted = target();
    const story = wanted && wanted.querySelector(":scope > details");
    if (story) story.open = true;
    for (let part = wanted; part; part = part.parentElement) {
      if (part.localName === "details" && !part.open) {
        part.open = true;
        wanted.scrollIntoView({ behavior: "instant" });
      }
    }
  };
  addEventListener("hashchange", reveal);
  reveal();
  // Browsers whose style cannot unfold for print (`::details-content`).
  if (!CSS.supports("selector(::details-content)")) {
    let unfolded = [];
    addEventListener("beforeprint", () => {
      unfolded = Array.from(folds()).filter((fold) => !fold.open);
      unfolded.forEach((fold) => {
        fold.open = true;
      });
    });
    addEventListener("afterprint", () => {
      unfolded.forEach((fold) => {
        fold.open = false;
      });
    });
  }
  const unfold = document.querySelector(".unfold");
  if (unfold) {
    const button = unfold.querySelector("button");
    const texts = [button.textContent, button.dataset.fold];
    let isOpen = false;
    unfold.hidden = false;
    button.addEventListener("click", () => {
      isOpen = !isOpen;
      folds().forEach((fold) => {
        fold.open = isOpen;
      });
      button.textContent = texts[Number(isOpen)];
    });
  }
})();
