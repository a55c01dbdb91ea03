// What the service did in the chosen window: figures, charts, and what took how much.
import { h } from "vue";
import { fill, number } from "caibian-kit";
import { Chart } from "./chart.js";
import { money, ms, percent, short } from "./numbers.js";

export const WINDOWS = [15, 60, 360, 1440, 10080];

export function overviewPart(page) {
  const { words, overview } = page;
  const choice = h("label", { class: "field window-field" }, [
    h("span", { class: "unseen" }, words.window),
    h("select", { class: "select", value: String(page.minutes), "data-field": "minutes", onChange: (event) => page.chooseWindow(Number(event.target.value)) },
      WINDOWS.map((n) => h("option", { key: n, value: String(n) }, words[`minutes_${n}`]))),
  ]);
  if (!overview) return h("div", { class: "ops-part" }, [choice, h("p", { class: "soft" }, page.problems.overview || words.loading)]);
  return h("div", { class: "ops-part" }, [
    choice,
    tiles(page, overview),
    charts(page, overview),
    h("div", { class: "ops-pair" }, [shares(page, words.by_feature, overview.by_feature, true), shares(page, words.by_model, overview.by_model, false)]),
    h("div", { class: "ops-pair" }, [engines(page, overview.engines), statuses(page, overview.by_status)]),
  ]);
}

function tiles(page, seen) {
  const { words } = page;
  const waiting = seen.engines.reduce((sum, one) => sum + one.waiting, 0);
  const running = seen.engines.reduce((sum, one) => sum + one.running, 0);
  const tile = (name, value, under, tone = "") =>
    h("div", { key: name, class: ["tile", tone], "data-tile": name }, [h("dt", words[`tile_${name}`]), h("dd", [h("b", value), under ? h("span", { class: "soft" }, under) : null])]);
  const rate = seen.requests / seen.minutes;
  return h("dl", { class: "tiles" }, [
    tile("requests", number(seen.requests), fill(words.a_minute, { n: number(rate, rate < 10 ? 1 : 0) })),
    tile("errors", number(seen.errors), fill(words.share, { n: percent(seen.errors, seen.requests) }), seen.errors ? "bad" : ""),
    tile("refused", number(seen.refused), fill(words.share, { n: percent(seen.refused, seen.requests) })),
    tile("p50", ms(seen.p50_ms)),
    tile("p95", ms(seen.p95_ms)),
    tile("first", ms(seen.first_token_p50_ms)),
    tile("tokens", short(seen.prompt_tokens + seen.completion_tokens), fill(words.in_out, { prompt: short(seen.prompt_tokens), completion: short(seen.completion_tokens) })),
    tile("cost", money(seen.cost, seen.currency)),
    tile("queue", number(waiting), fill(words.answering, { n: running }), waiting ? "warn" : ""),
  ]);
}

function charts(page, { points, minutes }) {
  const { words } = page;
  const width = minutes / Math.max(1, points.length); // minutes that a point stands for
  const rate = (n) => n / width;
  const of = (values) => points.map((point) => ({ at: point.at, values: values(point) }));
  return h("div", { class: "charts" }, [
    h(Chart, {
      key: "requests", title: words.chart_requests, kind: "bars", words, format: short,
      points: of((point) => [rate(point.requests - point.errors), rate(point.errors)]),
      series: [{ name: words.series_good, tone: "act" }, { name: words.series_errors, tone: "mark" }],
    }),
    h(Chart, {
      key: "latency", title: words.chart_latency, kind: "lines", words, format: ms,
      points: of((point) => [point.p50_ms, point.p95_ms]),
      series: [{ name: words.series_p50, tone: "act" }, { name: words.series_p95, tone: "warn" }],
    }),
    h(Chart, {
      key: "tokens", title: words.chart_tokens, kind: "bars", words, format: short,
      points: of((point) => [rate(point.tokens)]),
      series: [{ name: words.series_tokens, tone: "good" }],
    }),
  ]);
}

function shares(page, title, rows, features) {
  const { words, overview } = page;
  const columns = ["requests", "errors", "tokens", "cost", "p50", "p95"];
  return section(title, !rows.length ? h("p", { class: "soft" }, words.none) : table([words.column_name, ...columns.map((name) => words[`column_${name}`])], rows.map((row) => [
    features ? page.feature(row.name) : row.name || "–",
    number(row.requests),
    number(row.errors),
    short(row.prompt_tokens + row.completion_tokens),
    money(row.cost, overview.currency),
    ms(row.p50_ms),
    ms(row.p95_ms),
  ])));
}

function engines(page, rows) {
  const { words, models } = page;
  const columns = ["state", "running", "waiting", "starts"];
  return section(words.engines, !rows.length ? h("p", { class: "soft" }, words.none) : table([words.column_name, ...columns.map((name) => words[`column_${name}`])], rows.map((row) => [
    row.name, models[`state_${row.state}`] ?? row.state, number(row.running), number(row.waiting), number(row.starts),
  ])));
}

function statuses(page, counts) {
  const { words } = page;
  const rows = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
  return section(words.by_status, !rows.length ? h("p", { class: "soft" }, words.none) : table([words.column_status, words.column_requests], rows.map(([status, n]) => [status, number(n)])));
}

const section = (title, content) => h("section", { class: "ops-section" }, [h("h3", title), content]);

// A table whose first column names its rows, and whose others are figures.
function table(heads, rows) {
  return h("div", { class: "scroller" }, [
    h("table", { class: "table figures" }, [
      h("thead", [h("tr", heads.map((name, n) => h("th", { key: n, scope: "col", class: { number: n } }, name)))]),
      h("tbody", rows.map((cells, r) => h("tr", { key: r }, cells.map((cell, n) => (n ? h("td", { key: n, class: "number" }, cell) : h("th", { key: n, scope: "row" }, cell)))))),
    ]),
  ]);
}
