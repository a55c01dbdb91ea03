// The keyboard, for those who wish: everything here can be done with Tab and buttons too.
export function shortcuts(page) {
  const onKey = (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      page.run();
    } else if (event.key === "Escape" && page.running) {
      event.preventDefault();
      page.stop();
    } else if (event.key === "Escape" && page.listOpen) page.listOpen = false;
    else if (event.key === "/" && !target.closest("textarea, input, select")) {
      event.preventDefault();
      page.listOpen = true;
      page.$nextTick(() => page.$el.querySelector(".task-search")?.focus());
    }
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
