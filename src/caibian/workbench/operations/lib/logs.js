// The latest requests and the audit log: newest first, older ones on demand, new ones put on top.
import { h } from "vue";
import { button, moment, number } from "caibian-kit";
import { money, ms, short } from "./numbers.js";

const FEATURES = ["chat", "completions", "embeddings", "tasks", "batches", "articles", "drafts", "export", "feedback", "house"];
const STATUSES = ["200", "400", "401", "403", "404", "409", "422", "429", "500", "503"];

export function requestsPart(page) {
  const { words, requests } = page;
  const select = (name, label, options) =>
    h("label", { class: "field" }, [
      h("span", label),
      h("select", { value: requests[name], "data-field": name, onChange: (event) => page.filterRequests(name, event.target.value) }, [h("option", { value: "" }, words.all), ...options.map(([id, text]) => h("option", { key: id, value: id }, text))]),
    ]);
  const columns = ["at", "account", "feature", "model", "status", "ms", "first", "tokens", "cost"];
  const numeric = ["ms", "first", "tokens", "cost"];
  return h("div", { class: "ops-part" }, [
    h("div", { class: "filters" }, [
      select("feature", words.filter_feature, FEATURES.map((name) => [name, page.feature(name)])),
      select("status", words.filter_status, [["4", words.status_4], ["5", words.status_5], ...STATUSES.map((status) => [status, status])]),
    ]),
    log(page, requests, h("table", { class: "table log" }, [
      h("thead", [h("tr", columns.map((name) => h("th", { key: name, scope: "col", class: { number: numeric.includes(name) } }, words[`column_${name}`])))]),
      h("tbody", requests.rows.map((row) =>
        h("tr", { key: row.id, "data-request": row.id }, [
          h("td", { class: "soft" }, [h("time", { datetime: row.at, title: row.id }, moment(row.at).slice(5))]),
          h("th", { scope: "row" }, [row.account, row.key ? h("small", row.key) : null]),
          h("td", { "data-label": words.column_feature }, [page.feature(row.feature), row.task ? h("small", row.task) : null]),
          h("td", { "data-label": words.column_model }, row.model ?? "–"),
          h("td", { "data-label": words.column_status }, [h("span", { class: ["tag", tone(row.status)] }, row.status), row.code ? h("small", row.code) : null]),
          h("td", { class: "number", "data-label": words.column_ms }, ms(row.ms)),
          h("td", { class: "number", "data-label": words.column_first }, ms(row.first_token_ms)),
          h("td", { class: "number", "data-label": words.column_tokens }, short(row.prompt_tokens + row.completion_tokens)),
          h("td", { class: "number", "data-label": words.column_cost }, row.cost ? money(row.cost, page.currency) : "–"),
        ]),
      )),
    ])),
  ]);
}

export function auditPart(page) {
  const { words, audit } = page;
  const columns = ["at", "actor", "action", "subject", "detail"];
  return h("div", { class: "ops-part" }, [
    h("div", { class: "filters" }, [
      h("label", { class: "field" }, [
        h("span", words.filter_subject),
        h("input", { type: "search", value: audit.subject, maxlength: 200, "data-field": "subject", onInput: (event) => page.filterAudit(event.target.value) }),
      ]),
    ]),
    log(page, audit, h("table", { class: "table log" }, [
      h("thead", [h("tr", columns.map((name) => h("th", { key: name, scope: "col" }, words[`column_${name}`])))]),
      h("tbody", audit.rows.map((row) =>
        h("tr", { key: row.id, "data-audit": row.id }, [
          h("td", { class: "soft" }, [h("time", { datetime: row.at }, moment(row.at))]),
          h("th", { scope: "row" }, row.actor),
          h("td", { "data-label": words.column_action }, words[`action_${row.action.replaceAll(" ", "_")}`] ?? row.action),
          h("td", { "data-label": words.column_subject }, row.subject),
          h("td", { "data-label": words.column_detail, class: "detail" }, said(row.detail)),
        ]),
      )),
    ])),
  ]);
}

function log(page, list, table) {
  const { words } = page;
  if (list.problem) return h("p", { class: "notice warn", role: "status" }, list.problem);
  if (!list.loaded) return h("p", { class: "soft" }, words.loading);
  if (!list.rows.length) return h("p", { class: "empty" }, words.none);
  return h("div", { class: "log-box" }, [
    h("div", { class: "scroller" }, [table]),
    list.next ? h("div", { class: "buttons" }, [button({ text: words.more, kind: "button quiet small", "data-act": "more", disabled: list.busy, onClick: () => page.more(list) })]) : null,
  ]);
}

const tone = (status) => (status >= 500 ? "bad" : status >= 400 ? "warn" : "good");

function said(detail) {
  return Object.entries(detail).map(([name, value]) => h("span", { key: name, class: "said-pair" }, [h("i", name), " ", shown(value)]));
}

const shown = (value) => (value === null ? "–" : typeof value === "object" ? JSON.stringify(value) : typeof value === "number" ? number(value, 4) : String(value));
