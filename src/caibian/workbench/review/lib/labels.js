// What a file says of its being made by AI.
import { h } from "vue";
import { fill, icon } from "caibian-kit";

const FIELDS = ["Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2"];
const TYPES = ".html,.htm,.docx,.pdf,.png,.jpg,.jpeg";

// `verify(file)` gives {labelled} or {problem}.
export const LabelVerifier = {
  props: { words: Object, verify: Function },
  data: () => ({ over: false, busy: "", name: "", found: null, problem: "" }),
  methods: {
    async take(files) {
      const file = files?.[0];
      if (!file || this.busy) return;
      Object.assign(this, { busy: file.name, name: file.name, found: null, problem: "" });
      const { labelled, problem } = await this.verify(file);
      Object.assign(this, { busy: "", found: labelled ?? null, problem: problem ?? "" });
    },
  },
  render() {
    const { words } = this;
    const stop = (event) => event.preventDefault();
    return h("section", { class: "verifier panel", "aria-labelledby": "verify-title" }, [
      h("h2", { id: "verify-title" }, words.verify_title),
      h("p", { class: "soft" }, words.verify_lead),
      h("label", {
        class: ["drop", { over: this.over }],
        onDragover: (event) => (stop(event), (this.over = true)),
        onDragleave: () => (this.over = false),
        onDrop: (event) => (stop(event), (this.over = false), this.take(event.dataTransfer.files)),
      }, [
        icon("upload"),
        h("span", { class: "drop-says" }, [h("b", words.verify_choose), " ", h("span", { class: "soft" }, words.verify_drop)]),
        h("input", { type: "file", class: "unseen", accept: TYPES, "data-field": "label-file", onChange: (event) => (this.take(event.target.files), (event.target.value = "")) }),
      ]),
      h("div", { class: "verified", role: "status", "aria-live": "polite" }, [
        this.busy ? h("p", { class: "soft" }, fill(words.verify_busy, { name: this.busy })) : null,
        this.problem ? h("p", { class: "notice bad" }, [h("span", `${this.name}: ${this.problem}`)]) : null,
        this.found ? outcome(words, this.name, this.found) : null,
      ]),
    ]);
  },
};

function outcome(words, name, found) {
  const verdict = found.aigc === null ? "none" : found.problems.length ? "bad" : "good";
  const visible = { true: "yes", false: "no", null: "unknown" }[String(found.visible)];
  const rows = found.aigc === null ? [] : [...new Set([...FIELDS.filter((key) => key in found.aigc), ...Object.keys(found.aigc)])];
  return h("div", { class: ["outcome", `outcome-${verdict}`] }, [
    h("p", { class: ["notice", { good: "good", bad: "warn", none: "warn" }[verdict]] }, [h("b", words[`verify_${verdict}`]), h("span", ` ${name} · ${found.format}`)]),
    h("p", words[`verify_visible_${visible}`]),
    rows.length
      ? h("dl", { class: "aigc" }, rows.map((key) => h("div", { key }, [h("dt", key), h("dd", key === "Label" ? labelled(words, found.aigc[key]) : found.aigc[key] || "–")])))
      : null,
    found.problems.length ? h("ul", { class: "problems" }, found.problems.map((text, n) => h("li", { key: n }, text))) : null,
  ]);
}

function labelled(words, value) {
  const says = words[`label_${value}`];
  return says ? `${value} · ${says}` : value;
}
