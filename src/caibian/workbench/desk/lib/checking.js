// Methods of the page: what the checks and the fact strip say of a text, live while it is edited.
import { fill, send, shifted, tally } from "caibian-kit";

const CALM_MS = 450;
const timers = new Map();

export const checking = {
  edit(slot, text) {
    const one = this.shown(slot);
    one.edited = text === one.text ? null : text;
    this.keep();
    this.recheck(one);
  },
  restore(slot) {
    const one = this.shown(slot);
    one.edited = null;
    this.keep();
    this.recheck(one);
  },
  recheck(one) {
    clearTimeout(timers.get(one.id));
    const text = this.textOf(one);
    if (one.result && text === one.result.text) return Object.assign(one, { checked: null, checkedText: null, checking: false });
    one.checking = true;
    return timers.set(one.id, setTimeout(() => this.check(one), CALM_MS));
  },
  async check(one) {
    const text = this.textOf(one);
    const { input, language } = this.form;
    const body = { task: this.task.id, text, input, language, published_at: this.publishedAt() };
    try {
      const checked = await send("POST", "/check", body);
      if (this.textOf(one) !== text) return; // already typed on: the next answer counts
      Object.assign(one, { checked, checkedText: text, checking: false });
    } catch (problem) {
      one.checking = false;
      if (problem.status === 401) this.complain(problem);
    }
  },
  // {facts, checks, source, chars, least, most} of what is shown, as far as it is known.
  known(one) {
    const found = one.checked ?? one.result;
    return { facts: found?.facts ?? [], checks: found?.checks ?? [], source: found?.source ?? "" };
  },
  spans(one) {
    const before = one.checked ? one.checkedText : (one.result?.text ?? this.textOf(one));
    const facts = this.known(one).facts.map((fact, place) => ({ start: fact.start, end: fact.end, status: fact.status, place }));
    return shifted(facts, before, this.textOf(one));
  },
  choose(slot, place, { toText = false } = {}) {
    const index = this.slots.indexOf(slot);
    const same = this.chosen.slot === index && this.chosen.place === place;
    this.chosen = { slot: index, place };
    if (this.wide) this.pane = "source";
    if (toText && !same) this.reveal(slot, place);
  },
  async reveal(slot, place) {
    await this.$nextTick();
    const span = this.spans(this.shown(slot)).find((found) => found.place === place);
    if (span) this.marked[slot.key]?.show(span);
  },
  // From one fact that needs eyes to the next; where none does, through all.
  step(slot, by) {
    const { facts } = this.known(this.shown(slot));
    const places = facts.map((_, place) => place);
    const open = places.filter((place) => facts[place].status !== "found");
    const walk = open.length ? open : places;
    if (!walk.length) return;
    const now = this.chosen.slot === this.slots.indexOf(slot) ? this.chosen.place : by > 0 ? -1 : facts.length;
    const next = by > 0 ? walk.find((place) => place > now) : walk.findLast((place) => place < now);
    this.choose(slot, next ?? (by > 0 ? walk[0] : walk.at(-1)), { toText: true });
  },
  async showSource() {
    this.pane = "source";
    await this.$nextTick();
    this.$el.querySelector(".source-marked")?.scrollIntoView({ block: "center" });
  },
  summary(result) {
    return fill(this.words.finished, tally(result.facts));
  },
};
