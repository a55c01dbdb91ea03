// One task over many articles: which task, in which language, by which model, and what is the same for all.
import { h } from "vue";
import { button, dialog, fill, icon, number, picked, says, send } from "caibian-kit";
import { found, named, preferred, tasksOf } from "./parts.js";

const MOST_EXTRA = 4000; // characters of a field that is the same for all
const MOST_SHOWN = 40;

// The fields that an article does not fill.
function others(task) {
  const long = task.fields.filter((field) => field.long);
  const main = long.find((field) => field.id === "article") ?? long.find((field) => field.required) ?? long[0];
  return task.fields.filter((field) => field !== main && !["title", "headline"].includes(field.id));
}

export const batching = {
  methods: {
    async openBatch() {
      this.batch = { search: "", task: null, language: this.language, model: "", extra: {}, busy: false, problem: "" };
      this.dialog = "batch";
      try {
        this.tasks ??= await tasksOf(this.language);
      } catch (problem) {
        this.complain(problem);
      }
    },
    closeBatch() {
      this.dialog = null;
    },
    takeTask(task) {
      const { batch } = this;
      batch.task = task;
      batch.extra = {};
      if (!task.languages.includes(batch.language)) batch.language = task.languages[0];
    },
    async startBatch() {
      const { batch } = this;
      if (!batch.task || batch.busy) return;
      batch.busy = true;
      batch.problem = "";
      const extra = Object.fromEntries(Object.entries(batch.extra).filter(([, text]) => text.trim()));
      try {
        const made = await send("POST", "/batches", { task: batch.task.id, articles: this.chosenIds, language: batch.language, model: batch.model || null, extra });
        location.assign(`/batches/${encodeURIComponent(made.id)}`);
      } catch (problem) {
        batch.problem = says(problem, this.kit);
        batch.busy = false;
      }
    },
  },
  dialog(page) {
    const { words, kit, batch } = page;
    const title = fill(words.batch_title, { n: number(page.chosenIds.length) });
    return dialog({ name: "batch", title, kit, close: page.closeBatch, wide: true }, batch.task ? settings(page) : choice(page));
  },
};

function choice(page) {
  const { words, batch, tasks } = page;
  const list = tasks ? preferred(found(tasks, batch.search), page.user).slice(0, MOST_SHOWN) : [];
  return [
    h("label", { class: "search" }, [
      icon("search"),
      h("span", { class: "unseen" }, words.find_task),
      h("input", { type: "search", autofocus: true, placeholder: words.find_task, value: batch.search, "data-field": "batch-search", onInput: (event) => (batch.search = event.target.value) }),
    ]),
    tasks
      ? h("ul", { class: "task-picks" }, list.map((task) => h("li", { key: task.id }, [h("button", { type: "button", class: "chip", "data-task": task.id, onClick: () => page.takeTask(task) }, named(task, page.language))])))
      : h("p", { class: "soft", "aria-busy": "true" }, "…"),
  ];
}

function settings(page) {
  const { words, kit, batch } = page;
  const { task } = batch;
  const engines = page.engines.filter((engine) => !engine.embeds);
  const select = (label, name, choices) =>
    h("label", { class: "field" }, [
      h("span", label),
      h("select", { value: batch[name], "data-option": `batch-${name}`, onChange: (event) => (batch[name] = event.target.value) }, choices.map(([id, text]) => h("option", { key: id, value: id }, text))),
    ]);
  const extra = others(task).map((field) =>
    h("label", { key: field.id, class: "field" }, [
      h("span", [picked(field.name, page.language), field.required ? h("b", { class: "needed" }, " *") : h("span", { class: "optional" }, words.optional)]),
      h(field.long ? "textarea" : "input", { rows: field.long ? 3 : null, required: field.required, maxlength: MOST_EXTRA, value: batch.extra[field.id] ?? "", "data-field": `batch-${field.id}`, onInput: (event) => (batch.extra[field.id] = event.target.value) }),
    ]),
  );
  const submit = (event) => {
    event.preventDefault();
    page.startBatch();
  };
  return [
    h("form", { onSubmit: submit }, [
      h("p", { class: "chosen-task" }, [h("b", named(task, page.language)), button({ text: words.other_task, kind: "link-button", onClick: () => (batch.task = null) })]),
      extra.length ? h("p", { class: "soft" }, words.same_for_all) : null,
      ...extra,
      h("div", { class: "options" }, [
        task.languages.length > 1 ? select(words.language, "language", task.languages.map((one) => [one, words[`language_${one}`]])) : null,
        engines.length > 1 ? select(words.model, "model", [["", engines[0].name], ...engines.slice(1).map((engine) => [engine.name, engine.name])]) : null,
      ]),
      batch.problem ? h("p", { class: "notice bad", role: "alert" }, batch.problem) : null,
      h("div", { class: "buttons" }, [
        button({ text: kit.cancel, kind: "button quiet", onClick: page.closeBatch }),
        h("button", { type: "submit", class: "button", "data-act": "batch-start", disabled: batch.busy }, batch.busy ? words.starting : words.start),
      ]),
    ]),
  ];
}
