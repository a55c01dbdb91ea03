// The models of the house: how they are, two of them on one prompt, and the reports of runs in frames that can do nothing
// but show themselves.
import { h } from "vue";
import { button, changes, complain, diff, fill, icon, moment, read, says, toasts } from "caibian-kit";
import { Side } from "caibian-models";

const LOOK_MS = 5000;
const TONES = { ready: "good", starting: "act", restarting: "warn", stopped: "bad", unknown: "warn" };
const TEMPERATURES = { 0: "temperature_0", 0.7: "temperature_07", 1: "temperature_1" };
const MOST_TOKENS = [128, 256, 512, 1024, 2048];
const ROLES_THAT_ASK = ["reporter", "editor", "chief_editor", "admin"];

export default {
  props: { engines: Array, runs: Array, user: String, role: String, language: String, words: Object, kit: Object },
  data() {
    const chat = this.engines.filter((engine) => !engine.embeds).map((engine) => engine.name);
    return {
      known: this.engines,
      problem: "",
      system: "",
      prompt: "",
      names: { left: chat[0] ?? "", right: chat[1] ?? chat[0] ?? "" },
      temperature: 0,
      most: 512,
      sides: { left: new Side(), right: new Side() },
      promptProblem: "",
      run: this.runs[0]?.run ?? "",
      page: Object.keys(this.runs[0]?.pages ?? {})[0] ?? "",
    };
  },
  computed: {
    chat() {
      return this.known.filter((engine) => !engine.embeds);
    },
    busy() {
      return this.sides.left.busy || this.sides.right.busy;
    },
    reported() {
      return this.runs.find((one) => one.run === this.run) ?? null;
    },
    dark() {
      const chosen = document.documentElement.dataset.theme;
      return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    },
  },
  mounted() {
    this.clock = setInterval(() => document.hidden || this.look(), LOOK_MS);
    window.addEventListener("keydown", this.onKey);
  },
  unmounted() {
    clearInterval(this.clock);
    this.stop();
    window.removeEventListener("keydown", this.onKey);
  },
  methods: {
    async look() {
      try {
        this.known = await read("/engines");
        this.problem = "";
      } catch (problem) {
        this.problem = says(problem, this.kit);
      }
    },
    onKey(event) {
      if (event.key === "Escape" && this.busy) this.stop();
    },
    async compare() {
      if (this.busy) return;
      if (!this.prompt.trim()) {
        this.promptProblem = this.words.needs_prompt;
        this.$el.querySelector("[data-field=prompt]")?.focus();
        return;
      }
      this.promptProblem = "";
      const messages = [...(this.system.trim() ? [{ role: "system", content: this.system }] : []), { role: "user", content: this.prompt }];
      const asked = { messages, temperature: this.temperature, max_tokens: this.most };
      await Promise.all(["left", "right"].map((side) => this.sides[side].ask({ ...asked, model: this.names[side] }).catch((problem) => this.failed(side, problem))));
    },
    failed(side, problem) {
      this.sides[side].problem = says(problem, this.kit);
      if (problem.status === 401) complain(problem, this.kit);
    },
    stop() {
      this.sides.left.stop();
      this.sides.right.stop();
    },
    chooseRun(run) {
      this.run = run;
      const pages = Object.keys(this.reported?.pages ?? {});
      if (!pages.includes(this.page)) this.page = pages[0] ?? "";
    },
    // ---- drawing
    engine(one, place) {
      const { words } = this;
      const row = (name, value) => h("div", { key: name }, [h("dt", words[name]), h("dd", value)]);
      return h("li", { key: one.name, class: ["panel engine", one.state], "data-engine": one.name }, [
        h("div", { class: "panel-head" }, [
          h("h3", one.name),
          h("span", { class: ["tag", TONES[one.state]] }, words[`state_${one.state}`]),
          place === 0 ? h("span", { class: "tag act" }, words.first) : null,
          one.embeds ? h("span", { class: "tag" }, words.embeds) : null,
        ]),
        h("p", { class: "soft engine-model" }, `${words[`kind_${one.kind}`]} · ${one.model}`),
        one.reason ? h("p", { class: "notice warn" }, one.reason) : null,
        h("dl", { class: "engine-facts" }, [
          row("running", one.running),
          row("waiting", one.waiting),
          row("restarts", Math.max(0, one.starts - 1)),
          row("fallback", one.fallback.length ? one.fallback.join(" → ") : words.fallback_none),
        ]),
        h("p", { class: "soft" }, one.masks ? words.masks_yes : one.kind === "local" ? words.masks_no : words.masks_off),
      ]);
    },
    comparison() {
      const { words, chat } = this;
      if (!ROLES_THAT_ASK.includes(this.role)) return null;
      const typed = (name, rows, label, hint = "") =>
        h("label", { class: "field" }, [
          h("span", label),
          h("textarea", {
            rows, maxlength: 60000, value: this[name], placeholder: hint, "data-field": name,
            onInput: (event) => (this[name] = event.target.value),
            onKeydown: (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && (event.preventDefault(), this.compare()),
          }),
        ]);
      const select = (label, value, options, onChange, field) =>
        h("label", { class: "field" }, [h("span", label), h("select", { value, "data-field": field, onChange: (event) => onChange(event.target.value) }, options.map(([id, text]) => h("option", { key: id, value: id }, text)))]);
      const engines = chat.map((engine) => [engine.name, engine.name]);
      return h("section", { class: "models-part", "aria-labelledby": "compare-title" }, [
        h("h2", { id: "compare-title" }, words.compare),
        h("p", { class: "soft" }, chat.length > 1 ? words.compare_lead : words.needs_two),
        h("div", { class: "panel compare-form" }, [
          typed("prompt", 5, words.prompt, words.prompt_hint),
          this.promptProblem ? h("p", { class: "field-problem", role: "alert" }, this.promptProblem) : null,
          h("details", { class: "compare-more" }, [h("summary", words.system), typed("system", 2, words.system)]),
          h("div", { class: "compare-choices" }, [
            select(words.left, this.names.left, engines, (name) => (this.names.left = name), "left"),
            select(words.right, this.names.right, engines, (name) => (this.names.right = name), "right"),
            select(words.temperature, this.temperature, Object.entries(TEMPERATURES).map(([id, key]) => [id, words[key]]), (value) => (this.temperature = Number(value)), "temperature"),
            select(words.most, this.most, MOST_TOKENS.map((n) => [n, n]), (value) => (this.most = Number(value)), "most"),
          ]),
          h("div", { class: "buttons" }, [
            h("p", { class: "soft keys-hint" }, words.keys),
            this.busy
              ? button({ text: words.stop, mark: "stop", kind: "button quiet", "data-act": "stop", onClick: this.stop })
              : button({ text: words.run, "data-act": "compare", disabled: !chat.length, onClick: this.compare }),
          ]),
        ]),
        h("div", { class: "sides" }, ["left", "right"].map((side) => this.side(side))),
        this.difference(),
      ]);
    },
    side(name) {
      const { words } = this;
      const side = this.sides[name];
      const figures = side.figures;
      const says = side.busy ? (side.text ? words.writing : words.reading) : side.stopped ? words.stopped : "";
      return h("section", { key: name, class: "panel side", "data-side": name, "aria-label": side.model || this.names[name] }, [
        h("div", { class: "panel-head" }, [h("h3", side.model || this.names[name]), h("span", { class: "soft", role: "status" }, says)]),
        side.problem ? h("p", { class: "notice bad", role: "alert" }, side.problem) : null,
        side.text || side.busy
          ? h("div", { class: "reading side-text", dir: "auto", "aria-busy": String(side.busy) }, side.text)
          : side.problem ? null : h("p", { class: "soft" }, side.done ? words.empty_answer : words.empty),
        side.cut ? h("p", { class: "soft" }, words.cut) : null,
        figures ? h("p", { class: "soft figures-line" }, fill(words.figures, figures)) : null,
      ]);
    },
    difference() {
      const { words, sides } = this;
      const { left, right } = sides;
      if (this.busy || !left.text || !right.text) return null;
      if (left.text === right.text) return h("p", { class: "soft" }, words.same_answer);
      return h("details", { class: "difference" }, [
        h("summary", words.difference),
        h("p", { class: "soft" }, words.difference_lead),
        changes(diff(left.text, right.text, this.language), { lang: this.language, label: words.difference }),
      ]);
    },
    reports() {
      const { words, runs, reported, page } = this;
      if (!runs.length) return h("section", { class: "models-part" }, [h("h2", words.reports), h("p", { class: "empty" }, words.reports_none)]);
      const named = words[`page_${page}`] ?? page;
      const src = `/service/reports/${encodeURIComponent(this.run)}/${encodeURIComponent(page)}?lang=${this.language}&theme=${this.dark ? "dark" : "light"}`;
      return h("section", { class: "models-part", "aria-labelledby": "reports-title" }, [
        h("h2", { id: "reports-title" }, words.reports),
        h("div", { class: "report-choice" }, [
          h("label", { class: "field" }, [
            h("span", words.run_named),
            h("select", { value: this.run, "data-field": "run", onChange: (event) => this.chooseRun(event.target.value) }, runs.map((one) => h("option", { key: one.run, value: one.run }, one.run))),
          ]),
          h("div", { class: "tabs", role: "tablist", "aria-label": words.page },
            Object.keys(reported.pages).map((name) =>
              h("button", { key: name, type: "button", role: "tab", class: "tab", "aria-selected": String(page === name), "data-page": name, onClick: () => (this.page = name) }, words[`page_${name}`] ?? name),
            ),
          ),
          h("p", { class: "soft" }, fill(words.written, { time: moment(reported.at) })),
          h("a", { class: "link-button", href: src, target: "_blank", rel: "noopener" }, [icon("open"), words.open_alone]),
        ]),
        // Opaque origin: the report's scripts run, and reach neither these pages nor their cookies.
        h("iframe", { key: src, class: "report-frame", src, sandbox: "allow-scripts", loading: "lazy", title: fill(words.frame_title, { run: this.run, page: named }) }),
      ]);
    },
  },
  render() {
    const { words } = this;
    return h("div", { class: "models-page" }, [
      h("div", { class: "place-head" }, [h("div", [h("h1", words.title), h("p", { class: "soft" }, words.lead)])]),
      h("section", { class: "models-part", "aria-label": words.engines }, [
        this.problem ? h("p", { class: "notice warn", role: "status" }, fill(words.engines_away, { why: this.problem })) : null,
        h("ul", { class: "engines" }, this.known.map(this.engine)),
      ]),
      this.comparison(),
      this.reports(),
      toasts(this.kit),
    ]);
  },
};
