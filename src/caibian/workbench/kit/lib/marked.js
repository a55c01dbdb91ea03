// A text to edit with marks under it: a plain text field, and behind it the same text with its facts marked. Both are
// laid out alike, so the marks stand where the words stand, and what is typed is never anything but text.
import { h } from "vue";
import { pieces, utf16 } from "./offsets.js";

// `spans`: [{start, end, status, place}] in characters. Emits `change` with the text, and `choose` with the `place` of the
// span that was clicked into.
export const MarkedText = {
  props: {
    text: String,
    spans: { type: Array, default: () => [] },
    chosen: { type: Number, default: -1 },
    lang: String,
    label: String,
    readonly: Boolean,
    maxlength: { type: Number, default: null },
  },
  emits: ["change", "choose", "step"],
  methods: {
    clicked(event) {
      const { selectionStart, selectionEnd } = event.target;
      if (selectionStart !== selectionEnd) return; // somebody selects words
      const place = utf16(this.text);
      const hit = this.spans.find((span) => place(span.start) <= selectionStart && selectionStart <= place(span.end));
      if (hit) this.$emit("choose", hit.place);
    },
    keyed(event) {
      if (!event.altKey || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
      event.preventDefault();
      this.$emit("step", event.key === "ArrowDown" ? 1 : -1);
    },
    focus() {
      this.$el.querySelector("textarea").focus();
    },
    // Brings the place of a span into the window, and the caret with it.
    show(span) {
      const area = this.$el.querySelector("textarea");
      const place = utf16(this.text);
      area.focus({ preventScroll: true });
      area.setSelectionRange(place(span.start), place(span.end));
      this.$el.querySelector("mark.chosen")?.scrollIntoView({ block: "nearest" });
    },
  },
  render() {
    const marked = pieces(this.text, this.spans).map(({ text, span }, i) =>
      span ? h("mark", { key: i, class: [span.status, { chosen: span.place === this.chosen }] }, text) : text,
    );
    return h("div", { class: ["marked", { readonly: this.readonly }], lang: this.lang }, [
      h("div", { class: "marked-under", "aria-hidden": "true", dir: "auto" }, [...marked, "\u200b"]),
      h("textarea", {
        value: this.text,
        rows: 1,
        dir: "auto",
        spellcheck: "false",
        "aria-label": this.label,
        readonly: this.readonly,
        maxlength: this.maxlength,
        onInput: (event) => this.$emit("change", event.target.value),
        onClick: this.clicked,
        onKeydown: this.keyed,
      }),
    ]);
  },
};
