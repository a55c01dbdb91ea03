// Operations: figures that refresh themselves, logs, switches, budgets, accounts and keys. What somebody is typing or
// reading stays as it is while the figures move on.
import { h } from "vue";
import { fill, moment, read, says, toasts } from "caibian-kit";
import {
  accountDialog, accountsPart, auditPart, budgetDialog, budgetsPart, confirmDialog, deciding, featuresPart, keyDialog, keysPart,
  overviewPart, requestsPart, secretDialog, switchDialog,
} from "caibian-operations"; // prettier-ignore

const LOOK_MS = 5000;
const SLOW_MS = 30000; // for long windows: a day's figures hardly move in seconds
const SLOW_FROM = 360; // minutes
const PAGE = 50; // lines of a log at once
const CALM_MS = 300; // after the last key, before a filter is asked for
const PARTS = { overview: overviewPart, requests: requestsPart, features: featuresPart, budgets: budgetsPart, audit: auditPart, accounts: accountsPart, keys: keysPart };
const ADMINS_ONLY = ["accounts", "keys"];
const DIALOGS = { switch: switchDialog, budget: budgetDialog, account: accountDialog, key: keyDialog, confirm: confirmDialog };
const PATHS = { features: "/features", budgets: "/budgets", accounts: "/accounts", keys: "/keys" };

const log = (more) => ({ rows: [], next: null, loaded: false, busy: false, problem: "", ...more });

export default {
  props: { roles: Object, models: Object, user: String, role: String, language: String, words: Object, kit: Object },
  data() {
    const asked = new URLSearchParams(location.search).get("part");
    return {
      part: this.partsOf().includes(asked) ? asked : "overview",
      minutes: 60,
      overview: null,
      seen: null, // when the figures were read
      features: [],
      budgets: [],
      accounts: [],
      keys: [],
      requests: log({ path: "/operations/requests", of: "requests", feature: "", status: "" }),
      audit: log({ path: "/operations/audit", of: "rows", subject: "" }),
      problems: {},
      asking: null,
      secret: null,
      busy: false,
    };
  },
  computed: {
    currency() {
      return this.overview?.currency ?? "";
    },
  },
  created() {
    this.load("overview"); // also elsewhere: it names the currency
    this.load("features");
    if (this.part !== "overview") this.open(this.part);
  },
  mounted() {
    this.clock = setInterval(() => document.hidden || this.look(), LOOK_MS);
    document.addEventListener("visibilitychange", this.onVisible);
  },
  unmounted() {
    clearInterval(this.clock);
    clearTimeout(this.calm);
    document.removeEventListener("visibilitychange", this.onVisible);
  },
  methods: {
    ...deciding,
    partsOf() {
      return Object.keys(PARTS).filter((part) => this.role === "admin" || !ADMINS_ONLY.includes(part));
    },
    feature(name) {
      return this.words[`feature_${name}`] ?? name;
    },
    open(part) {
      this.part = part;
      history.replaceState(history.state, "", `/operations?part=${part}`);
      this.load(part);
      if (part === "keys") this.load("accounts");
      if (part === "budgets" && this.role === "admin") this.load("keys");
    },
    onVisible() {
      if (!document.hidden) this.look();
    },
    look() {
      if (this.busy) return;
      const slow = this.part === "overview" && this.minutes >= SLOW_FROM;
      if (!slow || Date.now() - new Date(this.seen ?? 0) >= SLOW_MS) this.load(this.part);
    },
    // ---- reading
    async load(part) {
      if (part === "requests" || part === "audit") return this.newest(this[part]);
      try {
        if (part === "overview") {
          const minutes = this.minutes;
          const overview = await read("/operations/overview", { minutes });
          if (minutes !== this.minutes) return undefined; // another window was chosen meanwhile
          this.overview = overview;
        } else this[part] = await read(PATHS[part]);
        this.seen = new Date().toISOString();
        this.problems[part] = "";
      } catch (problem) {
        this.problems[part] = fill(this.words.away, { why: says(problem, this.kit) });
      }
      return undefined;
    },
    chooseWindow(minutes) {
      this.minutes = minutes;
      this.load("overview");
    },
    query(list, cursor = null) {
      const { feature, status, subject } = list;
      return { feature, status, subject, limit: PAGE, cursor };
    },
    // The newest lines go on top of those that are read; a gap in between would be a lie, so then the list begins anew.
    async newest(list) {
      const asked = JSON.stringify(this.query(list));
      try {
        const found = await read(list.path, this.query(list));
        if (asked !== JSON.stringify(this.query(list))) return;
        const lines = found[list.of];
        const known = new Set(lines.map((line) => line.id));
        const meets = list.rows.length && known.has(list.rows[0].id);
        const older = meets ? list.rows.filter((line) => !known.has(line.id)) : [];
        Object.assign(list, { rows: [...lines, ...older], next: older.length ? list.next : found.next, loaded: true, problem: "" });
        this.seen = new Date().toISOString();
      } catch (problem) {
        if (list.loaded && problem.status !== 422) this.problems[list.of] = says(problem, this.kit);
        else list.problem = says(problem, this.kit);
      }
    },
    async more(list) {
      list.busy = true;
      try {
        const found = await read(list.path, this.query(list, list.next));
        const known = new Set(list.rows.map((line) => line.id));
        Object.assign(list, { rows: [...list.rows, ...found[list.of].filter((line) => !known.has(line.id))], next: found.next });
      } catch (problem) {
        list.problem = says(problem, this.kit);
      } finally {
        list.busy = false;
      }
    },
    filterRequests(name, value) {
      Object.assign(this.requests, { [name]: value, rows: [], next: null, loaded: false });
      this.newest(this.requests);
    },
    filterAudit(value) {
      this.audit.subject = value;
      clearTimeout(this.calm);
      this.calm = setTimeout(() => {
        Object.assign(this.audit, { rows: [], next: null, loaded: false });
        this.newest(this.audit);
      }, CALM_MS);
    },
    tabs() {
      const { words, part } = this;
      const names = this.partsOf();
      const walk = (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const next = names[(names.indexOf(part) + step + names.length) % names.length];
        this.open(next);
        this.$nextTick(() => this.$el.querySelector(`#tab-${next}`)?.focus());
      };
      return h("div", { class: "tabs", role: "tablist", "aria-label": words.parts, onKeydown: walk },
        names.map((name) =>
          h("button", {
            key: name, id: `tab-${name}`, type: "button", role: "tab", class: "tab", "aria-selected": String(part === name), "aria-controls": "ops",
            tabindex: part === name ? 0 : -1, "data-part": name, onClick: () => this.open(name),
          }, words[`part_${name}`]),
        ),
      );
    },
  },
  render() {
    const { words, part, problems } = this;
    return h("div", { class: "ops" }, [
      h("div", { class: "place-head" }, [
        h("div", [h("h1", words.title), h("p", { class: "soft" }, words.lead)]),
        h("p", { class: "soft", role: "status" }, problems[part] || (this.seen ? fill(words.refreshed, { time: moment(this.seen).slice(11) }) : "")),
      ]),
      this.tabs(),
      h("div", { id: "ops", role: "tabpanel", "aria-labelledby": `tab-${part}` }, [PARTS[part](this)]),
      this.asking ? DIALOGS[this.asking.kind](this) : null,
      this.secret ? secretDialog(this) : null,
      toasts(this.kit),
    ]);
  },
};
