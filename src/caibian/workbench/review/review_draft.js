// One draft under review. What is done to it lives here and in the Keeper; the service answers by fetch, so that a lost
// connection of the page itself loses nothing.
import { h, markRaw } from "vue";
import { moment, toasts } from "caibian-kit";
import { Keeper, actions, conflictPart, deciding, examinations, head, notices, parts, stepDialog, textPart, writing } from "caibian-review"; // prettier-ignore

const LOOK_MS = 15000; // between two looks at what others did

export default {
  props: { first: Object, roles: Object, user: String, role: String, language: String, words: Object, kit: Object },
  data() {
    return {
      draft: this.first,
      title: this.first.title,
      body: this.first.body,
      status: "saved",
      says: null,
      conflict: null,
      busy: false,
      dialog: null,
      step: null,
      part: "facts",
      active: null, // id of the fact or comment that is looked at
      only: null, // the one status that facts are narrowed to
      selection: null,
      checked: null,
      facts: [],
      factsProblem: "",
      comments: [],
      ledger: [],
      versions: null,
      versionsProblem: "",
      from: null,
      to: null,
      examining: { text: "", against: "", note: "", problem: "", free: false },
      commenting: { text: "", passage: null, problem: "" },
    };
  },
  computed: {
    path() {
      return `/drafts/${encodeURIComponent(this.draft.id)}`;
    },
    editable() {
      return this.draft.may.includes("edit") && !this.conflict;
    },
    examined() {
      return examinations(this.ledger);
    },
    // What needs eyes, unless somebody asks for one status; where all is found, that.
    shownStatuses() {
      if (this.only) return [this.only];
      return this.facts.some((fact) => fact.status !== "found") ? ["changed", "absent"] : ["found"];
    },
    dirty() {
      return this.title !== this.draft.title || this.body !== this.draft.body;
    },
  },
  created() {
    const keeper = new Keeper({
      user: this.user,
      draft: this.first,
      snapshot: () => ({ title: this.title, body: this.body }),
      on: (status, problem) => this.onStatus(status, problem),
      onSaved: (draft) => this.onSaved(draft),
      onConflict: (theirs) => this.onConflict(theirs),
    });
    this.keeper = markRaw(keeper);
    const kept = keeper.recall(this.first);
    if (kept?.fits && this.editable) {
      Object.assign(this, kept.text);
      this.says = { kind: "good", text: this.words.recalled };
      keeper.change();
    } else if (kept) this.says = { kind: "warn", text: this.words.recalled, mine: kept.text };
    this.placeComments();
    this.loadFacts();
    this.loadRecord();
  },
  mounted() {
    this.clock = setInterval(() => document.hidden || this.refresh(), LOOK_MS);
    window.addEventListener("pagehide", this.onLeave);
    document.addEventListener("visibilitychange", this.onVisible);
  },
  unmounted() {
    clearInterval(this.clock);
    this.keeper.leave();
    window.removeEventListener("pagehide", this.onLeave);
    document.removeEventListener("visibilitychange", this.onVisible);
  },
  methods: {
    ...writing,
    ...deciding,
    time: moment,
    onLeave() {
      this.keeper.leave();
    },
    onVisible() {
      if (!document.hidden) this.refresh();
    },
    holdEditor(editor) {
      this.editor = editor;
    },
    async showPart(name, chosen = {}) {
      this.part = name;
      Object.assign(this, chosen);
      if (name === "versions") await this.loadVersions();
    },
  },
  render() {
    return h("div", { class: "review-draft" }, [
      head(this),
      notices(this),
      this.conflict ? conflictPart(this) : null,
      h("div", { class: "draft-desk" }, [textPart(this), parts(this)]),
      actions(this),
      this.dialog ? stepDialog(this) : null,
      toasts(this.kit),
    ]);
  },
};
