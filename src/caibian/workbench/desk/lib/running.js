// Methods of the page: asking models, one slot a model and variant, and stopping them.
import { key, stream } from "caibian-kit";

const LIVELY = 0.7; // temperature of what is to differ from the first answer
const MOST_ATTEMPTS = 6;
const controllers = new Map(); // attempt id -> AbortController

const seed = () => Math.floor(Math.random() * 2 ** 31);

function attempt(given) {
  return {
    id: key(),
    state: "waiting", // waiting | writing | done | stopped | failed
    text: "",
    result: null, // TaskAnswer
    edited: null, // the text as somebody changed it
    checked: null, // Checked, of `checkedText`
    checkedText: null,
    checking: false,
    showChanges: true,
    thumb: null,
    draft: null,
    problem: null,
    ...given,
  };
}

export const running = {
  shown(slot) {
    return slot.attempts[slot.at];
  },
  textOf(one) {
    return one.edited ?? one.text;
  },
  run() {
    if (!this.task || this.running) return;
    this.missing = this.task.fields.filter((field) => field.required && !this.form.input[field.id].trim()).map((field) => field.id);
    if (this.missing.length) {
      this.pane = "material";
      this.$nextTick(() => this.$el.querySelector(`[data-field="${this.missing[0]}"]`)?.focus());
      return;
    }
    const models = [this.form.model, ...(this.form.other ? [this.form.other] : [])];
    const count = this.form.count;
    this.chosen = { slot: -1, place: -1 };
    this.pane = "material";
    this.announced = this.words.running;
    this.slots = models.flatMap((model) =>
      Array.from({ length: count }, (_, n) => ({
        key: key(),
        model,
        at: 0,
        attempts: [attempt({ model, seed: n ? seed() : 0, temperature: n ? LIVELY : 0 })],
      })),
    );
    for (const slot of this.slots) this.write(slot);
    if (!this.wide) this.$nextTick(() => this.$el.querySelector(".desk-answers")?.scrollIntoView({ block: "start" }));
  },
  // The same model once more with another seed; what was there can be paged back to.
  retry(slot) {
    slot.attempts = [...slot.attempts.slice(-MOST_ATTEMPTS + 1), attempt({ model: slot.model, seed: seed(), temperature: LIVELY })];
    slot.at = slot.attempts.length - 1;
    this.chosen = { slot: -1, place: -1 };
    this.write(slot);
  },
  async write(slot) {
    const one = slot.attempts[slot.at];
    const controller = new AbortController();
    controllers.set(one.id, controller);
    const { input, language, variant } = this.form;
    const body = {
      input: Object.fromEntries(Object.entries(input).filter(([, text]) => text.trim())),
      language,
      variant,
      model: one.model || null,
      temperature: one.temperature,
      seed: one.seed,
      published_at: this.publishedAt(),
      stream: true,
    };
    try {
      const onPiece = (text) => {
        one.state = "writing";
        one.text += text;
      };
      const result = await stream(`/tasks/${encodeURIComponent(this.task.id)}/run`, body, { signal: controller.signal, onPiece });
      Object.assign(one, { state: "done", text: result.text, result });
      this.announced = this.summary(result);
    } catch (problem) {
      if (problem.name === "AbortError") one.state = "stopped";
      else {
        Object.assign(one, { state: "failed", problem: { status: problem.status, code: problem.code, message: problem.message, retryAfter: problem.retryAfter } });
        if (problem.status === 401) this.complain(problem);
      }
    } finally {
      controllers.delete(one.id);
      this.keep();
    }
  },
  stop() {
    for (const slot of this.slots) for (const one of slot.attempts) controllers.get(one.id)?.abort();
  },
  stopOne(one) {
    controllers.get(one.id)?.abort();
  },
  page(slot, step) {
    slot.at = Math.min(slot.attempts.length - 1, Math.max(0, slot.at + step));
    this.chosen = { slot: -1, place: -1 };
    this.keep();
  },
  // Noon of the day in the reader's zone: the same day wherever the service stands.
  publishedAt() {
    return this.form.published ? new Date(`${this.form.published}T12:00`).toISOString() : null;
  },
};
