// The keyboard, for those who wish: everything here can be done with Tab and buttons too.

export function listen(page) {
  const onKey = (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const target = event.target instanceof Element ? event.target : document.body;
    const withControl = event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && withControl) return act(event, page.submit);
    if (target.closest("textarea, input, select, [contenteditable]")) return;
    const card = target.closest(".answer[data-key]");
    const arrow = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (arrow && card && (event.altKey || event.shiftKey || withControl))
      return act(event, () => page.moveBy(card.dataset.key, arrow));
    if (event.altKey || withControl) return;
    if (arrow && (target === card || target === document.body || target.matches(".item-title"))) return act(event, () => page.focusBy(card?.dataset.key, arrow));
    if (event.key === "Enter") return target.closest("button, a, summary") ? undefined : act(event, page.submit);
    if (event.key === "?") return act(event, page.help);
    const letter = event.key.toUpperCase();
    if (page.has(letter)) return act(event, () => page.focus(letter));
    if (/^[1-9]$/.test(event.key) && card) return act(event, () => page.place(card.dataset.key, Number(event.key) - 1));
    const other = { s: page.skip, "[": page.previous, "]": page.following, u: page.undo }[event.key];
    if (other) act(event, other);
  };
  window.addEventListener("keydown", onKey);
  return () => window.removeEventListener("keydown", onKey);
}

function act(event, what) {
  event.preventDefault();
  what();
}
