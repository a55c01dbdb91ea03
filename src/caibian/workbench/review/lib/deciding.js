// Methods of the page: comments, examinations, the steps of the review and what is handed out.
import { Problem, address, complain, download, says, send, toast } from "caibian-kit";
import { passage } from "./facts.js";
import { points } from "./marks.js";
import { once, settled } from "./once.js";

const EMPTY = { text: "", against: "", note: "", problem: "", free: false };

export const deciding = {
  can(what) {
    return this.draft.may.includes(what);
  },
  // ---- facts and passages
  choose(fact) {
    this.active = fact?.id ?? null;
    this.examining = fact ? { ...EMPTY, text: fact.text, against: passage(this, fact) } : { ...EMPTY };
    if (fact) this.editor?.show(fact.id);
  },
  // A mark in the text or the source was pointed at: what belongs to it is shown beside the text.
  point(mark) {
    if (mark.id.startsWith("comment-")) {
      this.active = mark.id;
      this.part = "comments";
      this.editor?.show(mark.id);
    } else {
      this.part = "facts";
      const fact = this.facts.find((one) => one.id === mark.id);
      if (fact && !this.shownStatuses.includes(fact.status)) this.only = fact.status;
      this.choose(fact);
    }
    this.$nextTick(() => this.$el.querySelector(".finding.open, .comment.open")?.scrollIntoView({ block: "nearest" }));
  },
  showOnly(status) {
    this.only = this.only === status ? null : status;
    this.active = null;
  },
  select({ start, end }) {
    this.selection = start < end ? { start, end, quote: this.body.slice(start, end) } : null;
  },
  commentOnSelection() {
    this.commenting.passage = this.selection;
    this.part = "comments";
    this.$nextTick(() => this.$el.querySelector("[data-field=comment]")?.focus());
  },
  examineSelection() {
    this.active = null;
    this.part = "facts";
    this.examining = { ...EMPTY, text: this.selection.quote.trim().slice(0, 2000), free: true };
    this.$nextTick(() => this.$el.querySelector("[data-field=against]")?.focus());
  },
  stopExamining() {
    this.examining = { ...EMPTY };
  },
  async examine(verdict) {
    const { examining } = this;
    if (!examining.against.trim()) {
      examining.problem = this.words.against_missing;
      this.$el.querySelector("[data-field=against]")?.focus();
      return;
    }
    const { text, against, note } = examining;
    const body = once({ text, verdict, against: against.trim(), note, revision: this.draft.revision });
    await this.during(async () => {
      const entry = await send("POST", `${this.path}/examined`, body);
      settled();
      this.ledger = [...this.ledger, entry];
      this.draft.examined += 1;
      if (examining.free) this.stopExamining();
      else Object.assign(examining, { problem: "", note: "" });
      toast("good", this.words.recorded);
    });
  },
  async sendComment() {
    const { commenting } = this;
    const passage = commenting.passage;
    // A passage is one of the revision that the service has: what is unsaved goes there first.
    if (passage && !(await this.keeper.settle())) return (commenting.problem = this.words.facts_stale);
    if (passage && this.body.slice(passage.start, passage.end) !== passage.quote) return (commenting.problem = this.words.comment_gone);
    const where = passage ? { start: points(this.body, passage.start), end: points(this.body, passage.end) } : {};
    const body = once({ text: commenting.text.trim(), ...where, revision: this.draft.revision });
    await this.during(async () => {
      const comment = await send("POST", `${this.path}/comments`, body);
      settled();
      this.draft.notes = [...this.draft.notes.filter((one) => one.id !== comment.id), comment];
      this.placeComments();
      this.commenting = { text: "", passage: null, problem: "" };
      this.loadRecord();
    });
  },
  // ---- the steps of the review
  ask(step) {
    this.step = { name: step, note: "", problem: "" };
    this.dialog = step;
  },
  closeDialog() {
    this.dialog = null;
  },
  async takeStep() {
    const { step } = this;
    if (step.name === "return" && !step.note.trim()) return (step.problem = this.words.return_needs_note);
    if (!(await this.keeper.settle())) return (step.problem = this.words[`save_${this.status}`]);
    const decides = step.name === "approve" || step.name === "return";
    const body = once({ revision: this.draft.revision, note: step.note.trim(), ...(decides ? { decision: step.name } : {}) });
    this.busy = true;
    try {
      const draft = await send("POST", `${this.path}/${decides ? "decide" : step.name}`, body);
      settled();
      this.dialog = null;
      this.take(draft);
      toast("good", this.words[`done_${step.name}`]);
    } catch (problem) {
      step.problem = says(problem, this.kit);
      if (problem.status === 409 && problem.current) this.take(problem.current);
    } finally {
      this.busy = false;
    }
    return undefined;
  },
  // ---- out of the house
  async download(format) {
    await this.during(async () => {
      await this.keeper.settle();
      await download(`${this.path}/export`, { format }, `${this.draft.id}.${format}`);
      this.loadRecord();
    });
  },
  async during(work) {
    if (this.busy) return;
    this.busy = true;
    try {
      await work();
    } catch (problem) {
      complain(problem, this.kit);
      if (problem.status === 409) this.refresh();
    } finally {
      this.busy = false;
    }
  },
};

// What a file's label says: {labelled} or {problem} in the reader's words.
export async function verifyLabel(file, kit) {
  const form = new FormData();
  form.append("file", file, file.name);
  try {
    const answer = await fetch(address("/labels/verify"), { method: "POST", body: form });
    const found = await answer.json().catch(() => ({}));
    if (answer.ok) return { labelled: found };
    return { problem: says(new Problem({ status: answer.status, code: found.code ?? "unavailable", message: found.message ?? "" }), kit) };
  } catch {
    return { problem: says(new Problem({ status: 0, code: "offline", message: "" }), kit) };
  }
}

