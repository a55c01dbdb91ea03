// Dragging with mouse, pen or finger, by the SortableJS that NiceGUI carries.
// The list's order belongs to Vue: Sortable's own move of the element is undone, and the page told what was meant.

export async function dragging(list, { handle, horizontal = false, onMove }) {
  const { Sortable } = await import("nicegui-sortable");
  return Sortable.create(list, {
    handle,
    draggable: "[data-key]",
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
    direction: horizontal ? "horizontal" : "vertical",
    // The browser's own dragging knows no touch and draws no card; the fallback does both the same way everywhere.
    forceFallback: true,
    fallbackOnBody: true,
    fallbackTolerance: 4, // px: a click on the handle is no drag
    ghostClass: "drag-place",
    chosenClass: "drag-chosen",
    fallbackClass: "drag-card",
    scroll: true,
    scrollSensitivity: 90,
    scrollSpeed: 16,
    onStart: () => document.documentElement.classList.add("dragging"),
    onEnd: ({ item, from, oldDraggableIndex: before, newDraggableIndex: after }) => {
      document.documentElement.classList.remove("dragging");
      if (before === after) return;
      item.remove();
      from.insertBefore(item, from.querySelectorAll(":scope > [data-key]")[before] ?? null);
      onMove(item.dataset.key, after);
    },
  });
}
