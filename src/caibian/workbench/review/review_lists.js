// The lists of drafts: what is mine, what waits for whom, what is out. They keep themselves up to date.
import { h, markRaw } from "vue";
import { Kept, button, complain, dialog, fill, icon, moment, read, says, send, toasts } from "caibian-kit";
import { LabelVerifier, once, settled, verifyLabel } from "caibian-review";

const LOOK_MS = 20000;
const TABS = ["mine", "review", "final", "approved", "published", "all"];
const LANGUAGES = ["zh", "en", "ar", "hi"];
const FIRST = { reporter: "mine", editor: "review", chief_editor: "final", admin: "all" };
const TONES = { draft: "", review: "act", final: "act", approved: "warn", published: "good" };

export default {
  props: { first: Array, user: String, role: String, language: String, words: Object, kit: Object },
  data() {
    const asked = new URLSearchParams(location.search).get("list");
    return {
      rows: this.first,
      tab: TABS.includes(asked) ? asked : FIRST[this.role],
      query: "",
      problem: "",
      fresh: null,
      busy: false,
    };
  },
  computed: {
    tabs() {
      return this.role === "reporter" ? TABS.filter((tab) => tab !== "all") : TABS;
    },
    shown() {
      const wanted = this.query.trim().toLowerCase();
      return this.of(this.tab).filter((row) => !wanted || `${row.title}\n${row.author_name}`.toLowerCase().includes(wanted));
    },
  },
  mounted() {
    this.clock = setInterval(() => document.hidden || this.look(), LOOK_MS);
    document.addEventListener("visibilitychange", this.onVisible);
  },
  unmounted() {
    clearInterval(this.clock);
    document.removeEventListener("visibilitychange", this.onVisible);
  },
  methods: {
    of(tab) {
      if (tab === "all") return this.rows;
      return this.rows.filter((row) => (tab === "mine" ? row.author === this.user : row.state === tab));
    },
    async look() {
      try {
        this.rows = await read("/drafts");
        this.problem = "";
      } catch (problem) {
        this.problem = says(problem, this.kit);
      }
    },
    onVisible() {
      if (!document.hidden) this.look();
    },
    open(tab) {
      this.tab = tab;
      history.replaceState(history.state, "", `/review?list=${tab}`);
    },
    // What was typed into a new draft and not sent off is there again, after a closed dialog or a lost login too.
    begin() {
      this.kept ??= markRaw(new Kept(this.user, "review-new"));
      this.fresh = { title: "", body: "", source: "", language: this.language, ...this.kept.get("draft", {}), problem: "" };
    },
    typed(name, value) {
      this.fresh[name] = value;
      const { title, body, source, language } = this.fresh;
      this.kept.set("draft", { title, body, source, language });
    },
    close() {
      this.fresh = null;
    },
    async create() {
      const { title, body, source, language } = this.fresh;
      if (!title.trim()) return (this.fresh.problem = this.words.needs_title);
      this.busy = true;
      try {
        const draft = await send("POST", "/drafts", once({ title: title.trim(), body, source, language }));
        settled();
        this.kept.remove("draft");
        location.assign(`/review/${encodeURIComponent(draft.id)}`);
      } catch (problem) {
        this.fresh.problem = says(problem, this.kit);
        if (problem.status === 401) complain(problem, this.kit);
      } finally {
        this.busy = false;
      }
      return undefined;
    },
    // ---- drawing
    tabList() {
      const { words, tabs } = this;
      const walk = (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const next = tabs[(tabs.indexOf(this.tab) + step + tabs.length) % tabs.length];
        this.open(next);
        this.$nextTick(() => this.$el.querySelector(`#tab-${next}`)?.focus());
      };
      return h("div", { class: "tabs", role: "tablist", "aria-label": words.tabs, onKeydown: walk },
        tabs.map((tab) =>
          h("button", {
            key: tab, id: `tab-${tab}`, type: "button", role: "tab", class: "tab", "aria-selected": String(this.tab === tab), "aria-controls": "drafts",
            tabindex: this.tab === tab ? 0 : -1, "data-tab": tab, onClick: () => this.open(tab),
          }, [words[`tab_${tab}`], this.of(tab).length ? h("b", { class: "tab-count" }, this.of(tab).length) : null]),
        ),
      );
    },
    table() {
      const { words, shown, query } = this;
      if (!shown.length) {
        const text = query.trim() ? fill(words.none_found, { query: query.trim() }) : words[`none_${this.tab}`];
        return h("p", { class: "empty" }, text);
      }
      const columns = ["title", "state", "author", "chars", "comments", "updated"];
      const numeric = ["chars", "comments"];
      return h("table", { class: "table drafts" }, [
        h("thead", [h("tr", columns.map((name) => h("th", { key: name, scope: "col", class: { number: numeric.includes(name) } }, words[`column_${name}`])))]),
        h("tbody", shown.map((row) =>
          h("tr", { key: row.id, "data-draft": row.id }, [
            h("th", { scope: "row" }, [
              h("a", { href: `/review/${encodeURIComponent(row.id)}`, lang: row.language, dir: "auto" }, row.title || words.untitled),
              row.ai ? h("span", { class: "tag" }, words.ai) : null,
            ]),
            h("td", [h("span", { class: ["tag", TONES[row.state]] }, words[`state_${row.state}`])]),
            h("td", { "data-label": words.column_author }, row.author_name || row.author),
            h("td", { class: "number", "data-label": words.column_chars }, row.chars.toLocaleString("en-US")),
            h("td", { class: "number", "data-label": words.column_comments }, row.comments || "–"),
            h("td", { class: "soft", "data-label": words.column_updated }, [h("time", { datetime: row.updated_at }, moment(row.updated_at))]),
          ]),
        )),
      ]);
    },
    newDialog() {
      const { words, kit, fresh } = this;
      const field = (name, label, attributes, tag = "textarea") =>
        h("label", { class: "field" }, [
          h("span", label),
          h(tag, { value: fresh[name], "data-field": `new-${name}`, lang: fresh.language, onInput: (event) => this.typed(name, event.target.value), ...attributes }),
        ]);
      const send = (event) => {
        event.preventDefault();
        this.create();
      };
      return dialog({ name: "new", title: words.new_title, kit, close: this.close, wide: true }, [
        h("form", { method: "dialog", onSubmit: send }, [
          h("p", { class: "soft" }, words.new_text),
          field("title", words.field_title, { maxlength: 500, autofocus: true }, "input"),
          h("label", { class: "field" }, [
            h("span", words.field_language),
            h("select", { value: fresh.language, onChange: (event) => this.typed("language", event.target.value) }, LANGUAGES.map((one) => h("option", { key: one, value: one }, words[`language_${one}`]))),
          ]),
          field("body", words.field_body, { rows: 8, maxlength: 200000 }),
          field("source", words.field_source, { rows: 5, maxlength: 200000 }),
          fresh.problem ? h("p", { class: "field-problem", role: "alert" }, fresh.problem) : null,
          h("div", { class: "buttons" }, [
            button({ text: kit.cancel, kind: "button quiet", onClick: this.close }),
            h("button", { type: "submit", class: "button", "data-act": "create", disabled: this.busy }, words.create),
          ]),
        ]),
      ]);
    },
  },
  render() {
    const { words } = this;
    return h("div", { class: "review-lists" }, [
      h("div", { class: "place-head" }, [
        h("div", [h("h1", words.title), h("p", { class: "soft" }, words.lead)]),
        button({ text: words.new, mark: "plus", "data-act": "new", onClick: this.begin }),
      ]),
      this.problem ? h("p", { class: "notice warn", role: "status" }, fill(words.cannot_load, { why: this.problem })) : null,
      h("div", { class: "list-head" }, [
        this.tabList(),
        h("label", { class: "search" }, [
          h("span", { class: "unseen" }, words.search),
          icon("search"),
          h("input", { type: "search", value: this.query, placeholder: words.search, "data-field": "find", onInput: (event) => (this.query = event.target.value) }),
        ]),
      ]),
      h("div", { id: "drafts", role: "tabpanel", "aria-labelledby": `tab-${this.tab}` }, [this.table()]),
      h(LabelVerifier, { words, verify: (file) => verifyLabel(file, this.kit) }),
      this.fresh ? this.newDialog() : null,
      toasts(this.kit),
    ]);
  },
};
