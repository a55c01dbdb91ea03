// One answer as a card: its place, its letter, its text, and what it breaks of the card's rubric.
import { h } from "vue";
import { fill, icon } from "./parts.js";
import { Reading } from "./reading.js";

// "论点集中：读完能用一句话说出…" -> the name before the colon, and the whole for those who want to know.
export function dimensionName(dimension, language) {
  const text = (language === "zh" ? dimension.zh || dimension.en : dimension.en || dimension.zh) || dimension.id;
  const name = text.split(/[：:]/, 1)[0].trim();
  return { name: name.length <= 32 ? name : dimension.id.replaceAll("_", " "), text };
}

export function answerCard(page, key, place) {
  const { words, item, locked, language } = page;
  const answer = page.answers[key];
  const n = page.order.length;
  const named = fill(words.answer_named, { key });
  const standing = page.touched ? fill(words.place, { place: place + 1, n }) : fill(words.no_place, { n });
  const move = (name, step, says) =>
    h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "data-move": name,
        disabled: locked || place + step < 0 || place + step >= n,
        "aria-label": fill(says, { key }),
        title: fill(says, { key }),
        onClick: () => page.moveBy(key, step, name),
      },
      [icon(name)],
    );
  const same = page.twins[key];
  return h(
    "li",
    {
      key,
      "data-key": key,
      class: ["answer", { placed: page.touched, marked: page.marks(key).length }],
      tabindex: 0,
      role: "group",
      "aria-label": `${named}${words.comma}${standing}`,
    },
    [
      h("div", { class: ["answer-rail", { grip: !locked }], title: locked ? null : words.drag, "aria-hidden": "true" }, [
        h("span", { class: "place" }, page.touched ? place + 1 : "–"),
        locked ? null : icon("grip"),
      ]),
      h("div", { class: "answer-body" }, [
        h("header", { class: "answer-head" }, [
          h("span", { class: ["answer-name", { grip: !locked }] }, [h("b", { class: "letter" }, key), h("span", named)]),
          h("span", { class: "soft" }, fill(words.characters, { n: Array.from(answer.text).length.toLocaleString("en-US") })),
          same ? h("span", { class: "tag" }, fill(words.same_as, { keys: same.join(words.comma) })) : null,
          locked ? null : h("span", { class: "moves" }, [move("up", -1, words.move_up), move("down", 1, words.move_down)]),
        ]),
        h(Reading, { text: answer.text, lang: item.language, words, label: named }),
        item.rubric.length ? marks(page, key, named, language) : null,
      ]),
    ],
  );
}

function marks(page, key, named, language) {
  const chips = page.item.rubric.map((dimension) => {
    const { name, text } = dimensionName(dimension, language);
    const on = page.marks(key).includes(dimension.id);
    const chip = {
      key: dimension.id,
      type: "button",
      class: "chip",
      title: text,
      disabled: page.locked,
      "data-dimension": dimension.id,
      "aria-pressed": String(on),
      onClick: () => page.mark(key, dimension.id),
    };
    return h("button", chip, [on ? icon("check") : null, name]);
  });
  const label = fill(page.words.violates_of, { answer: named });
  return h("div", { class: "marks", role: "group", "aria-label": label }, [
    h("span", { class: "marks-label", "aria-hidden": "true" }, page.words.violates),
    ...chips,
  ]);
}
