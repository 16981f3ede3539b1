"use strict";
(() => {
  const box = document.querySelector(".search");
  if (box) {
    const input = box.querySelector("input");
    const output = box.querySelector("output");
    const rows = Array.from(document.querySelectorAll("[data-f]"));
    const isVisible = (row) => row.getClientRects().length > 0;
    let words = null;
    const search = () => {
      // Read once, and only when somebody searches: a page can hold ten thousand rows.
      words = words || rows.map((row) => row.textContent.toLowerCase());
      const wanted = input.value.trim().toLowerCase();
      rows.forEach((row) => { row.hidden = false; });
      const all = wanted ? rows.filter(isVisible).length : 0;
      rows.forEach((row, index) => { row.hidden = !words[index].includes(wanted); });
      const shown = wanted ? rows.filter(isVisible).length : 0;
      const text = shown ? output.dataset.text : output.dataset.none;
      output.textContent = wanted ? text.replace("{shown}", shown).replace("{all}", all) : "";
    };
    const clear = () => {
      if (input.value) {
        input.value = "";
        search();
      }
    };
    box.hidden = false;
    input.addEventListener("input", search);
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
