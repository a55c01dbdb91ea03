// A text that can be edited with marks behind it: a plain text field, so that input methods, undo and screen readers
// work as everywhere, over the same text drawn with its marks and without its letters.
import { h } from "vue";
import { segments } from "./marks.js";

export const InkedText = {
  props: { text: String, marks: Array, active: String, readonly: Boolean, lang: String, label: String, describedby: String },
  emits: ["change", "select", "point"],
  methods: {
    show(id) {
      const mark = this.$el.querySelector(`[data-mark="${CSS.escape(id)}"]`);
      if (!mark) return;
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      mark.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
    },
    field() {
      return this.$el.querySelector("textarea");
    },
    selected() {
      const { selectionStart: start, selectionEnd: end } = this.field();
      this.$emit("select", { start, end });
      return start === end ? start : null;
    },
    pointed() {
      const at = this.selected();
      const mark = at === null ? null : this.marks.find((one) => one.start <= at && at < one.end);
      if (mark) this.$emit("point", mark);
    },
  },
  render() {
    const drawn = segments(this.text, this.marks).map(({ text, marks }, n) => {
      if (!marks.length) return text;
      const active = marks.some((mark) => mark.id === this.active);
      const kinds = marks.map((mark) => `ink-${mark.kind}`);
      return h("span", { key: n, class: ["ink", ...kinds, { active }], "data-mark": marks[0].id }, text);
    });
    return h("div", { class: ["inked", { readonly: this.readonly }] }, [
      h("div", { class: "inked-under", lang: this.lang, dir: "auto", "aria-hidden": "true" }, [...drawn, "\n\u200b"]),
      h("textarea", {
        class: "inked-text",
        value: this.text,
        readonly: this.readonly,
        lang: this.lang,
        dir: "auto",
        spellcheck: "false",
        autocomplete: "off",
        "aria-label": this.label,
        "aria-describedby": this.describedby,
        onInput: (event) => this.$emit("change", event.target.value),
        onSelect: this.selected,
        onKeyup: this.selected,
        onPointerup: () => setTimeout(this.pointed),
      }),
    ]);
  },
};
