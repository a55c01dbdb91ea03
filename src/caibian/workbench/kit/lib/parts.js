// Small things that several pages use.
import { h } from "vue";

const PATHS = {
  check: "M5 12.5l4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  down: "M12 5v14M5 12l7 7 7-7",
  draft: "M5 3h9l5 5v13H5zM14 3v5h5M8 13h8M8 17h5",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  fold: "M6 9l6 6 6-6",
  left: "M15 5l-7 7 7 7",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  open: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  plus: "M12 5v14M5 12h14",
  retry: "M20 11a8 8 0 1 0-2 6M20 5v6h-6",
  right: "M9 5l7 7-7 7",
  search: "M10.5 4a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13M15.5 15.5L20 20",
  star: "M12 4l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z",
  stop: "M7 7h10v10H7z",
  tasks: "M4 6h16M4 12h16M4 18h10",
  thumb_down: "M7 4v10M7 14l4 7c1.5 0 2.5-1 2.5-2.5V14H19a2 2 0 0 0 2-2.3l-1-6A2 2 0 0 0 18 4H7M3 4h4v10H3z",
  thumb_up: "M7 20V10M7 10l4-7c1.5 0 2.5 1 2.5 2.5V10H19a2 2 0 0 1 2 2.3l-1 6A2 2 0 0 1 18 20H7M3 10h4v10H3z",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v6M14 11v6",
  up: "M12 19V5M5 12l7-7 7 7",
  upload: "M12 16V4M6 10l6-6 6 6M4 20h16",
};

export function icon(name) {
  return h("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, [h("path", { d: PATHS[name] })]);
}

// A button with a text, an icon, or both; with an icon alone `label` says what it does.
export function button({ text = "", mark = "", label = "", kind = "button", ...attributes }) {
  const says = label || (text ? null : "");
  return h("button", { type: "button", class: kind, "aria-label": says || null, title: says || null, ...attributes }, [
    mark ? icon(mark) : null,
    text ? h("span", text) : null,
  ]);
}

// "{n} of {m}" with its values; the texts come from the catalogue, the values may be anything: they stay text.
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// Of a Wording the reader's language; where it is empty, the other.
export const picked = (wording, language) => (language === "zh" ? wording?.zh || wording?.en : wording?.en || wording?.zh) ?? "";

export const number = (n, digits = 0) => n.toLocaleString("en-US", { maximumFractionDigits: digits });

const pad = (n) => String(n).padStart(2, "0");

// The same in both languages, in the reader's own time zone.
export function day(iso) {
  if (!iso) return "";
  const at = new Date(iso);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

export function moment(iso) {
  if (!iso) return "";
  const at = new Date(iso);
  return `${day(iso)} ${pad(at.getHours())}:${pad(at.getMinutes())}`;
}
