// The ledger as a timeline: who did what to which revision, and what they held it against.
import { h } from "vue";
import { fill } from "caibian-kit";

const MOST_CHANGES = 4; // passages shown of one edit; the rest unfolds

export function ledgerPart(page) {
  const { words, ledger } = page;
  const newest = [...ledger].reverse();
  return h("div", { class: "part" }, [
    h("p", { class: "soft" }, words.ledger_lead),
    h("ol", { class: "ledger", reversed: true }, newest.map((entry) => line(page, entry))),
    page.can("export")
      ? h("div", { class: "buttons" }, [
          h("button", { type: "button", class: "button quiet small", "data-act": "export-ledger", onClick: () => page.download("ledger") }, words.ledger_export),
        ])
      : null,
  ]);
}

function line(page, entry) {
  const { words } = page;
  return h("li", { key: entry.number, class: ["ledger-line", `ledger-${entry.kind}`], "data-kind": entry.kind }, [
    h("p", { class: "ledger-head" }, [
      h("b", entry.by_name),
      h("span", { class: "soft" }, page.roles[entry.role] ?? entry.role),
      h("span", words[`kind_${entry.kind}`] ?? entry.kind),
    ]),
    detail(page, entry),
    h("p", { class: "soft ledger-foot" }, [
      h("time", { datetime: entry.at }, page.time(entry.at)),
      h("span", fill(words.revision, { n: entry.revision })),
      h("span", words[`state_${entry.state}`] ?? entry.state),
    ]),
  ]);
}

function detail(page, { kind, detail: said }) {
  const { words } = page;
  if (kind === "examined")
    return h("div", { class: "ledger-detail" }, [
      h("p", { class: "examined-line" }, [h("q", said.text), h("span", { class: ["tag", said.verdict === "doubtful" ? "warn" : "good"] }, words[`verdict_${said.verdict}`] ?? said.verdict)]),
      said.against ? h("p", { class: "quoted soft" }, String(said.against)) : null,
      said.note ? h("p", String(said.note)) : null,
    ]);
  if (kind === "edited")
    return h("div", { class: "ledger-detail" }, [
      h("p", { class: "soft" }, fill(words.ledger_edit, { added: said.inserted ?? 0, removed: said.deleted ?? 0 })),
      said.title ? changes([said.title]) : null,
      changes(said.changed ?? [], said.more ?? 0),
    ]);
  if (kind === "exported")
    return h("p", { class: "ledger-detail soft" }, [
      fill(words.ledger_format, { format: words[`format_${said.format}`] ?? said.format }),
      said.produce_id ? ` · ${fill(words.ledger_label, { id: said.produce_id })}` : "",
    ]);
  const text = said.note || said.text;
  return text ? h("p", { class: "ledger-detail quoted" }, String(text)) : null;
}

function changes(changed, more = 0) {
  const drawn = changed.map(({ before, after }, n) =>
    h("p", { key: n, class: "change" }, [before ? h("del", before) : null, before && after ? " " : null, after ? h("ins", after) : null]),
  );
  const rest = more ? h("p", { class: "soft" }, `+${more}`) : null;
  if (drawn.length <= MOST_CHANGES) return [drawn, rest];
  return [drawn.slice(0, MOST_CHANGES), h("details", [h("summary", `+${drawn.length - MOST_CHANGES}`), drawn.slice(MOST_CHANGES), rest])];
}
