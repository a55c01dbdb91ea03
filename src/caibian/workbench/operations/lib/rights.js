// Switches and budgets: what the service may do, and how much of it.
import { h } from "vue";
import { button, dialog, fill, moment, number } from "caibian-kit";
import { money } from "./numbers.js";

export const LIMITS = ["requests_a_minute", "tokens_a_day", "cost_a_day"];
const USED = { requests_a_minute: "used_requests_minute", tokens_a_day: "used_tokens_day", cost_a_day: "used_cost_day" };
const COLUMNS = { requests_a_minute: "column_minute", tokens_a_day: "column_tokens_day", cost_a_day: "column_cost_day" };

export function featuresPart(page) {
  const { words, features } = page;
  return h("div", { class: "ops-part" }, [
    h("p", { class: "soft" }, words.features_lead),
    page.problems.features ? h("p", { class: "notice warn" }, page.problems.features) : null,
    h("ul", { class: "switch-list" }, features.map((one) =>
      h("li", { key: one.name, class: ["panel switch-row", { off: !one.enabled }], "data-feature": one.name }, [
        h("div", { class: "switch-says" }, [
          h("h3", page.feature(one.name)),
          h("p", [h("span", { class: ["tag", one.enabled ? "good" : "bad"] }, one.enabled ? words.feature_on : words.feature_off), one.reason ? h("span", ` ${one.reason}`) : null]),
          one.changed_by ? h("p", { class: "soft" }, fill(words.changed_by, { name: one.changed_by, time: moment(one.changed_at) })) : null,
        ]),
        h("button", { type: "button", role: "switch", class: "toggle", "aria-checked": String(one.enabled), "aria-label": page.feature(one.name), "data-act": "switch", onClick: () => page.askSwitch(one) }, [h("i")]),
      ]),
    )),
  ]);
}

export function switchDialog(page) {
  const { words, asking } = page;
  const { feature, problem } = asking;
  const off = feature.enabled;
  const name = page.feature(feature.name);
  return form(page, fill(off ? words.off_title : words.on_title, { feature: name }), page.switchNow, [
    h("p", off ? words.off_text : words.on_text),
    off
      ? h("label", { class: "field" }, [
          h("span", words.reason),
          h("textarea", { rows: 2, maxlength: 500, value: asking.reason, autofocus: true, "data-field": "reason", onInput: (event) => (asking.reason = event.target.value) }),
        ])
      : null,
    problemOf(problem),
  ], off ? words.switch_off : words.switch_on, off);
}

export function budgetsPart(page) {
  const { words, budgets } = page;
  const columns = [words.column_whom, words.column_feature, ...LIMITS.map((name) => words[COLUMNS[name]]), ""];
  return h("div", { class: "ops-part" }, [
    h("div", { class: "part-head" }, [h("p", { class: "soft" }, words.budgets_lead), button({ text: words.budget_new, mark: "plus", kind: "button small", "data-act": "new-budget", onClick: () => page.askBudget(null) })]),
    page.problems.budgets ? h("p", { class: "notice warn" }, page.problems.budgets) : null,
    !budgets.length ? h("p", { class: "empty" }, words.none) : h("div", { class: "scroller" }, [
      h("table", { class: "table log budgets" }, [
        h("thead", [h("tr", columns.map((name, n) => h("th", { key: n, scope: "col" }, name)))]),
        h("tbody", budgets.map((one, n) =>
          h("tr", { key: n }, [
            h("th", { scope: "row" }, whom(page, one)),
            h("td", { "data-label": words.column_feature }, one.feature ? page.feature(one.feature) : words.all_features),
            ...LIMITS.map((limit) => h("td", { key: limit, "data-label": words[COLUMNS[limit]] }, [used(page, one, limit)])),
            h("td", [button({ text: words.edit, kind: "link-button", onClick: () => page.askBudget(one) })]),
          ]),
        )),
      ]),
    ]),
  ]);
}

// Administrators know keys by their names; operators have their ids alone.
function whom({ words, keys }, { account, key }) {
  if (key) return fill(words.whom_key, { name: keys.find((one) => one.id === key)?.name ?? key });
  return account ? fill(words.whom_account, { name: account }) : words.everybody;
}

function used(page, one, limit) {
  const { words } = page;
  const show = (value) => (limit === "cost_a_day" ? money(value, page.currency) : number(value));
  const most = one[limit];
  const now = one[USED[limit]];
  if (most === null) return h("span", { class: "soft" }, `${words.no_limit} · ${show(now)}`);
  const share = Math.min(1, now / most);
  const tone = share >= 1 ? "full" : share >= 0.8 ? "near" : "";
  return h("div", { class: ["meter", tone] }, [
    h("svg", { class: "meter-bar", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" }, [h("rect", { class: "meter-ground", width: 100, height: 6 }), h("rect", { class: "meter-used", width: (100 * share).toFixed(1), height: 6 })]),
    h("span", fill(words.used_of, { used: show(now), most: show(most) })),
  ]);
}

export function budgetDialog(page) {
  const { words, asking } = page;
  const { draft } = asking;
  const choice = (name, options) => h("select", { value: draft[name], disabled: asking.fixed, "data-field": name, onChange: (event) => (draft[name] = event.target.value) }, options.map(([id, text]) => h("option", { key: id, value: id }, text)));
  const typed = (name, label) => h("label", { class: "field" }, [h("span", label), h("input", { value: draft[name], disabled: asking.fixed, maxlength: 64, autocapitalize: "none", spellcheck: "false", "data-field": name, onInput: (event) => (draft[name] = event.target.value) })]);
  return form(page, asking.fixed ? words.budget_edit : words.budget_new, page.saveBudget, [
    h("label", { class: "field" }, [h("span", words.budget_kind), choice("kind", [["everybody", words.kind_everybody], ["account", words.kind_account], ["key", words.kind_key]])]),
    draft.kind === "account" ? typed("account", words.budget_account) : null,
    draft.kind === "key" ? typed("key", words.budget_key) : null,
    h("label", { class: "field" }, [h("span", words.column_feature), choice("feature", [["", words.all_features], ...page.features.map(({ name }) => [name, page.feature(name)])])]),
    limitFields(page, draft),
    asking.fixed ? h("p", { class: "soft" }, words.budget_away) : null,
    problemOf(asking.problem),
  ], words.save);
}

export function limitFields(page, draft) {
  const { words } = page;
  return h("div", { class: "limit-fields" }, LIMITS.map((name) =>
    h("label", { key: name, class: "field" }, [
      h("span", words[COLUMNS[name]] + (name === "cost_a_day" && page.currency ? ` (${page.currency})` : "")),
      h("input", { inputmode: name === "cost_a_day" ? "decimal" : "numeric", value: draft[name], placeholder: words.no_limit, "data-field": name, onInput: (event) => (draft[name] = event.target.value) }),
    ]),
  ));
}

// What was typed as limits: {limits} or {problem}.
export function readLimits(draft, words) {
  const limits = {};
  for (const name of LIMITS) {
    const text = String(draft[name] ?? "").trim().replace(/[,，_\s]/g, "");
    if (!text) {
      limits[name] = null;
      continue;
    }
    const value = Number(text);
    const whole = name === "cost_a_day" || Number.isSafeInteger(value);
    if (!(value > 0) || !Number.isFinite(value) || !whole) return { problem: fill(words.not_a_number, { value: draft[name] }) };
    limits[name] = value;
  }
  return { limits };
}

export const problemOf = (text) => (text ? h("p", { class: "field-problem", role: "alert" }, text) : null);

// A question with fields: Enter sends, Esc and the cross leave.
export function form(page, title, run, children, yes, danger = false) {
  const send = (event) => {
    event.preventDefault();
    run();
  };
  return dialog({ name: "ask", title, kit: page.kit, close: page.closeDialog }, [
    h("form", { method: "dialog", onSubmit: send }, [
      ...children,
      h("div", { class: "buttons" }, [
        button({ text: page.kit.cancel, kind: "button quiet", onClick: page.closeDialog }),
        h("button", { type: "submit", class: ["button", { danger }], "data-act": "ask-yes", disabled: page.busy }, yes),
      ]),
    ]),
  ]);
}
