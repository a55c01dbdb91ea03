// The page around the text: what is under review and how far it is, what can be done with it, and the questions before.
import { h } from "vue";
import { button, changes, dialog, diff, fill, icon } from "caibian-kit";
import { commentsPart } from "./comments.js";
import { InkedText } from "./editor.js";
import { exportPart } from "./exports.js";
import { factsPart } from "./facts.js";
import { ledgerPart } from "./ledger.js";
import { versionsPart } from "./versions.js";

export const STATES = ["draft", "review", "final", "approved", "published"];
const PARTS = { facts: factsPart, comments: commentsPart, versions: versionsPart, ledger: ledgerPart, export: exportPart };

export function head(page) {
  const { words, draft } = page;
  const here = STATES.indexOf(draft.state);
  return h("header", { class: "draft-head" }, [
    h("h1", { class: "unseen" }, page.title || words.untitled),
    h("a", { class: "link-button back", href: "/review" }, [icon("left"), words.back]),
    h("ol", { class: "steps-line", "aria-label": words.states },
      STATES.map((state, n) =>
        h("li", { key: state, class: { done: n < here, now: n === here }, "aria-current": n === here ? "step" : null }, [n < here ? icon("check") : null, h("span", words[`state_${state}`])]),
      ),
    ),
    h("div", { class: "draft-facts soft" }, [
      h("span", fill(words.by, { name: draft.author_name || draft.author })),
      h("span", fill(words.characters, { n: Array.from(page.body).length.toLocaleString("en-US") })),
      h("span", fill(words.revision, { n: draft.revision })),
      draft.ai ? h("span", { class: "tag act" }, words.ai) : null,
    ]),
  ]);
}

export function notices(page) {
  const { says, words, draft } = page;
  const returned = draft.state === "draft" ? [...page.ledger].reverse().find((entry) => entry.kind === "returned" || entry.kind === "submitted") : null;
  const note = returned?.kind === "returned" && returned.detail.note;
  return h("div", { class: "notices", role: "status", "aria-live": "polite" }, [
    note
      ? h("div", { class: "notice warn returned" }, [h("p", fill(words.returned_says, { name: returned.by_name, note }))])
      : null,
    says
      ? h("div", { class: ["notice", says.kind] }, [
          h("p", says.text),
          says.mine && page.editable ? button({ text: words.restore_mine, kind: "link-button", "data-act": "restore", onClick: page.restoreMine }) : null,
          says.again ? button({ text: words.log_in_again, kind: "link-button", onClick: page.logInAgain }) : null,
          button({ text: words.dismiss, kind: "link-button", onClick: page.dismiss }),
          says.mine && !page.editable ? h("textarea", { class: "set-aside", rows: 4, readonly: true, value: `${says.mine.title}\n\n${says.mine.body}` }) : null,
        ])
      : null,
  ]);
}

export function textPart(page) {
  const { words, draft, selection } = page;
  const editable = page.editable;
  const marks = [
    ...page.facts.map(({ id, start, end, status }) => ({ id, start, end, kind: status })),
    ...page.comments.filter((comment) => comment.where).map(({ id, where }) => ({ ...where, id: `comment-${id}`, kind: "comment" })),
  ];
  const tool = (act, text, onClick) => button({ text, kind: "button quiet small", "data-act": act, disabled: !selection, onPointerdown: (event) => event.preventDefault(), onClick });
  return h("section", { class: "draft-text", "aria-label": words.text_label }, [
    h("textarea", {
      class: "draft-title",
      rows: 1,
      value: page.title,
      readonly: !editable,
      maxlength: 500,
      lang: draft.language,
      dir: "auto",
      "aria-label": words.title_label,
      "data-field": "title",
      onInput: (event) => page.write("title", event.target.value.replace(/\n/g, " ")),
      onKeydown: (event) => event.key === "Enter" && event.preventDefault(),
    }),
    h("div", { class: "tools" }, [
      page.can("comment") ? tool("comment-selection", words.comment_selection, page.commentOnSelection) : null,
      page.can("comment") ? tool("examine-selection", words.examine_selection, page.examineSelection) : null,
      h("p", { class: "soft", id: "text-hint" }, editable ? words.select_hint : `${words.read_only} ${words.select_hint}`),
    ]),
    h(InkedText, {
      ref: page.holdEditor,
      text: page.body,
      marks,
      active: page.active,
      readonly: !editable,
      lang: draft.language,
      label: words.text_label,
      describedby: "text-hint",
      onChange: (text) => page.write("body", text),
      onSelect: page.select,
      onPoint: page.point,
    }),
    origin(page),
  ]);
}

function origin(page) {
  const { words, draft } = page;
  if (!draft.origin?.model) return null;
  const show = () => page.showPart("versions", { from: "model", to: null });
  return h("p", { class: "soft origin" }, [
    fill(words.origin_model, { model: draft.origin.model, task: draft.origin.task ?? "–" }),
    draft.origin.text ? button({ text: words.origin_show, kind: "link-button", onClick: show }) : null,
  ]);
}

export function parts(page) {
  const { words, part } = page;
  const counts = { facts: page.facts.filter((fact) => fact.status !== "found").length || "", comments: page.comments.length || "" };
  const names = Object.keys(PARTS);
  const walk = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = names[(names.indexOf(part) + step + names.length) % names.length];
    page.showPart(next);
    page.$nextTick(() => page.$el.querySelector(`#tab-${next}`)?.focus());
  };
  return h("aside", { class: "draft-parts", "aria-label": words.parts }, [
    h("div", { class: "tabs", role: "tablist", "aria-label": words.parts, onKeydown: walk },
      names.map((name) =>
        h("button", {
          key: name, id: `tab-${name}`, type: "button", role: "tab", class: "tab", "aria-selected": String(part === name), "aria-controls": "part",
          tabindex: part === name ? 0 : -1, "data-part": name, onClick: () => page.showPart(name),
        }, [words[`part_${name}`], counts[name] ? h("b", { class: "tab-count" }, counts[name]) : null]),
      ),
    ),
    h("div", { id: "part", class: "part-body", role: "tabpanel", "aria-labelledby": `tab-${part}` }, [PARTS[part](page)]),
  ]);
}

export function actions(page) {
  const { words, status, busy } = page;
  const act = (name, kind) => (page.can(name) ? button({ text: words[`act_${name}`], kind, "data-act": name, disabled: busy, onClick: () => page.ask(name) }) : null);
  return h("footer", { class: "actions" }, [
    h("p", { class: ["save-state", status], role: "status", "aria-live": "polite" }, page.editable || status !== "saved" ? words[`save_${status}`] : ""),
    h("div", { class: "buttons" }, [
      status === "unavailable" ? button({ text: words.save_now, kind: "button quiet", onClick: () => page.keeper.push() }) : null,
      act("return", "button quiet"),
      act("submit", "button"),
      act("approve", "button"),
      act("publish", "button"),
    ]),
  ]);
}

// The question before a step: what it means, and a word with it.
export function stepDialog(page) {
  const { words, kit, step, draft } = page;
  const left = page.facts.filter((fact) => fact.status !== "found" && !page.examined[fact.text]).length;
  const text = step.name === "approve" ? words[`approve_text_${draft.state}`] : words[`${step.name}_text`];
  const send = (event) => {
    event.preventDefault();
    page.takeStep();
  };
  return dialog({ name: "step", title: words[`${step.name}_title`], kit, close: page.closeDialog }, [
    h("form", { method: "dialog", onSubmit: send }, [
      h("p", text),
      step.name !== "return" && left ? h("p", { class: "notice warn" }, fill(words.approve_facts, { n: left })) : null,
      h("label", { class: "field" }, [
        h("span", step.name === "return" ? words.note_why : words.note_for),
        h("textarea", { rows: 3, maxlength: 4000, value: step.note, autofocus: true, "data-field": "step-note", onInput: (event) => (step.note = event.target.value) }),
      ]),
      step.problem ? h("p", { class: "field-problem", role: "alert" }, step.problem) : null,
      h("div", { class: "buttons" }, [
        button({ text: kit.cancel, kind: "button quiet", onClick: page.closeDialog }),
        h("button", { type: "submit", class: ["button", { danger: step.name === "return" }], "data-act": "step-yes", disabled: page.busy }, words[`act_${step.name}`]),
      ]),
    ]),
  ]);
}

// Two texts, one of them to be chosen: never closed by accident.
export function conflictPart(page) {
  const { words, conflict, draft } = page;
  const { theirs, mine, both, open } = conflict;
  const says = fill(words.conflict_text, { mine: conflict.revision, theirs: theirs.revision });
  const view = (before, after, label) => changes(diff(before, after, draft.language), { lang: draft.language, label });
  return h("section", { class: "conflict panel", role: "alertdialog", "aria-labelledby": "conflict-title" }, [
    h("h2", { id: "conflict-title", tabindex: -1 }, words.conflict_title),
    h("p", says),
    theirs.title === mine.title ? null : view(theirs.title, mine.title, words.field_title),
    view(theirs.body, mine.body, words.field_body),
    h("div", { class: "buttons" }, [
      button({ text: words.conflict_theirs, kind: "button quiet", "data-act": "theirs", onClick: page.takeTheirs }),
      open ? button({ text: words.conflict_mine, kind: "button quiet", "data-act": "mine", onClick: () => page.keepText(mine) }) : null,
      open && both ? button({ text: words.conflict_merge, kind: "button", "data-act": "merge", onClick: () => page.keepText(both) }) : null,
    ]),
  ]);
}
