// Methods of the page: taking a task up, and what its form begins with.
import { nextTick } from "vue";
import { Problem, read, toast } from "caibian-kit";

const pathOf = (id) => `/desk/${encodeURIComponent(id)}`;

// The field that an article goes into: the one so named, else the first long one, required before optional.
export function mainField(task) {
  const long = task.fields.filter((field) => field.long);
  return long.find((field) => field.id === "article") ?? long.find((field) => field.required) ?? long[0] ?? null;
}

export const opening = {
  pathOf,
  // Follows a link to another task without loading the page anew.
  async openTask(id, event = null, { push = true } = {}) {
    if (event && (event.ctrlKey || event.metaKey || event.shiftKey || event.button)) return;
    event?.preventDefault();
    if (id === this.task?.id) return void (this.listOpen = false);
    this.keepNow();
    this.busyTask = true;
    try {
      const task = await read(`/tasks/${encodeURIComponent(id)}`);
      this.stop();
      this.take(task, null);
      if (push) history.pushState({ task: id }, "", pathOf(id));
      document.title = [this.nameOf(task), ...document.title.split(" · ").slice(-1)].join(" · ");
      this.listOpen = false;
      window.scrollTo(0, 0);
      await nextTick();
      this.$el.querySelector(".task-title")?.focus({ preventScroll: true });
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 404) return location.assign(pathOf(id)); // the page says it
      this.complain(problem);
    } finally {
      this.busyTask = false;
    }
  },
  onPop() {
    const id = decodeURIComponent(location.pathname.split("/")[2] ?? "");
    if (id) this.openTask(id, null, { push: false });
    else location.reload();
  },
  take(task, article) {
    this.task = task;
    this.chosen = { slot: -1, place: -1 };
    this.pane = "material";
    this.missing = [];
    this.dialog = null;
    this.draft = null;
    const kept = this.recall(task);
    this.form = kept?.form ?? this.blank(task);
    this.slots = kept?.slots ?? [];
    if (article && article.id !== this.form.article?.id) this.useArticle(article);
    this.touch(task.id);
  },
  blank(task) {
    const language = task.languages.includes(this.language) ? this.language : (task.languages[0] ?? "zh");
    const input = Object.fromEntries(task.fields.map((field) => [field.id, ""]));
    return { input, language, variant: 0, model: "", other: "", count: 1, published: "", article: null };
  },
  useArticle(article) {
    const field = mainField(this.task);
    if (!field) return;
    this.offerBack();
    this.form.input[field.id] = article.body;
    const title = this.task.fields.find((one) => ["title", "headline"].includes(one.id) && one.id !== field.id);
    if (title) this.form.input[title.id] = article.title;
    this.form.published = article.published_at ? localDay(article.published_at) : "";
    this.form.article = { id: article.id, title: article.title };
    if (this.task.languages.includes(article.language)) this.form.language = article.language;
    this.missing = [];
    this.slots = [];
    this.keep();
  },
  // What is about to be replaced can be had back.
  offerBack() {
    if (!Object.values(this.form.input).some((text) => text.trim())) return;
    const [task, form, slots] = [this.task.id, JSON.parse(JSON.stringify(this.form)), this.slots];
    const run = () => {
      if (this.task.id !== task) return;
      this.stop();
      Object.assign(this, { form, slots, pane: "material", missing: [] });
      this.keep();
    };
    toast("good", this.words.replaced, { text: this.words.put_back, run });
  },
  fillExample() {
    this.offerBack();
    for (const field of this.task.fields) this.form.input[field.id] = this.task.example[field.id] ?? "";
    this.form.article = null;
    this.form.published = "";
    if (this.task.languages.includes("zh")) this.form.language = "zh"; // the cards' examples are Chinese
    this.missing = [];
    this.keep();
  },
  clearForm() {
    this.stop();
    this.offerBack();
    const { language, model, other, count, variant } = this.form;
    this.form = { ...this.blank(this.task), language, model, other, count, variant };
    this.slots = [];
    this.pane = "material";
    this.keep();
    this.$el.querySelector(".material textarea, .material input")?.focus();
  },
  typed(field, text) {
    this.form.input[field] = text;
    this.missing = this.missing.filter((id) => id !== field);
    this.keep();
  },
  set(name, value) {
    this.form[name] = value;
    this.keep();
  },
  nameOf(task) {
    return (this.language === "zh" ? task.name.zh || task.name.en : task.name.en || task.name.zh) || task.id;
  },
};

// The day of a moment in the reader's own zone, as a date field wants it.
function localDay(iso) {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}
