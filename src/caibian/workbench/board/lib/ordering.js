// Methods of the page: what the expert does to the answers, and where the focus is afterwards.
import { nextTick } from "vue";
import { fill } from "./parts.js";

const MOST_STEPS = 100; // that can be undone

export const ordering = {
  moveTo(key, place, focusOn) {
    const from = this.order.indexOf(key);
    const to = Math.max(0, Math.min(this.order.length - 1, place));
    if (this.locked || from < 0) return;
    this.remember();
    this.touched = true;
    this.order.splice(to, 0, ...this.order.splice(from, 1));
    this.announced = fill(this.words.moved, { key, place: to + 1, n: this.order.length });
    this.changed();
    nextTick(() => this.refocus(key, focusOn));
  },
  moveBy(key, step, focusOn) {
    this.moveTo(key, this.order.indexOf(key) + step, focusOn);
  },
  dropped(key, place) {
    this.still = true; // the card is already where the hand let go of it
    this.moveTo(key, place, "none");
    nextTick(() => (this.still = false));
  },
  mark(key, dimension) {
    if (this.locked) return;
    this.remember();
    const on = this.marks(key);
    const next = on.includes(dimension) ? on.filter((id) => id !== dimension) : [...on, dimension];
    this.violations = { ...this.violations, [key]: next };
    this.changed();
  },
  remember() {
    this.past.push({ ...this.snapshot() });
    if (this.past.length > MOST_STEPS) this.past.shift();
  },
  undo() {
    const before = this.past.pop();
    if (!before || this.locked) return;
    this.show({ ...before, comment: this.comment });
    this.announced = this.words.undone;
    this.changed();
  },
  changed() {
    if (this.says?.kind === "good") this.says = null;
    this.saver.change();
  },
  focus(key) {
    const card = this.card(key);
    card?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest" });
  },
  focusBy(key, step) {
    const place = key === undefined ? (step > 0 ? 0 : this.order.length - 1) : this.order.indexOf(key) + step;
    if (this.order[place]) this.focus(this.order[place]);
  },
  refocus(key, on) {
    if (on === "none") return;
    const card = this.card(key);
    const button = on && card?.querySelector(`[data-move="${on}"]:not(:disabled)`);
    (button || card)?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest" });
  },
  card(key) {
    return this.$el.querySelector(`.answer[data-key="${CSS.escape(key)}"]`);
  },
};
