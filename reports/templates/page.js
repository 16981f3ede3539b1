"use strict";
(() => {
  const box = document.querySelector(".search");
  if (box) {
    const input = box.querySelector("input");
    const output = box.querySelector("output");
    const rows = Array.from(document.querySelectorAll("[data-f]"));
    let words = null;
    const search = () => {
      // Read once, and only when somebody searches: a page can hold ten thousand rows.
      words = words || rows.map((row) => row.textContent.toLowerCase());
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      rows.forEach((row, index) => {
        const fits = words[index].includes(wanted);
        row.hidden = !fits;
        shown += fits;
      });
      output.textContent = wanted
        ? output.dataset.text.replace("{shown}", shown).replace("{all}", rows.length)
        : "";
    };
    box.hidden = false;
    input.addEventListener("input", search);
  }
  const open = () => {
    const target = location.hash.startsWith("#case-") && document.getElementById(location.hash.slice(1));
    if (target) target.querySelector("details").open = true;
  };
  addEventListener("hashchange", open);
  open();
})();
