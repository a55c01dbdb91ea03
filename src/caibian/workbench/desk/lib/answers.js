// What models answered: one card a model and variant, each with its facts, checks, changes, and what can be done with it.
import { h } from "vue";
import { FactStrip, MarkedText, button, changes, diff, fill, number, picked, pieces, says, sizes } from "caibian-kit";
import { languageOf, measure } from "./measures.js";

export function answers(page) {
  const { words, slots } = page;
  const cards = slots.map((slot, place) => card(page, slot, place));
  return h("section", { class: "desk-answers", "aria-label": words.answers }, [
    slots.length
      ? h("div", { class: ["answer-cards", { several: slots.length > 1 }] }, cards)
      : h("div", { class: "empty" }, [h("p", words.answers_none)]),
    page.consent === null ? null : consent(page),
  ]);
}

function consent(page) {
  const { words } = page;
  return h("p", { class: "soft consent" }, [
    page.consent ? words.consent_yes : words.consent_no,
    " ",
    button({ text: words.change, kind: "link-button", onClick: () => page.askConsent(null) }),
  ]);
}

function card(page, slot, place) {
  const one = page.shown(slot);
  const body = {
    waiting: () => [h("p", { class: "waiting", role: "status" }, page.words.waiting)],
    writing: () => [h("div", { class: "writing", lang: languageOf(page), dir: "auto", "aria-busy": "true" }, one.text)],
    failed: () => [failure(page, slot, one), one.text ? editor(page, slot, one) : null],
    stopped: () => [h("p", { class: "notice warn" }, one.text ? page.words.stopped : page.words.stopped_empty), one.text ? editor(page, slot, one) : null],
    done: () => done(page, slot, one),
  }[one.state]();
  return h("article", { key: slot.key, class: ["card", one.state], "data-state": one.state, "data-slot": place, "aria-label": fill(page.words.answer_named, { n: place + 1 }) }, [
    head(page, slot, one),
    ...body,
    one.state === "waiting" || one.state === "writing" ? null : foot(page, slot, one),
  ]);
}

function head(page, slot, one) {
  const { words } = page;
  const { result } = one;
  const model = result?.model || one.model || page.engines.find((engine) => !engine.embeds)?.name || "";
  const many = slot.attempts.length;
  return h("header", { class: "card-head" }, [
    h("b", { class: "card-model" }, model),
    result?.instead_of ? h("span", { class: "tag warn" }, fill(words.instead_of, { model: result.instead_of })) : null,
    one.temperature ? h("span", { class: "tag" }, words.variant) : null,
    many > 1
      ? h("span", { class: "pager" }, [
          button({ mark: "left", label: words.attempt_before, kind: "icon-button", disabled: slot.at === 0, onClick: () => page.page(slot, -1) }),
          h("span", { class: "soft" }, `${slot.at + 1} / ${many}`),
          button({ mark: "right", label: words.attempt_after, kind: "icon-button", disabled: slot.at === many - 1, onClick: () => page.page(slot, 1) }),
        ])
      : null,
    result
      ? h("span", { class: "soft card-took", title: fill(words.tokens, { prompt: number(result.prompt_tokens), completion: number(result.completion_tokens) }) }, fill(words.seconds, { n: number(result.seconds, 1) }))
      : null,
  ]);
}

function failure(page, slot, one) {
  return h("div", { class: "notice bad", role: "alert", "data-problem": one.problem.code }, [
    h("p", says(one.problem, page.kit)),
    button({ mark: "retry", text: page.words.again, kind: "link-button", onClick: () => page.retry(slot) }),
  ]);
}

function done(page, slot, one) {
  const { result } = one;
  const masked = Object.values(result?.masked ?? {}).reduce((n, count) => n + count, 0);
  return [
    result?.finish_reason === "length" ? h("p", { class: "notice warn" }, page.words.cut_off) : null,
    page.task.output.kind === "label" ? label(page, result) : null,
    editor(page, slot, one),
    result ? facts(page, slot, one) : null,
    result ? checks(page, one) : null,
    masked ? h("p", { class: "soft" }, fill(page.words.masked, { n: masked })) : null,
  ];
}

function label(page, result) {
  if (!result?.value) return h("p", { class: "notice warn" }, page.words.no_label);
  return h("p", { class: "label-value", "data-value": result.value }, picked(page.task.output.labels[result.value], page.language) || result.value);
}

function editor(page, slot, one) {
  const { words } = page;
  const text = page.textOf(one);
  const { n, least, most, fits } = measure(page, one);
  const limit = most && least ? `${least}–${most}` : most ? `${most}` : least ? `≥ ${least}` : "";
  const list = one.edited === null ? [] : diff(one.text, one.edited, languageOf(page));
  const { added, removed } = sizes(list);
  return h("div", { class: "editor" }, [
    h(MarkedText, {
      ref: (found) => (page.marked[slot.key] = found),
      class: page.task.output.kind === "json" ? "code" : null,
      text,
      spans: page.spans(one),
      chosen: page.chosen.slot === page.slots.indexOf(slot) ? page.chosen.place : -1,
      lang: languageOf(page),
      label: words.answer,
      onChange: (value) => page.edit(slot, value),
      onChoose: (place) => page.choose(slot, place),
      onStep: (by) => page.step(slot, by),
    }),
    h("div", { class: "editor-line" }, [
      h("span", { class: ["length", fits ? "" : "over"], "data-length": n }, [limit ? `${number(n)} / ${limit}` : number(n), ` ${words.chars}`, fits ? null : ` · ${most && n > most ? words.too_many : words.too_few}`]),
      one.edited === null
        ? null
        : h("span", { class: "edited" }, [
            fill(words.edited, { added: number(added), removed: number(removed) }),
            " ",
            button({ text: one.showChanges ? words.hide_changes : words.show_changes, kind: "link-button", "aria-expanded": String(one.showChanges), onClick: () => (one.showChanges = !one.showChanges) }),
            button({ text: words.restore, kind: "link-button", "data-act": "restore", onClick: () => page.restore(slot) }),
          ]),
    ]),
    one.edited !== null && one.showChanges ? changes(list, { lang: languageOf(page), label: words.changes }) : null,
  ]);
}

function facts(page, slot, one) {
  const { facts: found, source } = page.known(one);
  const index = page.slots.indexOf(slot);
  return h(FactStrip, {
    facts: found,
    source,
    chosen: page.chosen.slot === index ? page.chosen.place : -1,
    kit: page.kit,
    lang: languageOf(page),
    stale: one.checking,
    onChoose: (place) => page.choose(slot, place, { toText: false }),
    jumps: true,
    onSource: page.showSource,
  });
}

function checks(page, one) {
  const { words } = page;
  const verdicts = page.known(one).checks;
  if (!verdicts.length) return null;
  const failed = verdicts.filter((check) => !check.passed);
  const passed = verdicts.filter((check) => check.passed);
  const named = (check) => words[`check_${check.name}`] ?? check.name;
  return h("div", { class: ["checks", { stale: one.checking }], "data-failed": failed.length }, [
    failed.length ? h("ul", { class: "check-list" }, failed.map((check) => h("li", { key: check.name, class: "check failed", "data-check": check.name }, [h("i", { "aria-hidden": "true" }, "✗"), h("b", named(check)), h("span", { class: "soft", title: check.detail }, passages(page, one, check) || check.detail)]))) : null,
    passed.length
      ? h("details", { class: "checks-passed" }, [
          h("summary", fill(failed.length ? words.checks_passed : words.checks_all, { n: passed.length })),
          h("ul", { class: "check-list" }, passed.map((check) => h("li", { key: check.name, class: "check" }, [h("i", { "aria-hidden": "true" }, "✓"), named(check)]))),
        ])
      : null,
  ]);
}

// What a check found fault with, in the answer's own words, as long as these stand as they stood.
function passages(page, one, check) {
  const text = one.checked ? one.checkedText : (one.result?.text ?? "");
  const found = pieces(text, check.spans.map(([start, end]) => ({ start, end }))).filter(({ span }) => span);
  return found.slice(0, 6).map((piece) => fill(page.kit.quoted, { text: piece.text })).join(" ");
}

function foot(page, slot, one) {
  const { words } = page;
  const text = page.textOf(one);
  const thumb = (which) =>
    button({ mark: `thumb_${which}`, label: words[`thumb_${which}`], kind: ["icon-button", "thumb", { on: one.thumb === which }], "aria-pressed": String(one.thumb === which), "data-act": `thumb-${which}`, onClick: () => page.rate(slot, which) });
  return h("footer", { class: "card-foot" }, [
    text ? button({ mark: "draft", text: words.make_draft, kind: "button small", "data-act": "draft", onClick: () => page.openDraft(slot) }) : null,
    text ? button({ mark: "copy", text: words.copy, kind: "button quiet small", "data-act": "copy", onClick: () => page.copy(text) }) : null,
    button({ mark: "retry", text: words.retry, kind: "button quiet small", "data-act": "retry", onClick: () => page.retry(slot) }),
    text && one.state === "done" ? h("span", { class: "thumbs" }, [thumb("up"), thumb("down")]) : null,
    one.draft ? h("a", { class: "link-button", href: `/review/${encodeURIComponent(one.draft)}` }, words.open_draft) : null,
  ]);
}
