// Methods of the page that change something. Each asks first, says what went wrong where it was asked, and reads anew.
import { fill, says, send, toast } from "caibian-kit";
import { LIMITS, readLimits } from "./rights.js";

const empty = () => Object.fromEntries(LIMITS.map((name) => [name, ""]));
const at = (name) => encodeURIComponent(name);

export const deciding = {
  closeDialog() {
    this.asking = null;
  },
  // Carries out what a dialog asked for; what goes wrong is said in it.
  async carry(work, part) {
    if (this.busy) return;
    const asked = this.asking;
    this.busy = true;
    try {
      const found = await work();
      if (this.asking === asked) this.asking = null;
      toast("good", this.words.done);
      await this.load(part);
      return found;
    } catch (problem) {
      if (asked) asked.problem = says(problem, this.kit);
      else toast("bad", says(problem, this.kit));
      return undefined;
    } finally {
      this.busy = false;
    }
  },
  // ---- features
  askSwitch(feature) {
    this.asking = { kind: "switch", feature, reason: "", problem: "" };
  },
  switchNow() {
    const { feature, reason } = this.asking;
    if (feature.enabled && !reason.trim()) return (this.asking.problem = this.words.reason_missing);
    return this.carry(() => send("PUT", `/features/${at(feature.name)}`, { enabled: !feature.enabled, reason: reason.trim() }), "features");
  },
  // ---- budgets
  askBudget(one) {
    const kind = one?.key ? "key" : one?.account ? "account" : "everybody";
    const draft = { kind, account: one?.account ?? "", key: one?.key ?? "", feature: one?.feature ?? "", ...empty() };
    for (const name of LIMITS) draft[name] = one?.[name] ?? "";
    this.asking = { kind: "budget", draft, fixed: Boolean(one), problem: "" };
  },
  saveBudget() {
    const { draft } = this.asking;
    const { limits, problem } = readLimits(draft, this.words);
    if (problem) return (this.asking.problem = problem);
    if (draft.kind === "account" && !draft.account.trim()) return (this.asking.problem = this.words.needs_account);
    if (draft.kind === "key" && !draft.key.trim()) return (this.asking.problem = this.words.needs_key);
    const body = {
      ...limits,
      account: draft.kind === "account" ? draft.account.trim() : null,
      key: draft.kind === "key" ? draft.key.trim() : null,
      feature: draft.feature || null,
    };
    return this.carry(() => send("PUT", "/budgets", body), "budgets");
  },
  // ---- accounts
  askAccount() {
    this.asking = { kind: "account", draft: { name: "", display: "", role: "reporter", language: this.language }, problem: "" };
  },
  async createAccount() {
    const { draft } = this.asking;
    if (!draft.name.trim()) return (this.asking.problem = this.words.needs_name);
    const made = await this.carry(() => send("POST", "/accounts", { ...draft, name: draft.name.trim(), display: draft.display.trim() }), "accounts");
    if (made) this.showPassword(made);
    return undefined;
  },
  showPassword({ account, password }) {
    this.secret = { title: fill(this.words.password_shown, { name: account.name }), text: password, says: "" };
  },
  forgetSecret() {
    this.secret = null;
  },
  changeAccount(one, change) {
    return this.carry(() => send("PUT", `/accounts/${at(one.name)}`, change), "accounts");
  },
  askRole(one, role) {
    const { words } = this;
    const title = fill(words.role_title, { name: one.display || one.name, role: this.roles[role] });
    this.confirm({ title, text: words.role_text, yes: words.change_role, run: () => this.changeAccount(one, { role }) });
  },
  askDisable(one) {
    const { words } = this;
    const title = fill(words.disable_title, { name: one.display || one.name });
    this.confirm({ title, text: words.disable_text, yes: words.disable, danger: true, run: () => this.changeAccount(one, { disabled: true }) });
  },
  askPassword(one) {
    const { words } = this;
    const run = async () => {
      const made = await this.carry(() => send("POST", `/accounts/${at(one.name)}/password`, {}), "accounts");
      if (made) this.showPassword(made);
    };
    this.confirm({ title: fill(words.password_title, { name: one.display || one.name }), text: words.password_text, yes: words.password_new, run });
  },
  confirm(question) {
    this.asking = { kind: "confirm", danger: false, problem: "", ...question };
  },
  // ---- keys
  askKey() {
    const account = this.accounts.find((one) => !one.disabled)?.name ?? "";
    this.asking = { kind: "key", draft: { account, name: "", some: false, features: [], expires: "", ...empty() }, problem: "" };
  },
  async createKey() {
    const { draft } = this.asking;
    const { words } = this;
    const { limits, problem } = readLimits(draft, words);
    if (problem) return (this.asking.problem = problem);
    if (!draft.name.trim()) return (this.asking.problem = words.needs_name);
    if (draft.some && !draft.features.length) return (this.asking.problem = words.needs_features);
    const body = {
      account: draft.account,
      name: draft.name.trim(),
      features: draft.some ? draft.features : null,
      expires_at: draft.expires ? new Date(`${draft.expires}T23:59:59`).toISOString() : null,
      limits,
    };
    const made = await this.carry(() => send("POST", "/keys", body), "keys");
    if (made) this.secret = { title: fill(words.key_shown, { name: made.key.name }), text: made.secret, says: "" };
    return undefined;
  },
  askRevoke(one) {
    const { words } = this;
    const run = () => this.carry(() => send("DELETE", `/keys/${at(one.id)}`, undefined), "keys");
    this.confirm({ title: fill(words.revoke_title, { name: one.name }), text: words.revoke_text, yes: words.revoke, danger: true, run });
  },
};
