// Keeps what is written: in this browser with every key, on the service after a moment of rest. Nothing is given up:
// where somebody else was faster, both texts are there and a person decides.
import { Kept, address, key, send } from "caibian-kit";

const CALM_MS = 1200; // after the last key, before it is sent; each save is a version of its own
const LONGEST_MS = 15000; // of writing without a pause
const BACKOFF_MS = [1000, 2000, 5000, 10000, 20000];

export const same = (one, other) => one.title === other.title && one.body === other.body;
const content = ({ title, body }) => ({ title, body });

export class Keeper {
  // snapshot() gives {title, body} of the page; on(status), onSaved(draft) and onConflict(theirs) tell it what happened.
  constructor({ user, draft, snapshot, on, onSaved, onConflict }) {
    Object.assign(this, { snapshot, on, onSaved, onConflict });
    this.kept = new Kept(user, "review");
    this.slot = draft.id;
    this.path = `/drafts/${encodeURIComponent(draft.id)}`;
    this.failures = 0;
    this.timer = null;
    this.since = null; // when the oldest unsent key was pressed
    this.sent = null; // on its way, or no answer came
    this.perhaps = []; // all that the service may have taken since its last answer
    this.halted = false; // a conflict waits to be decided
    this.work = Promise.resolve();
    this.take(draft);
    this.wake = () => this.failures && this.push();
    window.addEventListener("online", this.wake);
  }

  take(draft) {
    this.revision = draft.revision;
    this.base = content(draft);
    this.sent = null;
    this.perhaps = [];
    this.halted = false;
  }

  get dirty() {
    return !same(this.snapshot(), this.base);
  }

  // Unsent work of an earlier visit: {text, fits}; `fits` where nothing else has happened to the draft since.
  recall(draft) {
    const kept = this.kept.get(this.slot);
    if (kept && !same(kept.text, draft)) {
      const fits = kept.revision === draft.revision || Boolean(kept.sent && same(kept.sent, draft));
      if (!fits) this.aside = kept.text;
      return { text: kept.text, fits };
    }
    this.clear();
    return this.aside && !same(this.aside, draft) ? { text: this.aside, fits: false } : null;
  }

  change() {
    this.keep();
    if (this.halted) return;
    if (!this.dirty && !this.sent) return this.settled();
    this.on("pending");
    this.since ??= Date.now();
    this.later(Math.max(0, Math.min(CALM_MS, this.since + LONGEST_MS - Date.now())));
  }

  push() {
    clearTimeout(this.timer);
    this.work = this.work.then(() => this.save());
    return this.work;
  }

  // Saves what is unsaved, for a step that builds on it: whether everything is on the service.
  async settle() {
    if (this.dirty || this.sent) await this.push();
    await this.work;
    return !this.dirty && !this.sent && !this.halted;
  }

  async save() {
    if (this.halted) return;
    const text = this.snapshot();
    if (same(text, this.base) && !this.sent) return this.settled();
    this.on("saving");
    this.since = null;
    // The same text without an answer is the same request: the service carries it out once.
    this.sent = this.request(text);
    this.perhaps.push(text);
    this.keep();
    let draft;
    try {
      draft = await send("PUT", this.path, this.sent);
    } catch (problem) {
      return this.failed(problem);
    }
    return this.saved(draft, text);
  }

  failed(problem) {
    const { status, code, current } = problem;
    if (status === 409 && current) {
      if (code === "conflict" && this.ours(current)) return this.save();
      this.halted = true;
      this.on("conflict");
      return this.onConflict(current, code);
    }
    const away = status === 0 || status >= 500 || status === 429;
    if (!away) [this.sent, this.perhaps] = [null, []]; // answered: it was not taken
    this.on(away ? "unavailable" : status === 401 ? "logged_out" : "refused", problem);
    if (away) this.later(BACKOFF_MS[Math.min(this.failures++, BACKOFF_MS.length - 1)]);
  }

  saved(draft, text) {
    this.revision = draft.revision;
    this.base = text;
    this.sent = null;
    this.perhaps = [];
    this.failures = 0;
    this.onSaved(draft);
    return this.dirty ? this.change() : this.settled();
  }

  settled() {
    clearTimeout(this.timer);
    this.since = null;
    this.clear();
    this.on("saved");
  }

  // Our own save whose answer was lost, or another one that left the text as it was: go on from there.
  ours(current) {
    const known = [...this.perhaps, this.base].some((text) => same(current, text));
    if (!known || current.revision === this.revision) return false;
    this.take(current);
    return true;
  }

  // A conflict is decided: what is on the page now replaces `theirs`, which stays among the versions.
  overrule(theirs) {
    this.take(theirs);
    this.change();
    return this.push();
  }

  // Leaving the page: what is unsent goes off now, without waiting for an answer.
  leave() {
    this.stop();
    if (!this.dirty || this.halted) return;
    this.keep();
    const body = JSON.stringify(this.request(this.snapshot()));
    const headers = { "Content-Type": "application/json" };
    fetch(address(this.path), { method: "PUT", headers, body, keepalive: true }).catch(() => {});
  }

  request(text) {
    const again = this.sent && same(this.sent, text) && this.sent.revision === this.revision;
    return again ? this.sent : { ...content(text), revision: this.revision, key: key() };
  }

  stop() {
    clearTimeout(this.timer);
    window.removeEventListener("online", this.wake);
  }

  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.push(), ms);
  }

  keep() {
    this.kept.set(this.slot, { text: this.snapshot(), revision: this.revision, sent: this.sent });
  }

  clear() {
    this.kept.remove(this.slot);
    return null;
  }

  // A text that gave way to another one; it stays here until it is put back or dismissed.
  get aside() {
    return this.kept.get(`${this.slot}.aside`);
  }

  set aside(text) {
    if (text) this.kept.set(`${this.slot}.aside`, text);
    else this.kept.remove(`${this.slot}.aside`);
  }
}
