// Keeps what an expert does: first in this browser, then on the service, until it is there. Nothing is given up.
// An item that was handed in keeps its verdict on the service; changes to it stay here until they are handed in too.
import { content, sameContent } from "./parts.js";

const CALM_MS = 350; // after the last change, before it is sent
const BACKOFF_MS = [1000, 2000, 5000, 10000, 20000];
const WORTH_S = 5; // seconds of reading alone that are worth a save when the page is left
const PREFIX = "caibian.draft.";

export class Saver {
  // snapshot() gives what is on the page; on(status) is told how it stands; onNewer(item) gets what another window did.
  constructor({ user, item, snapshot, on, onNewer }) {
    Object.assign(this, { snapshot, on, onNewer });
    this.address = `/work/assignments/${encodeURIComponent(item.id)}`;
    this.slot = `${PREFIX}${user}.${item.id}`;
    this.revision = item.draft.revision;
    this.live = item.state === "open" || item.state === "started";
    this.base = content(item.draft); // what the service has
    this.seconds = item.draft.seconds;
    this.sent = null; // what it may have: on its way, or no answer came
    this.failures = 0;
    this.timer = null;
    this.work = Promise.resolve();
    this.wake = () => this.failures && this.push();
    window.addEventListener("online", this.wake);
  }

  // Unsent work of an earlier visit: {draft, fits}; `fits` where nothing else has happened to the item since.
  recall(item) {
    let kept;
    try {
      kept = JSON.parse(localStorage.getItem(this.slot) ?? "null");
    } catch {
      kept = null;
    }
    if (!kept) return null;
    if (sameContent(kept.draft, item.draft)) {
      this.clear();
      return null;
    }
    const fits = kept.revision === item.draft.revision || (kept.sent && sameContent(kept.sent, item.draft));
    return { draft: kept.draft, fits: Boolean(fits) };
  }

  get dirty() {
    return !sameContent(this.snapshot(), this.base);
  }

  change() {
    if (!this.live) {
      if (this.dirty) this.keep();
      else this.clear();
      return this.on(this.dirty ? "edited" : "saved");
    }
    if (!this.dirty && !this.sent) return this.settled();
    this.keep();
    this.on("pending");
    return this.later(CALM_MS);
  }

  push() {
    clearTimeout(this.timer);
    this.work = this.work.then(() => this.save());
    return this.work;
  }

  // Leaving the page: what is unsent goes off now, without waiting for an answer.
  leave() {
    clearTimeout(this.timer);
    window.removeEventListener("online", this.wake);
    const draft = this.snapshot();
    const worth = this.dirty || draft.seconds - this.seconds >= WORTH_S;
    if (!this.live || !worth) return;
    this.sent = content(draft);
    this.keep();
    this.request("draft", draft, true);
  }

  stop() {
    clearTimeout(this.timer);
    window.removeEventListener("online", this.wake);
  }

  // Hands in: {saved}, {newer: item}, or {problem}. Drafts on their way arrive first, so that revisions follow each other.
  async finish(kind, body) {
    clearTimeout(this.timer);
    await this.work;
    if (kind === "skip") await this.save(true); // a skip carries neither order nor time
    else this.sent = content(body);
    for (let round = 0; round < 3; round++) {
      const { status, data } = await this.request(kind, body, false);
      if (status === 200) {
        this.clear();
        this.stop();
        return { saved: data };
      }
      if (status === 409 && data.code === "conflict" && this.rebase(data.current)) continue;
      // Our own skip of before, whose answer was lost.
      if (data.current?.state === "skipped" && data.current.skip_reason === body.reason) return { saved: {} };
      if (status === 409) return data.current ? { newer: data.current, problem: data.code } : { problem: data.code };
      return { problem: problem(status) };
    }
    return { problem: "unavailable" };
  }

  async save(always = false) {
    const draft = this.snapshot();
    if (!this.live) return;
    if (sameContent(draft, this.base) && !this.sent && !always) return this.settled();
    this.on("saving");
    this.sent = content(draft);
    this.keep();
    const { status, data } = await this.request("draft", draft, false);
    if (status === 200) return this.saved(data, draft);
    if (status === 409 && data.code === "conflict") {
      if (this.rebase(data.current)) return this.save();
      if (data.current) return this.onNewer(data.current);
    }
    this.on(problem(status, data));
    if (status === 0 || status >= 500 || status === 429) this.later(BACKOFF_MS[Math.min(this.failures++, BACKOFF_MS.length - 1)]);
  }

  saved(data, draft) {
    this.revision = data.revision;
    this.base = content(draft);
    this.seconds = draft.seconds;
    this.sent = null;
    this.failures = 0;
    return this.dirty ? this.change() : this.settled();
  }

  settled() {
    clearTimeout(this.timer);
    this.clear();
    this.on("saved");
  }

  // Another window changed nothing but the clock, or our own answer was lost on its way: go on from there.
  rebase(current) {
    if (!current) return false;
    const known = sameContent(current.draft, this.base) || (this.sent && sameContent(current.draft, this.sent));
    if (!known || current.draft.revision === this.revision) return false;
    this.revision = current.draft.revision;
    this.base = content(current.draft);
    return true;
  }

  async request(kind, body, keepalive) {
    try {
      const answer = await fetch(`${this.address}/${kind}`, {
        method: "PUT",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...body, revision: this.revision }),
        keepalive,
      });
      return { status: answer.status, data: await answer.json().catch(() => ({})) };
    } catch {
      return { status: 0, data: {} };
    }
  }

  keep() {
    try {
      const kept = { draft: this.snapshot(), revision: this.revision, sent: this.sent };
      localStorage.setItem(this.slot, JSON.stringify(kept));
    } catch {
      // private windows may have no storage: the service is then the only place
    }
  }

  clear() {
    try {
      localStorage.removeItem(this.slot);
    } catch {
      // as above
    }
  }

  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.push(), ms);
  }
}

function problem(status, data = {}) {
  if (status === 401) return "logged_out";
  if (status === 409) return data.code === "closed" ? "closed" : "unavailable";
  return status === 0 || status >= 500 || status === 429 ? "unavailable" : "refused";
}
