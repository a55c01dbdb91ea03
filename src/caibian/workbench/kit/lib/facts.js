// The fact strip: every number, date, name and quote of a text, and whether the source bears it out.
// Found, changed and absent differ by shape and word, not by colour alone.
import { h } from "vue";
import { utf16 } from "./offsets.js";
import { fill } from "./parts.js";

export const SHAPES = { found: "✓", changed: "≠", absent: "?" };
const STATUSES = ["absent", "changed", "found"]; // what needs eyes first

// {found, changed, absent} -> how many.
export function tally(facts) {
  const counts = { found: 0, changed: 0, absent: 0 };
  for (const fact of facts) counts[fact.status]++;
  return counts;
}

const AROUND = 28; // characters shown before and after the place in the source

// What the source says around a fact: [before, the place itself, after].
export function around(source, fact) {
  if (fact.source_start === null || fact.source_start === undefined) return null;
  const place = utf16(source);
  const [start, end] = [place(fact.source_start), place(fact.source_end)];
  const flat = (text) => text.replace(/\s+/g, " ");
  const before = Array.from(flat(source.slice(0, start)).slice(-AROUND * 2)).slice(-AROUND).join("");
  const after = Array.from(flat(source.slice(end, end + AROUND * 2))).slice(0, AROUND).join("");
  return [before, source.slice(start, end), after];
}

// Emits `choose` with a fact's place in `facts`. Arrow keys walk through it as through one list. With `jumps` it
// also offers to show the chosen place in the source, and emits `source`.
export const FactStrip = {
  props: { facts: Array, source: String, chosen: { type: Number, default: -1 }, kit: Object, stale: Boolean, lang: String, jumps: Boolean },
  emits: ["choose", "source"],
  data: () => ({ only: "" }),
  computed: {
    counts() {
      return tally(this.facts);
    },
    listed() {
      const all = this.facts.map((fact, place) => ({ fact, place })).filter(({ fact }) => !this.only || fact.status === this.only);
      return all.sort((a, b) => STATUSES.indexOf(a.fact.status) - STATUSES.indexOf(b.fact.status) || a.place - b.place);
    },
  },
  methods: {
    walk(event) {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const chips = [...this.$el.querySelectorAll(".fact")];
      const next = chips[chips.indexOf(document.activeElement) + step];
      if (next) (event.preventDefault(), next.focus());
    },
    filter(status) {
      this.only = this.only === status ? "" : status;
    },
    // What the source says at the chosen fact.
    detail() {
      const { kit } = this;
      const fact = this.facts[this.chosen];
      if (!fact) return null;
      const found = around(this.source, fact);
      const kind = kit[`kind_${fact.kind}`];
      const how = fact.status === "found" && fact.how ? (kit[`how_${fact.how}`] ?? "") : "";
      return h("div", { class: ["fact-detail", fact.status], role: "status", "data-detail": fact.status }, [
        h("p", [h("b", fill(kit.quoted, { text: fact.text })), ` ${[kind, kit[`fact_${fact.status}`], how].filter(Boolean).join(" · ")}`]),
        fact.status === "found" ? null : h("p", kit[`fact_${fact.status}_do`]),
        found
          ? h("p", { class: "fact-source", lang: this.lang, dir: "auto" }, [
              h("span", { class: "soft" }, `${kit.source} `),
              `…${found[0]}`,
              h("mark", found[1]),
              `${found[2]}…`,
              this.jumps ? h("button", { type: "button", class: "link-button", onClick: () => this.$emit("source") }, kit.show_in_source) : null,
            ])
          : null,
      ]);
    },
  },
  render() {
    const { kit } = this;
    if (!this.facts.length) return h("p", { class: "soft fact-none" }, kit.facts_none);
    const heads = STATUSES.map((status) =>
      h(
        "button",
        {
          key: status,
          type: "button",
          class: ["fact-count", status],
          "data-count": status,
          "aria-pressed": String(this.only === status),
          disabled: !this.counts[status],
          title: kit[`fact_${status}_means`],
          onClick: () => this.filter(status),
        },
        [h("i", { "aria-hidden": "true" }, SHAPES[status]), h("b", this.counts[status]), h("span", kit[`fact_${status}`])],
      ),
    );
    const chips = this.listed.map(({ fact, place }) => {
      const label = fill(kit.fact_label, { kind: kit[`kind_${fact.kind}`], text: fact.text, status: kit[`fact_${fact.status}`] });
      return h("li", { key: place }, [
        h(
          "button",
          {
            type: "button",
            class: ["fact", fact.status],
            "data-fact": fact.status,
            "aria-label": label,
            "aria-pressed": String(this.chosen === place),
            title: kit[`fact_${fact.status}_means`],
            onClick: () => this.$emit("choose", place),
          },
          [
            h("i", { "aria-hidden": "true" }, SHAPES[fact.status]),
            h("span", { lang: this.lang }, fact.text),
            fact.status === "changed" && fact.source_text ? h("small", { lang: this.lang }, fact.source_text) : null,
          ],
        ),
      ]);
    });
    return h("section", { class: ["facts", { stale: this.stale }], "aria-label": kit.facts, "aria-busy": String(Boolean(this.stale)) }, [
      h("div", { class: "fact-counts" }, heads),
      h("ul", { class: "fact-list", onKeydown: this.walk }, chips),
      this.detail(),
    ]);
  },
};
