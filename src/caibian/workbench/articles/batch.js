// One batch: how far it is, its answers, and their table to take away.
import { h } from "vue";
import { SHAPES, button, complain, fill, hand, icon, moment, number, picked, read, send, tally, toasts } from "caibian-kit";
import { csv, nameOf, progressBar, stateTag } from "caibian-articles";

const EVERY_MS = 1500;
const ITEMS_EVERY = 3; // looks at the batch between two at its answers, which are many
const STEP = 100; // rows shown at first, and more at a time

export default {
  props: { first: Object, items: Array, task: Object, names: Object, checks: Object, user: String, role: String, language: String, words: Object, kit: Object },
  data() {
    return { batch: this.first, rows: this.items, shown: STEP, open: {}, busy: false, only: "" };
  },
  computed: {
    going() {
      return this.batch.state === "running" || this.batch.state === "waiting";
    },
    listed() {
      return this.only ? this.rows.filter((row) => this.needsEyes(row)) : this.rows;
    },
  },
  mounted() {
    this.looks = 0;
    this.timer = setInterval(this.look, EVERY_MS);
  },
  unmounted() {
    clearInterval(this.timer);
  },
  methods: {
    async look() {
      if (document.hidden || !this.going || this.busy) return;
      try {
        await this.refresh(++this.looks % ITEMS_EVERY === 0);
      } catch (problem) {
        if (problem.status === 401) (clearInterval(this.timer), complain(problem, this.kit)); // otherwise: next time
      }
    },
    async refresh(items) {
      const path = `/batches/${encodeURIComponent(this.batch.id)}`;
      const before = this.going;
      this.batch = await read(path);
      if (items || before !== this.going || this.batch.total <= STEP) this.rows = await read(`${path}/items`);
    },
    async act(what) {
      this.busy = true;
      try {
        this.batch = await send("POST", `/batches/${encodeURIComponent(this.batch.id)}/${what}`, {});
        await this.refresh(true);
      } catch (problem) {
        complain(problem, this.kit);
      } finally {
        this.busy = false;
      }
    },
    needsEyes(row) {
      if (row.state === "failed") return true;
      return Boolean(row.answer && (row.answer.facts.some((fact) => fact.status !== "found") || row.answer.checks.some((check) => !check.passed)));
    },
    export() {
      const blob = new Blob(["\ufeff", csv(this)], { type: "text/csv;charset=utf-8" }); // the mark tells Excel that it is UTF-8
      hand(blob, `${this.batch.task}-${this.batch.created_at.slice(0, 10)}.csv`);
    },
    said(answer) {
      const label = answer.value ? picked(this.task?.output.labels[answer.value], this.language) : "";
      return label || answer.text;
    },
    checkName(name) {
      return this.checks[`check_${name}`] ?? name;
    },
    result(row) {
      const { words, batch } = this;
      const { answer } = row;
      const counts = answer ? tally(answer.facts) : null;
      const failed = answer?.checks.filter((check) => !check.passed) ?? [];
      const open = this.open[row.article];
      const desk = `/desk/${encodeURIComponent(batch.task)}?article=${encodeURIComponent(row.article)}`;
      return h("li", { key: row.article, class: ["row-card", "result", row.state], "data-state": row.state }, [
        h("a", { class: "result-title", href: `/articles/${encodeURIComponent(row.article)}` }, row.title || words.untitled),
        answer ? h("p", { class: ["result-text", { folded: !open && answer.text.length > 160 }], lang: batch.language, dir: "auto" }, this.said(answer)) : null,
        row.problem ? h("p", { class: "field-problem" }, row.problem) : null,
        row.state === "waiting" || row.state === "running" ? h("p", { class: "soft" }, words[`item_${row.state}`]) : null,
        answer
          ? h("div", { class: "result-line" }, [
              ...["absent", "changed", "found"].filter((status) => counts[status]).map((status) =>
                h("span", { key: status, class: ["result-count", status], title: this.kit[`fact_${status}_means`] }, [h("i", { "aria-hidden": "true" }, SHAPES[status]), `${counts[status]} ${this.kit[`fact_${status}`]}`]),
              ),
              ...failed.map((check) => h("span", { key: check.name, class: "tag bad", title: check.detail }, `✗ ${this.checkName(check.name)}`)),
              answer.text.length > 160 ? button({ text: open ? words.fold : words.whole, kind: "link-button", "aria-expanded": String(Boolean(open)), onClick: () => (this.open[row.article] = !open) }) : null,
              h("a", { class: "link-button", href: desk }, words.at_desk),
            ])
          : null,
      ]);
    },
  },
  render() {
    const { batch, words } = this;
    const name = nameOf(this.names, batch.task, this.language);
    const open = this.rows.filter((row) => this.needsEyes(row)).length;
    return h("div", { class: "articles-page batch-page" }, [
      h("a", { class: "link-button back", href: "/batches" }, [icon("left"), words.batches]),
      h("header", { class: "articles-head" }, [
        h("h1", name),
        stateTag(this, batch),
        h("div", { class: "buttons" }, [
          this.going ? button({ text: words.stop, kind: "button danger small", "data-act": "stop", disabled: this.busy, onClick: () => this.act("stop") }) : null,
          !this.going && batch.done < batch.total ? button({ mark: "retry", text: words.resume, kind: "button small", "data-act": "resume", disabled: this.busy, onClick: () => this.act("resume") }) : null,
          batch.done ? button({ mark: "draft", text: words.csv, kind: "button quiet small", "data-act": "csv", onClick: this.export }) : null,
        ]),
      ]),
      h("section", { class: "panel batch-state" }, [progressBar(this, batch), h("p", { class: "soft" }, [batch.model, batch.by_name, moment(batch.created_at)].filter(Boolean).join(" · "))]),
      open
        ? h("div", { class: "fact-counts" }, [
            h("button", { type: "button", class: "fact-count changed", "aria-pressed": String(this.only === "open"), onClick: () => (this.only = this.only ? "" : "open") }, [
              h("i", { "aria-hidden": "true" }, "!"),
              h("b", number(open)),
              h("span", words.need_eyes),
            ]),
          ])
        : null,
      h("ul", { class: "row-cards results" }, this.listed.slice(0, this.shown).map((row) => this.result(row))),
      this.listed.length > this.shown ? button({ text: fill(words.more, { n: number(this.listed.length - this.shown) }), kind: "button quiet", onClick: () => (this.shown += STEP) }) : null,
      toasts(this.kit),
    ]);
  },
};
