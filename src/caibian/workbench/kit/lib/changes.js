// A diff as a reader sees it: struck out and underlined, not by colour alone, and said aloud as deleted and inserted.
import { h } from "vue";

export function changes(list, { lang, label }) {
  const kinds = { removed: "del", added: "ins", same: "span" };
  return h(
    "div",
    { class: "changes", lang, dir: "auto", role: "group", "aria-label": label },
    list.map((one, i) => h(kinds[one.kind], { key: i }, one.text)),
  );
}
