// Methods of the page: the text and its way to the service, what others do to it meanwhile, and what is checked in it.
import { complain, read, says } from "caibian-kit";
import { readFacts } from "./facts.js";
import { follow, place } from "./marks.js";
import { merged } from "./merging.js";

const content = ({ title, body }) => ({ title, body });

export const writing = {
  write(part, value) {
    if (part === "body") this.facts = follow(this.facts, this.body, value);
    this[part] = value;
    this.keeper.change();
    if (part === "body") this.placeComments();
  },
  onStatus(status, problem) {
    this.status = status;
    if (status === "logged_out") this.says = { kind: "bad", text: this.words.save_logged_out, again: true };
    else if (status === "refused") {
      this.says = { kind: "bad", text: says(problem, this.kit) };
      this.refresh();
    } else if (status === "saved" && this.says?.again) this.says = null;
  },
  onSaved(draft) {
    this.draft = draft;
    this.placeComments();
    this.loadFacts();
    this.loadRecord();
  },
  // ---- somebody else was faster
  onConflict(theirs) {
    const mine = content(this);
    const base = this.keeper.base;
    const body = merged(base.body, mine.body, theirs.body, theirs.language);
    const title = merged(base.title, mine.title, theirs.title, theirs.language);
    const both = body === null || title === null ? null : { title, body };
    this.conflict = { theirs, mine, both, revision: this.keeper.revision, open: theirs.may.includes("edit") };
    this.$nextTick(() => this.$el.querySelector("#conflict-title")?.focus());
  },
  keepText(text) {
    const { theirs } = this.conflict;
    this.conflict = null;
    this.draft = theirs;
    Object.assign(this, text);
    this.placeComments();
    this.keeper.overrule(theirs);
  },
  takeTheirs() {
    const { theirs, mine } = this.conflict;
    this.conflict = null;
    this.keeper.clear();
    this.keeper.aside = mine;
    this.take(theirs);
    this.says = { kind: "warn", text: this.words.conflict_kept, mine };
  },
  restoreMine() {
    const { mine } = this.says;
    this.says = null;
    this.keeper.aside = null;
    Object.assign(this, mine);
    this.placeComments();
    this.keeper.change();
  },
  dismiss() {
    if (this.says?.mine) this.keeper.aside = null;
    this.says = null;
  },
  logInAgain() {
    this.keeper.keep();
    location.assign(`/login?back=${encodeURIComponent(location.pathname)}`);
  },
  // ---- the draft as the service has it
  take(draft) {
    this.draft = draft;
    this.title = draft.title;
    this.body = draft.body;
    this.keeper.take(draft);
    this.status = "saved";
    this.placeComments();
    this.loadFacts();
    this.loadRecord();
  },
  // What others did: comments and states are shown at once, another text only where nobody writes here.
  async refresh() {
    let draft;
    try {
      draft = await read(this.path);
    } catch {
      return; // the page keeps what it has; what is done next says what is wrong
    }
    if (this.conflict || this.keeper.sent) return;
    if (draft.revision === this.draft.revision && draft.state === this.draft.state) {
      const more = draft.notes.length !== this.draft.notes.length || draft.examined !== this.draft.examined;
      this.draft = draft;
      this.placeComments();
      if (more) this.loadRecord();
      return;
    }
    if (this.keeper.dirty && draft.may.includes("edit")) return this.keeper.push(); // answers with the conflict, if it is one
    const mine = this.keeper.dirty ? content(this) : null;
    if (mine) this.keeper.aside = mine;
    this.take(draft);
    this.says = { kind: "warn", text: this.words.newer, mine };
  },
  placeComments() {
    this.comments = this.draft.notes
      .map((note) => ({ ...note, where: place(this.body, note) }))
      .sort((a, b) => (a.where?.start ?? Infinity) - (b.where?.start ?? Infinity) || (a.at < b.at ? -1 : 1));
  },
  async loadFacts() {
    const { revision, body } = this.draft;
    try {
      const checked = await read(`${this.path}/facts`);
      if (this.draft.revision !== revision) return; // a newer one is on its way
      this.checked = checked;
      this.facts = follow(readFacts(checked, body), body, this.body);
      this.factsProblem = "";
    } catch (problem) {
      this.factsProblem = says(problem, this.kit);
    }
  },
  // The ledger, and the versions where they are looked at.
  async loadRecord() {
    try {
      this.ledger = await read(`${this.path}/ledger`);
      if (this.part === "versions") await this.loadVersions();
    } catch (problem) {
      complain(problem, this.kit);
    }
  },
  async loadVersions() {
    try {
      this.versions = await read(`${this.path}/versions`);
    } catch (problem) {
      this.versionsProblem = says(problem, this.kit);
      return;
    }
    const revisions = this.versions.map((one) => String(one.revision));
    const fits = (chosen) => chosen === "model" || revisions.includes(chosen);
    if (!this.to || !fits(this.to) || this.to === revisions.at(-2)) this.to = revisions.at(-1);
    if (!this.from || !fits(this.from)) this.from = revisions.at(-2) ?? (this.draft.origin?.text ? "model" : revisions[0]);
  },
};
