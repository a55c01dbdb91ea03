// Small things that several parts of the page use.
import { h } from "vue";

const PATHS = {
  up: "M12 19V5M5 12l7-7 7 7",
  down: "M12 5v14M5 12l7 7 7-7",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  grip: "M9 5h.01M15 5h.01M9 12h.01M15 12h.01M9 19h.01M15 19h.01",
  keys: "M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14.5h8",
  check: "M5 12.5l4.5 4.5L19 7.5",
  fold: "M6 9l6 6 6-6",
};

export function icon(name) {
  return h("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, [h("path", { d: PATHS[name] })]);
}

// "{n} of {m}" with its values; the texts come from the catalogue, the values may be anything: they stay text.
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// What an expert said in a draft, without its time and revision, in one form for comparisons.
export function content(draft) {
  const marks = Object.entries(draft.violations ?? {})
    .filter(([, dimensions]) => dimensions.length)
    .map(([key, dimensions]) => [key, [...dimensions].sort()])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { order: [...(draft.order ?? [])], violations: Object.fromEntries(marks), comment: draft.comment ?? "" };
}

export function sameContent(one, other) {
  return JSON.stringify(content(one)) === JSON.stringify(content(other));
}
