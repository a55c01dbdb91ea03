// Methods of the page: handing in, going on to other items, and what the service says to it.
import { nextTick } from "vue";
import { fill, sameContent } from "./parts.js";

export const handing = {
  submit() {
    if (this.locked || this.busy) return;
    if (this.touched) this.handIn();
    else this.dialog = "confirm";
  },
  submitAsShown() {
    this.touched = true;
    this.dialog = null;
    this.handIn();
  },
  async handIn() {
    await this.finish("ranking", this.snapshot());
  },
  async skipNow() {
    if (!this.skipping.reason) return (this.skipping.problem = this.words.skip_needs_reason);
    if (await this.finish("skip", { reason: this.skipping.reason, comment: this.skipping.comment })) this.dialog = null;
  },
  async finish(kind, body) {
    if (this.busy) return false;
    this.busy = true;
    this.saver.keep();
    const result = await this.saver.finish(kind, body);
    this.busy = false;
    if (result.saved) {
      await this.goOn(result.saved.next);
      return true;
    }
    if (result.newer) {
      this.dialog = null;
      this.onNewer(result.newer);
      return false;
    }
    this.onStatus(result.problem);
    const text = this.words[`not_handed_in_${result.problem}`] ?? this.words.not_handed_in_unavailable;
    this.says = { kind: "bad", text, again: result.problem === "logged_out" };
    this.skipping.problem = this.dialog === "skip" ? text : "";
    return false;
  },
  goOn(next) {
    if (next) return this.open(next);
    location.assign(this.panelAddress);
    return undefined;
  },
  addressOf(id) {
    return `${this.panelAddress}/items/${encodeURIComponent(id)}`;
  },
  async open(id, { push = true } = {}) {
    this.saver.leave();
    this.busy = true;
    const { item, status } = await this.fetchItem(id);
    this.busy = false;
    if (!item && (status === 0 || status >= 500)) {
      this.saver.wake();
      return (this.says = { kind: "warn", text: this.words.cannot_open });
    }
    if (!item) return location.assign(this.addressOf(id)); // the whole page says what is wrong
    this.says = null;
    this.dialog = null;
    this.skipping = { reason: null, comment: "", problem: "" };
    this.announced = "";
    this.take(item, { recall: true });
    if (push) history.pushState({ item: id }, "", this.addressOf(id));
    document.title = [fill(this.words.title, { n: item.position }), ...document.title.split(" · ").slice(1)].join(" · ");
    window.scrollTo(0, 0);
    await nextTick();
    this.$el.querySelector(".source-text")?.scrollTo(0, 0);
    this.$el.querySelector(".item-title")?.focus({ preventScroll: true });
    return undefined;
  },
  async fetchItem(id) {
    try {
      const answer = await fetch(`/work/assignments/${encodeURIComponent(id)}`);
      return { item: answer.ok ? await answer.json() : null, status: answer.status };
    } catch {
      return { item: null, status: 0 };
    }
  },
  onPop(event) {
    if (event.state?.item) this.open(event.state.item, { push: false });
  },
  onLeave() {
    this.saver.leave();
  },
  // Back at this window: another one may have gone on in the meantime.
  async onVisible() {
    if (document.hidden || this.busy || this.saver.dirty) return;
    const id = this.item.id;
    const { item } = await this.fetchItem(id);
    if (!item || item.id !== this.item.id || this.saver.dirty) return;
    const changed = item.state !== this.item.state || item.closed !== this.item.closed;
    if (changed || !sameContent(item.draft, this.snapshot())) this.onNewer(item);
  },
  onMedia(event) {
    this.wide = event.matches;
  },
  onStatus(status) {
    this.status = status;
    if (status === "closed") this.item = { ...this.item, closed: true };
    if (status === "logged_out") this.says = { kind: "bad", text: this.words.logged_out, again: true };
    else if (status === "saved" && this.says?.kind === "bad") this.says = null;
  },
  onNewer(newer) {
    const mine = this.saver.dirty ? this.snapshot() : null;
    this.saver.clear();
    this.take(newer);
    this.says = { kind: "warn", text: newer.closed ? this.words.closed_now : this.words.newer, mine: newer.closed ? null : mine };
  },
  restoreMine() {
    const mine = this.says.mine;
    this.says = null;
    this.show(mine);
    this.clock.atLeast(mine.seconds);
    this.saver.change();
  },
  dismiss() {
    this.says = null;
  },
  logInAgain() {
    this.saver.keep();
    location.assign(`/login?back=${encodeURIComponent(location.pathname)}`);
  },
};
