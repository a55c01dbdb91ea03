// The source of a text with the places of its facts marked. The chosen place scrolls into view.
import { h, nextTick } from "vue";
import { pieces } from "./offsets.js";

// `facts` as the API gives them. Emits `choose` with the place of the fact whose mark was clicked.
export const SourceText = {
  props: { text: String, facts: Array, chosen: { type: Number, default: -1 }, lang: String, label: String },
  emits: ["choose"],
  computed: {
    spans() {
      const found = this.facts.flatMap((fact, place) =>
        fact.source_start === null || fact.source_start === undefined
          ? []
          : [{ start: fact.source_start, end: fact.source_end, status: fact.status, place }],
      );
      const now = found.find((span) => span.place === this.chosen);
      // Where several facts share a passage, the chosen one is the one to see.
      return now ? [now, ...found.filter((span) => span.end <= now.start || span.start >= now.end)] : found;
    },
  },
  watch: {
    async chosen() {
      await nextTick();
      this.reveal();
    },
  },
  mounted() {
    this.reveal();
  },
  methods: {
    reveal() {
      const mark = this.$el.querySelector("mark.chosen");
      if (!mark) return;
      // Within its own box first: the answer beside it stays where it is.
      const box = this.$el;
      if (box.scrollHeight > box.clientHeight + 1) {
        const at = mark.getBoundingClientRect().top - box.getBoundingClientRect().top;
        box.scrollTo({ top: box.scrollTop + at - box.clientHeight / 3 });
      }
      mark.scrollIntoView({ block: "nearest" });
    },
  },
  render() {
    const body = pieces(this.text, this.spans).map(({ text, span }, i) =>
      span
        ? h("mark", { key: i, class: [span.status, { chosen: span.place === this.chosen }], onClick: () => this.$emit("choose", span.place) }, text)
        : text,
    );
    return h("div", { class: "source-marked", tabindex: 0, role: "region", "aria-label": this.label, lang: this.lang, dir: "auto" }, body);
  },
};
