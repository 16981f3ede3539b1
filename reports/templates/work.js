"use strict";
(() => {
  // Asks for the same page again and takes over what has changed, row by row: nothing
  // that has the focus is replaced, and nothing that stayed the same is read out again.
  const main = document.getElementById("main");
  const news = document.getElementById("news");
  const PATIENCE = 20000;
  let timer = 0;
  let asked = Date.now();

  const hasFocus = (node) => node.contains(document.activeElement);

  const patch = (row, fresh) => {
    fresh.querySelectorAll("[data-part]").forEach((part) => {
      const old = row.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!old.isEqualNode(part) && !hasFocus(old)) old.replaceWith(part);
    });
  };

  const leave = (row) => {
    // Whoever read a row that goes continues with the next one.
    const near = row.nextElementSibling || row.previousElementSibling;
    const next = (near && near.querySelector("a")) || document.getElementById("list-title");
    if (hasFocus(row)) next.focus({ preventScroll: true });
    row.remove();
  };

  const renewList = (list, fresh) => {
    const wanted = Array.from(fresh.children);
    const there = new Map(Array.from(list.children, (row) => [row.id, row]));
    const ids = new Set(wanted.map((row) => row.id));
    const gone = Array.from(list.children).filter((row) => !ids.has(row.id));
    let added = 0;
    wanted.forEach((row, index) => {
      const old = there.get(row.id);
      if (old) {
        patch(old, row);
      } else {
        row.classList.add("is-new");
        added += 1;
      }
      const place = list.children[index] || null;
      if (place !== (old || row) && !(old && hasFocus(old))) list.insertBefore(old || row, place);
    });
    gone.forEach(leave);
    return { added, gone: gone.length };
  };

  const takeOver = (fresh) => {
    ["total", "as-of", "choices", "none", "measuring", "trouble", "pages", "outside"].forEach((id) => {
      const [old, part] = [document.getElementById(id), fresh.getElementById(id)];
      if (!old.isEqualNode(part) && !hasFocus(old)) old.replaceWith(part);
    });
    const found = renewList(document.getElementById("list"), fresh.getElementById("list"));
    if (found.added || found.gone) {
      news.textContent = news.dataset.text.replace("{added}", found.added).replace("{gone}", found.gone);
    }
    main.dataset.next = fresh.getElementById("main").dataset.next;
  };

  const renew = async () => {
    clearTimeout(timer);
    asked = Date.now();
    try {
      const answer = await fetch(location.href, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PATIENCE) });
      if (!answer.ok) throw new Error(String(answer.status));
      takeOver(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      const trouble = document.getElementById("trouble");
      trouble.textContent = news.dataset.failed;
      trouble.hidden = false;
      if (news.textContent !== news.dataset.failed) news.textContent = news.dataset.failed;
    }
    plan();
  };

  const wait = () => 1000 * (Number(main.dataset.next) || 60);
  const plan = () => {
    timer = setTimeout(() => (document.hidden ? plan() : renew()), wait());
  };

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - asked > wait()) renew();
  });
  plan();
})();
