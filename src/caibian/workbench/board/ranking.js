// The ranking page: one item at a time. What the expert does lives here and in the Saver; the service answers by fetch,
// so that a lost connection of the page itself loses nothing.
import { h, markRaw, nextTick, TransitionGroup } from "vue";
import {
  Clock, Saver, actions, answerCard, confirmDialog, content, dragging, fill, helpDialog, itemBar, listen, notice,
  sameContent, skipDialog, source,
} from "caibian-board"; // prettier-ignore

const DIALOGS = { confirm: confirmDialog, skip: skipDialog, help: helpDialog };
const WIDE = "(min-width: 64rem)";

export default {
  props: { first: Object, user: String, language: String, words: Object, reasons: Object },
  data() {
    return {
      item: this.first,
      order: [],
      touched: false,
      violations: {},
      comment: "",
      status: "idle",
      says: null,
      dialog: null,
      busy: false,
      skipping: { reason: null, comment: "", problem: "" },
      sourceOpen: true,
      wide: matchMedia(WIDE).matches,
      announced: "",
      still: false,
      past: [],
    };
  },
  computed: {
    answers() {
      return Object.fromEntries(this.item.answers.map((answer) => [answer.key, answer]));
    },
    twins() {
      const by = {};
      for (const { key, text } of this.item.answers) (by[text] ??= []).push(key);
      const found = {};
      for (const keys of Object.values(by)) if (keys.length > 1) for (const key of keys) found[key] = keys.filter((k) => k !== key);
      return found;
    },
    locked() {
      return this.item.closed;
    },
    panelAddress() {
      return `/panels/${encodeURIComponent(this.item.panel)}`;
    },
  },
  created() {
    this.take(this.item, { recall: true });
  },
  mounted() {
    this.stopKeys = listen({
      submit: this.submit,
      skip: this.skip,
      help: this.help,
      undo: this.undo,
      has: (key) => key in this.answers,
      place: this.moveTo,
      moveBy: this.moveBy,
      focus: this.focus,
      focusBy: this.focusBy,
      previous: () => this.item.previous && this.open(this.item.previous),
      following: () => this.item.following && this.open(this.item.following),
    });
    history.replaceState({ item: this.item.id }, "");
    window.addEventListener("popstate", this.onPop);
    window.addEventListener("pagehide", this.onLeave);
    document.addEventListener("visibilitychange", this.onVisible);
    this.media = matchMedia(WIDE);
    this.media.addEventListener("change", this.onMedia);
  },
  unmounted() {
    this.stopKeys();
    this.clock.stop();
    this.saver.stop();
    window.removeEventListener("popstate", this.onPop);
    window.removeEventListener("pagehide", this.onLeave);
    document.removeEventListener("visibilitychange", this.onVisible);
    this.media.removeEventListener("change", this.onMedia);
  },
  methods: {
    // ---- the item and its state
    take(item, { recall = false } = {}) {
      this.clock?.stop();
      this.saver?.stop();
      this.item = item;
      this.past = [];
      this.status = item.state === "open" ? "idle" : "saved";
      this.show(item.draft);
      this.clock = markRaw(new Clock(item.draft.seconds));
      this.saver = markRaw(
        new Saver({
          user: this.user,
          item,
          snapshot: () => this.snapshot(),
          on: (status) => this.onStatus(status),
          onNewer: (newer) => this.onNewer(newer),
        }),
      );
      const kept = recall && !item.closed ? this.saver.recall(item) : null;
      if (kept?.fits) {
        this.show(kept.draft);
        this.clock.atLeast(kept.draft.seconds);
        this.says = { kind: "good", text: this.words.recalled };
        this.saver.change();
      } else if (kept) this.says = { kind: "warn", text: this.words.newer, mine: kept.draft };
    },
    show(draft) {
      const seats = this.item.answers.map((answer) => answer.key);
      const given = (draft.order ?? []).filter((key) => seats.includes(key));
      this.touched = given.length > 0;
      this.order = [...given, ...seats.filter((key) => !given.includes(key))];
      this.violations = structuredClone(content(draft).violations);
      this.comment = draft.comment ?? "";
    },
    snapshot() {
      const said = { order: this.touched ? this.order : [], violations: this.violations, comment: this.comment };
      return { ...content(said), seconds: this.clock.seconds() };
    },
    marks(key) {
      return this.violations[key] ?? [];
    },
    // ---- what the expert does
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
      if (this.past.length > 100) this.past.shift();
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
    // ---- handing in
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
    // ---- going about
    addressOf(id) {
      return `${this.panelAddress}/items/${encodeURIComponent(id)}`;
    },
    async open(id, { push = true } = {}) {
      this.saver.leave();
      this.busy = true;
      const item = await this.fetchItem(id);
      this.busy = false;
      if (!item) return location.assign(this.addressOf(id)); // the whole page says what is wrong
      this.says = null;
      this.dialog = null;
      this.skipping = { reason: null, comment: "", problem: "" };
      this.announced = "";
      this.take(item, { recall: true });
      if (push) history.pushState({ item: id }, "", this.addressOf(id));
      window.scrollTo(0, 0);
      await nextTick();
      this.$el.querySelector(".source-text")?.scrollTo(0, 0);
      this.$el.querySelector(".item-title")?.focus({ preventScroll: true });
      return undefined;
    },
    async fetchItem(id) {
      try {
        const answer = await fetch(`/work/assignments/${encodeURIComponent(id)}`);
        return answer.ok ? await answer.json() : null;
      } catch {
        return null;
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
      const item = await this.fetchItem(id);
      if (!item || item.id !== this.item.id || this.saver.dirty) return;
      const changed = item.state !== this.item.state || item.closed !== this.item.closed;
      if (changed || !sameContent(item.draft, this.snapshot())) this.onNewer(item);
    },
    onMedia(event) {
      this.wide = event.matches;
    },
    // ---- what the service says
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
    // ---- focus and small things
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
    skip() {
      if (!this.locked) this.dialog = "skip";
    },
    help() {
      this.dialog = "help";
    },
    closeDialog() {
      this.dialog = null;
    },
    toggleSource() {
      this.sourceOpen = !this.sourceOpen;
    },
    bindList(list) {
      this.bind("list", list?.$el ?? list, { handle: ".grip" });
    },
    bindStrip(strip) {
      this.bind("strip", strip, { handle: ".grip", horizontal: true });
    },
    bind(name, element, options) {
      this.bound ??= {};
      if (this.bound[name] === element) return;
      this.bound[name] = element;
      if (element) dragging(element, { ...options, onMove: this.dropped });
    },
  },
  render() {
    const cards = this.order.map((key, place) => answerCard(this, key, place));
    const list = {
      tag: "ol",
      class: "answers",
      "aria-label": this.words.answers,
      ref: this.bindList,
      moveClass: this.still ? "still" : "slide",
      key: `${this.item.id}-${this.locked}`,
    };
    return h("div", { class: ["ranking", { "source-closed": !this.sourceOpen }] }, [
      itemBar(this),
      notice(this),
      h("p", { class: "unseen", role: "status", "aria-live": "assertive" }, this.announced),
      h("div", { class: "desk" }, [
        source(this),
        h("section", { class: "answers-part", "aria-label": this.words.answers }, [
          h("p", { class: "how" }, this.locked ? this.words.closed_how : this.words.how),
          h(TransitionGroup, list, { default: () => cards }),
          h("label", { class: "field comment" }, [
            h("span", this.words.comment),
            h("textarea", {
              rows: 2,
              maxlength: 4000,
              disabled: this.locked,
              value: this.comment,
              onInput: (event) => {
                this.comment = event.target.value;
                this.changed();
              },
            }),
          ]),
        ]),
      ]),
      actions(this),
      this.dialog ? DIALOGS[this.dialog](this) : null,
    ]);
  },
};
