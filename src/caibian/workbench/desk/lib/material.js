// The material of a task: the form that its card describes, and the source with its facts marked.
import { h } from "vue";
import { SourceText, button, chars, fill, icon, number, picked } from "caibian-kit";
import { mainField } from "./opening.js";
import { limits } from "./measures.js";

const MOST_INPUT = 60_000; // characters of all fields together, as the service takes them

export function material(page) {
  const { words, task } = page;
  return h("section", { class: "desk-material", "aria-label": words.material }, [
    heading(page),
    tabs(page),
    page.pane === "source" ? source(page) : form(page, task),
  ]);
}

function heading(page) {
  const { words, task } = page;
  const on = page.favourites.includes(task.id);
  const rules = [
    task.add_views ? null : words.no_views,
    task.alter_facts ? words.fiction : words.no_facts,
    limits(page),
  ].filter(Boolean);
  const rubric = Object.values(task.rubric).map((one, i) => h("li", { key: i }, picked(one, page.language)));
  return h("header", { class: "task-head" }, [
    h("div", { class: "task-head-line" }, [
      button({ mark: "tasks", text: words.tasks, kind: "button quiet small list-button", "aria-expanded": String(page.listOpen), onClick: () => (page.listOpen = !page.listOpen) }),
      h("h1", { class: "task-title", tabindex: -1 }, page.nameOf(task)),
      h(
        "button",
        {
          type: "button",
          class: ["icon-button", "star", { on }],
          "aria-pressed": String(on),
          "aria-label": fill(words.favourite, { name: page.nameOf(task) }),
          title: fill(words.favourite, { name: page.nameOf(task) }),
          onClick: () => page.toggleFavourite(task.id),
        },
        [icon("star")],
      ),
    ]),
    h("ul", { class: "rules" }, rules.map((rule) => h("li", { key: rule, class: "tag" }, rule))),
    rubric.length ? h("details", { class: "rubric-details" }, [h("summary", words.rubric), h("ul", rubric)]) : null,
  ]);
}

function tabs(page) {
  const known = page.slots.some((slot) => page.known(page.shown(slot)).source);
  if (!known) return null;
  const tab = (name) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        class: "tab",
        id: `tab-${name}`,
        "aria-selected": String(page.pane === name),
        "aria-controls": "desk-pane",
        tabindex: page.pane === name ? 0 : -1,
        onClick: () => (page.pane = name),
        onKeydown: (event) => {
          if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
          page.pane = name === "material" ? "source" : "material";
          page.$nextTick(() => page.$el.querySelector(`#tab-${page.pane}`)?.focus());
        },
      },
      page.words[`pane_${name}`],
    );
  return h("div", { class: "tabs", role: "tablist", "aria-label": page.words.material }, [tab("material"), tab("source")]);
}

function source(page) {
  const slot = page.slots[page.chosen.slot] ?? page.slots.find((one) => page.known(page.shown(one)).source);
  if (!slot) return null;
  const { facts, source: text } = page.known(page.shown(slot));
  return h("div", { class: "pane source-pane", id: "desk-pane", role: "tabpanel", "aria-labelledby": "tab-source" }, [
    h(SourceText, {
      key: slot.key,
      text,
      facts,
      chosen: page.chosen.place,
      lang: page.form.language,
      label: page.words.pane_source,
      onChoose: (place) => page.choose(slot, place, { toText: true }),
    }),
  ]);
}

function form(page, task) {
  const { words } = page;
  const total = Object.values(page.form.input).reduce((n, text) => n + chars(text), 0);
  const main = mainField(task);
  return h(
    "form",
    {
      class: "pane material",
      id: "desk-pane",
      novalidate: true, // the page says in the reader's language what is missing
      onSubmit: (event) => {
        event.preventDefault();
        page.run();
      },
    },
    [
      h("div", { class: "desk-tools" }, [
        main ? button({ mark: "search", text: words.from_article, kind: "button quiet small", "data-act": "pick", onClick: page.openPicker }) : null,
        Object.keys(task.example).length ? button({ mark: "edit", text: words.example, kind: "button quiet small", "data-act": "example", onClick: page.fillExample }) : null,
        total ? button({ mark: "close", text: words.clear, kind: "link-button", "data-act": "clear", onClick: page.clearForm }) : null,
      ]),
      page.form.article
        ? h("p", { class: "soft from-article" }, [
            `${words.from} `,
            h("a", { href: `/articles/${encodeURIComponent(page.form.article.id)}` }, page.form.article.title || words.untitled),
          ])
        : null,
      ...task.fields.map((field) => input(page, field)),
      total > MOST_INPUT ? h("p", { class: "notice bad", role: "alert" }, fill(words.too_long, { n: number(total), most: number(MOST_INPUT) })) : null,
      options(page),
      actions(page, total),
    ],
  );
}

function input(page, field) {
  const { words, form } = page;
  const text = form.input[field.id] ?? "";
  const missing = page.missing.includes(field.id);
  const attributes = {
    value: text,
    "data-field": field.id,
    lang: form.language,
    dir: "auto",
    required: field.required,
    "aria-invalid": String(missing),
    "aria-describedby": missing ? `missing-${field.id}` : null,
    onInput: (event) => page.typed(field.id, event.target.value),
  };
  return h("label", { key: `${page.task.id}-${field.id}`, class: ["field", { missing }] }, [
    h("span", { class: "field-head" }, [
      h("span", [picked(field.name, page.language), field.required ? h("b", { class: "needed", title: words.required }, " *") : h("span", { class: "optional" }, words.optional)]),
      text ? h("span", { class: "counter" }, fill(words.characters, { n: number(chars(text)) })) : null,
    ]),
    field.long
      ? h("textarea", { ...attributes, rows: field.required ? 9 : 3, placeholder: field.required ? words.paste : null })
      : h("input", { ...attributes, type: "text", autocomplete: "off" }),
    missing ? h("span", { id: `missing-${field.id}`, class: "field-problem", role: "alert" }, words.missing) : null,
  ]);
}

function select(label, name, value, choices, onChange) {
  return h("label", { class: "field option" }, [
    h("span", label),
    h(
      "select",
      { value: String(value), "data-option": name, onChange: (event) => onChange(event.target.value) },
      choices.map(([id, text]) => h("option", { key: id, value: String(id) }, text)),
    ),
  ]);
}

function options(page) {
  const { words, task, form } = page;
  const engines = page.engines.filter((engine) => !engine.embeds);
  const named = (engine) => (engine.state === "ready" || engine.state === "unknown" ? engine.name : `${engine.name} · ${words[`state_${engine.state}`]}`);
  const models = engines.map((engine) => [engine.name, named(engine)]);
  const wordings = (task.instructions[form.language] ?? []).map((text, i) => [i, text]);
  const first = engines[0]?.name;
  const others = models.filter(([name]) => name !== (form.model || first));
  return h("div", { class: "options" }, [
    wordings.length > 1 ? select(words.instruction, "variant", form.variant, wordings, (value) => page.set("variant", Number(value))) : null,
    task.languages.length > 1
      ? select(words.language, "language", form.language, task.languages.map((one) => [one, words[`language_${one}`]]), (value) => {
          page.set("language", value);
          page.set("variant", 0);
        })
      : null,
    engines.length > 1 ? select(words.model, "model", form.model || first, models, (value) => page.set("model", value)) : null,
    others.length ? select(words.compare, "other", form.other, [["", words.compare_none], ...others], (value) => page.set("other", value)) : null,
    select(words.variants, "count", form.count, [1, 2, 3, 4].map((n) => [n, n]), (value) => page.set("count", Number(value))),
    h("label", { class: "field option" }, [
      h("span", { title: words.published_why }, words.published),
      h("input", { type: "date", value: form.published, "data-option": "published", max: "9999-12-31", onInput: (event) => page.set("published", event.target.value) }),
    ]),
  ]);
}

function actions(page, total) {
  const { words } = page;
  return h("div", { class: "desk-actions" }, [
    h("p", { class: "soft keys-hint" }, [h("kbd", "Ctrl"), h("kbd", "Enter"), ` ${words.key_run}`, h("span", { class: "keys-stop" }, [h("kbd", "Esc"), ` ${words.key_stop}`])]),
    page.running
      ? button({ mark: "stop", text: words.stop, kind: "button danger", "data-act": "stop", onClick: page.stop })
      : h("button", { type: "submit", class: "button", "data-act": "run", disabled: total > MOST_INPUT }, words.run),
  ]);
}
