// The ranking page: one item at a time. What the expert does lives here and in the Saver; the service answers by fetch,
// so that a lost connection of the page itself loses nothing.
import { h, markRaw, TransitionGroup } from "vue";
import {
  Clock, Saver, actions, answerCard, confirmDialog, content, dragging, handing, helpDialog, itemBar, listen, notice,
  ordering, skipDialog, source,
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
    ...ordering,
    ...handing,
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
    // ---- dialogs, and what drags
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
      role: "none", // its cards are groups with names of their own
      ref: this.bindList,
      moveClass: this.still ? "still" : "slide-move",
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
