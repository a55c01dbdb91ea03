// Facts of the text against their source, and the record of who examined them.
import { h } from "vue";
import { SHAPES, SourceText, fill, icon, tally, utf16 } from "caibian-kit";
import { sentence } from "./marks.js";

export const VERDICTS = ["confirmed", "corrected", "removed", "doubtful"];

// The facts of a check with places in JavaScript's strings, and an id each.
export function readFacts(checked, text) {
  const [inText, inSource] = [utf16(text), utf16(checked.source)];
  return checked.facts.map((fact, n) => ({
    ...fact,
    id: `fact-${n}`,
    start: inText(fact.start),
    end: inText(fact.end),
    source: fact.source_start === null || fact.source_start === undefined ? null : { start: inSource(fact.source_start), end: inSource(fact.source_end) },
  }));
}

// statement -> the newest examination of it in the ledger.
export function examinations(ledger) {
  const found = {};
  for (const entry of ledger) if (entry.kind === "examined") found[entry.detail.text] = entry;
  return found;
}

export function passage(page, fact) {
  return fact.source ? sentence(page.checked.source, fact.source.start, fact.source.end).text.trim() : "";
}

export function factsPart(page) {
  const { words, facts, checked } = page;
  if (!checked) return h("p", { class: "soft" }, page.factsProblem || words.loading);
  const counts = tally(facts);
  const shown = page.shownStatuses;
  return h("div", { class: "part" }, [
    examineForm(page),
    h("p", { class: "finding-counts", role: "status" }, [
      ...Object.entries(counts).map(([status, n]) =>
        h("button", {
          key: status,
          type: "button",
          class: ["count-chip", status],
          "data-status": status,
          "aria-pressed": String(shown.includes(status)),
          disabled: !n,
          onClick: () => page.showOnly(status),
        }, [h("b", { "aria-hidden": "true" }, SHAPES[status]), `${words[`fact_${status}`]} ${n}`]),
      ),
      page.dirty ? h("span", { class: "soft" }, words.facts_stale) : null,
    ]),
    checked.source.trim() ? null : h("p", { class: "notice warn" }, [h("span", words.facts_no_source)]),
    facts.length
      ? h("ul", { class: "findings", onKeydown: walk }, facts.filter((fact) => shown.includes(fact.status)).map((fact) => factItem(page, fact)))
      : h("p", { class: "soft" }, words.facts_none),
    checked.source.trim() ? sourceText(page) : null,
  ]);
}

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const button = event.target.closest(".finding-line");
  if (!step || !button) return;
  const all = [...event.currentTarget.querySelectorAll(".finding-line")];
  const next = all[all.indexOf(button) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function factItem(page, fact) {
  const { words } = page;
  const open = page.active === fact.id;
  const entry = page.examined[fact.text];
  const line = {
    type: "button",
    class: "finding-line",
    "aria-expanded": String(open),
    "aria-label": `${words[`fact_${fact.status}`]} · ${words[`kind_${fact.kind}`]} · ${fact.text}`,
    onClick: () => page.choose(open ? null : fact),
  };
  return h("li", { key: `${fact.id}-${fact.text}`, class: ["finding", fact.status, { open }] }, [
    h("button", line, [
      h("b", { class: "finding-shape", "aria-hidden": "true" }, SHAPES[fact.status]),
      h("span", { class: "finding-text" }, fact.text),
      h("span", { class: "soft" }, words[`kind_${fact.kind}`]),
      entry ? h("span", { class: ["tag", entry.detail.verdict === "doubtful" ? "warn" : "good"] }, words[`verdict_${entry.detail.verdict}`]) : null,
      icon("fold"),
    ]),
    open ? h("div", { class: "finding-body" }, factBody(page, fact, entry)) : null,
  ]);
}

function factBody(page, fact, entry) {
  const { words } = page;
  const differs = fact.status === "changed" && fact.source_text;
  return [
    differs ? h("p", fill(words.fact_in_source, { text: fact.source_text })) : null,
    entry ? h("p", { class: "soft" }, examinedBy(page, entry)) : null,
    page.can("comment") ? verdictFields(page) : null,
  ];
}

function examinedBy(page, entry) {
  const verdict = page.words[`verdict_${entry.detail.verdict}`];
  return fill(page.words.examined_by, { name: entry.by_name, verdict, time: page.time(entry.at) });
}

// What the statement was held against, and the verdicts: choosing one puts it into the ledger.
function verdictFields(page) {
  const { words, examining } = page;
  const input = (name, label, rows) =>
    h("label", { class: "field" }, [
      h("span", label),
      h("textarea", {
        rows,
        maxlength: name === "note" ? 4000 : 2000,
        value: examining[name],
        "data-field": name,
        onInput: (event) => (examining[name] = event.target.value),
      }),
    ]);
  return h("div", { class: "verdicts" }, [
    input("against", words.against, 2),
    input("note", words.note, 1),
    examining.problem ? h("p", { class: "field-problem", role: "alert" }, examining.problem) : null,
    h("div", { class: "verdict-row", role: "group", "aria-label": words.examine },
      VERDICTS.map((verdict) =>
        h("button", {
          key: verdict, type: "button", class: ["button quiet small", `verdict-${verdict}`], "data-verdict": verdict,
          disabled: page.busy, onClick: () => page.examine(verdict),
        }, words[`verdict_${verdict}`]),
      ),
    ),
  ]);
}

// A statement that somebody selected in the text, whatever the strip found.
function examineForm(page) {
  const { words, examining } = page;
  if (!examining.free) return null;
  return h("section", { class: "compose", "aria-label": words.examine }, [
    h("h3", words.statement),
    h("p", { class: "quoted" }, examining.text),
    verdictFields(page),
    h("div", { class: "buttons" }, [h("button", { type: "button", class: "link-button", onClick: page.stopExamining }, words.cancel)]),
  ]);
}

function sourceText(page) {
  const { words, checked } = page;
  return h("section", { class: "part" }, [
    h("h3", words.facts_source),
    h(SourceText, {
      text: checked.source,
      facts: checked.facts,
      chosen: page.facts.findIndex((fact) => fact.id === page.active),
      lang: page.draft.language,
      label: words.facts_source,
      onChoose: (n) => page.point(page.facts[n]),
    }),
  ]);
}
