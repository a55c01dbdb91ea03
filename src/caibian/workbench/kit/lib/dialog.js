// Questions, in the browser's own dialogs: focus stays inside, Esc closes, focus returns to where it was.
import { h } from "vue";
import { button } from "./parts.js";

// A dialog with a heading; `close` is called by Esc, by the backdrop and by the cross.
export function dialog({ name, title, kit, close, wide = false }, children) {
  const open = (vnode) => vnode.el.open || vnode.el.showModal();
  // One that the page has taken away already closes nothing: another may stand in its place.
  const leave = (event) => event.target === event.currentTarget && event.target.isConnected && close();
  const away = (vnode) => vnode.el.close(); // gives the focus back
  let pressed = null; // a drag that began inside and ended on the backdrop closes nothing
  return h(
    "dialog",
    {
      key: name,
      class: ["dialog", `dialog-${name}`, { "dialog-wide": wide }],
      "aria-labelledby": `${name}-title`,
      onVnodeMounted: open,
      onVnodeBeforeUnmount: away,
      onClose: leave,
      onPointerdown: (event) => (pressed = event.target),
      onClick: (event) => pressed === event.currentTarget && leave(event),
    },
    [
      h("div", { class: "dialog-body" }, [
        h("div", { class: "dialog-head" }, [
          h("h2", { id: `${name}-title` }, title),
          button({ mark: "close", label: kit.close, kind: "icon-button", onClick: close }),
        ]),
        ...children,
      ]),
    ],
  );
}

// A question with two ways out.
export function confirm({ name, title, text, yes, kit, close, run, danger = false }) {
  return dialog({ name, title, kit, close }, [
    h("p", text),
    h("div", { class: "buttons" }, [
      button({ text: kit.cancel, kind: "button quiet", autofocus: true, onClick: close }),
      button({ text: yes, kind: danger ? "button danger" : "button", "data-act": `${name}-yes`, onClick: run }),
    ]),
  ]);
}
