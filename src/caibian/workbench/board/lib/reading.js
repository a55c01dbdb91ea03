// A text as it was written: shown as text whatever it holds, folded where it is long, quick where it is very long.
import { h } from "vue";
import { fill, icon } from "./parts.js";

const BOXED = 12000; // characters from which the whole text scrolls in a box of its own
const BLOCK = 4000; // characters; blocks out of sight are not laid out

export const Reading = {
  props: { text: String, lang: String, words: Object, fold: { type: Number, default: 420 }, label: String },
  data: () => ({ open: false }),
  computed: {
    long() {
      return this.text.length > this.fold * 1.25 || this.text.split("\n", 25).length > 20;
    },
    start() {
      const lines = this.text.split("\n", 16).join("\n");
      return Array.from(lines.slice(0, this.fold + 1)).slice(0, -1).join(""); // never half of a surrogate pair
    },
    blocks() {
      const blocks = [];
      let from = 0;
      while (from < this.text.length) {
        const cut = this.text.length - from <= BLOCK ? -1 : this.text.indexOf("\n", from + BLOCK);
        const to = cut < 0 ? this.text.length : cut;
        blocks.push(this.text.slice(from, to));
        from = to + 1;
      }
      return blocks;
    },
  },
  methods: {
    toggle() {
      this.open = !this.open;
    },
  },
  render() {
    if (!this.text.trim()) return h("p", { class: "reading-empty" }, this.words.empty_answer);
    const folded = this.long && !this.open;
    const boxed = this.open && this.text.length > BOXED;
    const box = boxed ? { tabindex: 0, role: "region", "aria-label": this.label } : {};
    const shown = folded ? [this.start] : this.blocks;
    const body = h(
      "div",
      { class: ["reading", { folded, boxed }], lang: this.lang, dir: "auto", ...box },
      shown.length > 1 ? shown.map((block, i) => h("div", { key: i, class: "block" }, block)) : shown[0],
    );
    if (!this.long) return body;
    const count = this.text.length.toLocaleString("en-US");
    const says = folded ? fill(this.words.show_all, { n: count }) : this.words.fold;
    const button = { type: "button", class: "link-button unfold", "aria-expanded": String(!folded), onClick: this.toggle };
    return h("div", { class: "reading-long" }, [body, h("button", button, [says, icon("fold")])]);
  },
};
