// The page around the answers: where one is, what was asked, what can be done.
import { h } from "vue";
import { dimensionName } from "./answer.js";
import { fill, icon } from "./parts.js";
import { Reading } from "./reading.js";

export function itemBar(page) {
  const { item, words, language } = page;
  const step = (id, name, says) =>
    h(
      "a",
      {
        class: ["icon-button", { off: !id }],
        href: id ? page.addressOf(id) : undefined,
        "aria-disabled": id ? undefined : "true",
        "aria-label": says,
        title: says,
        "data-step": name,
        onClick: (event) => {
          if (!id || event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          page.open(id);
        },
      },
      [icon(name)],
    );
  const state = { ranked: words.state_ranked, skipped: words.state_skipped }[item.state];
  const cardName = language === "zh" ? item.card_name_zh || item.card_name_en : item.card_name_en || item.card_name_zh;
  return h("div", { class: "item-bar" }, [
    h("nav", { class: "steps", "aria-label": words.items }, [
      step(item.previous, "left", words.previous),
      h("span", { class: "position" }, fill(words.position, { n: item.position, m: item.total })),
      step(item.following, "right", words.following),
    ]),
    h("h1", { class: "item-title", tabindex: -1 }, cardName),
    state ? h("span", { class: ["tag", item.state === "ranked" ? "good" : "warn"] }, state) : null,
    h("a", { class: "link-button to-panel", href: page.panelAddress }, words.overview),
    h("progress", { class: "item-progress", max: item.total, value: item.position, "aria-hidden": "true" }),
  ]);
}

export function notice(page) {
  const { says, words } = page;
  if (!says) return h("div", { class: "notices", role: "status", "aria-live": "polite" });
  const button = (label, onClick) => h("button", { type: "button", class: "link-button", onClick }, label);
  return h("div", { class: "notices", role: "status", "aria-live": "polite" }, [
    h("div", { class: ["notice", says.kind] }, [
      h("p", says.text),
      says.mine ? button(words.restore_mine, page.restoreMine) : null,
      says.again ? button(words.log_in_again, page.logInAgain) : null,
      button(words.dismiss, page.dismiss),
    ]),
  ]);
}

export function source(page) {
  const { item, words, language, sourceOpen } = page;
  const part = (label, text, fold) =>
    text
      ? h("section", { class: "source-part" }, [
          h("h3", label),
          h(Reading, { key: `${item.id}-${label}`, text, lang: item.language, words, fold, label }),
        ])
      : null;
  const rubric = item.rubric.map((dimension) => {
    const { name, text } = dimensionName(dimension, language);
    const rest = text.startsWith(name) ? text.slice(name.length).replace(/^[：:]\s*/, "") : text;
    return h("div", { key: dimension.id }, [h("dt", name), rest && rest !== name ? h("dd", rest) : null]);
  });
  return h("section", { class: ["source", { closed: !sourceOpen }], "aria-label": words.source }, [
    h("h2", { class: "source-head" }, [
      h("button", { type: "button", class: "fold-button", "aria-expanded": String(sourceOpen), "aria-controls": "source-text", onClick: page.toggleSource }, [
        words.source,
        icon("fold"),
      ]),
    ]),
    h("div", { id: "source-text", class: "source-text", hidden: !sourceOpen, tabindex: sourceOpen ? 0 : -1, role: "region", "aria-label": words.source }, [
      part(words.instruction, item.instruction, 1200),
      part(words.input, item.input, page.wide ? 6000 : 300),
      rubric.length ? h("details", { class: "rubric" }, [h("summary", words.rubric), h("dl", rubric)]) : null,
    ]),
  ]);
}

export function actions(page) {
  const { item, words, locked, touched, order } = page;
  const strip = order.map((key, place) =>
    h(
      "li",
      { key, "data-key": key },
      h(
        "button",
        {
          type: "button",
          class: ["strip-key", { grip: !locked }],
          title: fill(words.go_to, { key }),
          "aria-label": fill(words.go_to, { key }),
          onClick: () => page.focus(key),
        },
        [h("small", touched ? place + 1 : "·"), key],
      ),
    ),
  );
  const ranked = item.state === "ranked";
  const submit = page.busy ? words.handing_in : ranked ? words.hand_in_again : words.hand_in;
  return h("footer", { class: "actions" }, [
    h("div", { class: "strip-wrap" }, [
      h("span", { class: "soft strip-label" }, touched ? words.best_first : words.not_ordered),
      h("ol", { class: ["strip", { placed: touched }], ref: page.bindStrip, "aria-label": words.order }, strip),
    ]),
    h("p", { class: ["save-state", page.status], role: "status", "aria-live": "polite" }, words[`save_${page.status}`] ?? ""),
    h("div", { class: "buttons" }, [
      h("button", { type: "button", class: "icon-button keys-button", onClick: page.help, "aria-label": words.help, title: words.help }, [icon("keys")]),
      locked ? null : h("button", { type: "button", class: "button quiet", "data-act": "skip", onClick: page.skip }, words.skip),
      locked
        ? h("p", { class: "soft" }, words.closed)
        : h("button", { type: "button", class: "button", "data-act": "submit", disabled: page.busy, onClick: page.submit }, submit),
    ]),
  ]);
}
