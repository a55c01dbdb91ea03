// Methods of the page: what is typed and answered stays in this browser, by user and task.
import { Kept, read } from "caibian-kit";

const CALM_MS = 300;
const MOST_RECENT = 8;
const MOST_NEWEST = 6; // articles offered at the start
const MOST_KEPT = 400_000; // characters of one task's answers; beyond that their sources are left out

export const keeping = {
  remember() {
    this.store = new Kept(this.user, "desk");
    this.prefers = new Kept(this.user, "desk-prefers");
    this.favourites = this.prefers.get("favourites", []);
    this.recent = this.prefers.get("recent", []);
    this.consent = this.prefers.get("consent", null);
  },
  keep() {
    clearTimeout(this.keepTimer);
    this.keepTimer = setTimeout(this.keepNow, CALM_MS);
  },
  keepNow() {
    clearTimeout(this.keepTimer);
    if (!this.task) return;
    const slots = this.slots.map(packed).filter(Boolean);
    const empty = !slots.length && !Object.values(this.form.input).some((text) => text);
    if (empty) return this.store.remove(this.task.id);
    let value = { form: this.form, slots };
    if (JSON.stringify(value).length > MOST_KEPT) value = { form: this.form, slots: slots.map(lighter) };
    return this.store.set(this.task.id, value);
  },
  recall(task) {
    const kept = this.store.get(task.id);
    if (!kept?.form?.input) return null;
    // The card may have changed since: its fields, languages and wordings decide.
    const blank = this.blank(task);
    const input = Object.fromEntries(Object.keys(blank.input).map((id) => [id, String(kept.form.input[id] ?? "")]));
    const language = task.languages.includes(kept.form.language) ? kept.form.language : blank.language;
    const variant = kept.form.variant < (task.instructions[language]?.length ?? 1) ? kept.form.variant : 0;
    const known = new Set(["", ...this.engines.map((engine) => engine.name)]);
    const form = { ...blank, ...kept.form, input, language, variant };
    if (!known.has(form.model)) form.model = "";
    if (!known.has(form.other)) form.other = "";
    return { form, slots: kept.slots ?? [] };
  },
  // Tasks with material in this browser, to go on with: [{id, text}].
  begun() {
    const line = (form) => Object.values(form?.input ?? {}).map((text) => String(text).trim()).find(Boolean) ?? "";
    return this.store.all().map(({ slot, value }) => ({ id: slot, text: value.form?.article?.title || Array.from(line(value.form)).slice(0, 80).join("") }));
  },
  async loadNewest() {
    try {
      this.newest = (await read("/articles", { limit: MOST_NEWEST })).articles;
    } catch {
      this.newest = []; // the desk is of use without them
    }
  },
  touch(id) {
    this.recent = [id, ...this.recent.filter((one) => one !== id)].slice(0, MOST_RECENT);
    this.prefers.set("recent", this.recent);
  },
  toggleFavourite(id) {
    const on = this.favourites.includes(id);
    this.favourites = on ? this.favourites.filter((one) => one !== id) : [...this.favourites, id];
    this.prefers.set("favourites", this.favourites);
  },
  setConsent(yes) {
    this.consent = yes;
    this.prefers.set("consent", yes);
  },
};

// The attempt that is shown, if it holds anything; one that was still being written counts as stopped.
function packed(slot) {
  const one = slot.attempts[slot.at];
  if (!one || (!one.text && one.edited === null)) return null;
  const state = one.state === "done" ? "done" : "stopped";
  return { ...slot, at: 0, attempts: [{ ...one, state, checking: false, problem: null }] };
}

const lighter = (slot) => ({ ...slot, attempts: slot.attempts.map((one) => ({ ...one, result: null, checked: null })) });
