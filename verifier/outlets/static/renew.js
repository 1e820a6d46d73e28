/* Renews the page after a while in which nobody used it: what is being read or pointed at stays. */
"use strict";

(() => {
  const AFTER = Number(document.currentScript.dataset.after) * 1000;
  let timer = 0;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => (getSelection().isCollapsed ? location.reload() : wait()), AFTER);
  };
  for (const used of ["pointermove", "pointerdown", "keydown", "scroll", "focusin"]) {
    addEventListener(used, wait, { passive: true });
  }
  wait();
})();
