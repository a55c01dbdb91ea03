// Questions and help, in the browser's own dialogs: focus stays inside, Esc closes, focus returns.
import { h } from "vue";

function dialog(page, name, title, children) {
  const open = (vnode) => {
    const element = vnode.el;
    if (!element.open) element.showModal();
  };
  const close = (event) => {
    if (event.target === event.currentTarget) page.closeDialog();
  };
  return h(
    "dialog",
    {
      key: name,
      class: ["dialog", `dialog-${name}`],
      "aria-labelledby": `${name}-title`,
      onVnodeMounted: open,
      onClose: close,
      onClick: close, // on the backdrop
    },
    [h("div", { class: "dialog-body" }, [h("h2", { id: `${name}-title` }, title), ...children])],
  );
}

const button = (label, kind, attributes) => h("button", { type: "button", class: ["button", kind], ...attributes }, label);

export function confirmDialog(page) {
  const { words } = page;
  return dialog(page, "confirm", words.confirm_title, [
    h("p", words.confirm_text),
    h("p", { class: "confirm-order" }, page.order.join(" › ")),
    h("div", { class: "buttons" }, [
      button(words.confirm_back, "quiet", { onClick: page.closeDialog }),
      button(words.confirm_yes, "", { autofocus: true, "data-act": "confirm", onClick: page.submitAsShown }),
    ]),
  ]);
}

export function skipDialog(page) {
  const { words, skipping } = page;
  const reasons = Object.entries(page.reasons).map(([id, label]) =>
    h("label", { key: id, class: "choice" }, [
      h("input", {
        type: "radio",
        name: "reason",
        value: id,
        checked: skipping.reason === id,
        onChange: () => (skipping.reason = id),
      }),
      h("span", label),
    ]),
  );
  const form = {
    method: "dialog",
    onSubmit: (event) => {
      event.preventDefault();
      page.skipNow();
    },
  };
  return dialog(page, "skip", words.skip_title, [
    h("form", form, [
      h("fieldset", { class: "choices" }, [h("legend", words.skip_reason), ...reasons]),
      h("label", { class: "field" }, [
        h("span", words.skip_comment),
        h("textarea", {
          rows: 3,
          maxlength: 4000,
          value: skipping.comment,
          onInput: (event) => (skipping.comment = event.target.value),
        }),
      ]),
      skipping.problem ? h("p", { class: "field-problem", role: "alert" }, skipping.problem) : null,
      h("div", { class: "buttons" }, [
        button(words.cancel, "quiet", { onClick: page.closeDialog }),
        h("button", { type: "submit", class: "button", "data-act": "skip-now", disabled: page.busy }, words.skip_now),
      ]),
    ]),
  ]);
}

export function helpDialog(page) {
  const { words } = page;
  const letters = page.order.length > 1 ? `A – ${String.fromCharCode(64 + page.order.length)}` : "A";
  const rows = [
    [[letters], words.key_letter],
    [["↑", "↓"], words.key_walk],
    [["Alt ↑", "Alt ↓"], words.key_move],
    [["1 – 9"], words.key_place],
    [["Enter"], words.key_submit],
    [["S"], words.key_skip],
    [["U"], words.key_undo],
    [["[", "]"], words.key_step],
    [["Tab"], words.key_tab],
    [["?"], words.key_help],
  ];
  return dialog(page, "help", words.help, [
    h("p", { class: "soft" }, words.help_text),
    h("table", { class: "keys" }, [
      h("tbody", rows.map(([keys, says]) => h("tr", [h("td", keys.map((key) => h("kbd", key))), h("td", says)]))),
    ]),
    h("div", { class: "buttons" }, [button(words.close, "", { autofocus: true, onClick: page.closeDialog })]),
  ]);
}
