// Small things that the pages of articles and batches use.
import { h } from "vue";
import { Kept, fill, icon, number, read } from "caibian-kit";

export const EDITORS = ["editor", "chief_editor", "admin"];
// What newsrooms use such tools for most, to whom has no favourites yet.
const OFFERED = ["headline.news", "summary.news", "lead.news", "polish.copy", "proofread.copy", "flash.news", "points.bullets", "keywords.news", "translate.zh_en", "post.weibo", "script.broadcast", "interview.outline"];
const MOST_TASKS = 12; // shown without a search

// `names`: task id -> Wording; a card that is gone keeps its id.
export const nameOf = (names, id, language) => (language === "zh" ? names[id]?.zh || names[id]?.en : names[id]?.en || names[id]?.zh) || id;

export const named = (task, language) => (language === "zh" ? task.name.zh || task.name.en : task.name.en || task.name.zh) || task.id;

// The tasks that take an article: a long field is theirs. In the order of their names.
export async function tasksOf(language) {
  const tasks = await read("/tasks");
  return tasks.filter((task) => task.fields.some((field) => field.long)).sort((a, b) => named(a, language).localeCompare(named(b, language), language));
}

const fold = (text) => text.normalize("NFKC").toLowerCase();

export function found(tasks, search) {
  const wanted = fold(search).split(/\s+/).filter(Boolean);
  return tasks.filter((task) => wanted.every((one) => fold(`${task.name.zh} ${task.name.en} ${task.id}`).includes(one)));
}

// Favourites and the last ones of the desk first.
export function preferred(tasks, user) {
  const kept = new Kept(user, "desk-prefers");
  const first = [...kept.get("favourites", []), ...kept.get("recent", []), ...OFFERED];
  const rank = (task) => (first.includes(task.id) ? first.indexOf(task.id) : first.length);
  return [...tasks].sort((a, b) => rank(a) - rank(b));
}

// A search over tasks as links; `address(task)` says where each leads.
export function taskSearch(page, address) {
  const { words, tasks } = page;
  if (!tasks) return h("p", { class: "soft", "aria-busy": "true" }, "…");
  const list = preferred(found(tasks, page.search), page.user).slice(0, MOST_TASKS);
  return h("div", { class: "task-search-box" }, [
    h("label", { class: "search" }, [
      icon("search"),
      h("span", { class: "unseen" }, words.find_task),
      h("input", { type: "search", placeholder: words.find_task, value: page.search, onInput: (event) => (page.search = event.target.value) }),
    ]),
    h("ul", { class: "task-picks" }, list.map((task) => h("li", { key: task.id }, [h("a", { class: "chip", href: address(task), "data-task": task.id }, named(task, page.language))]))),
  ]);
}

export function stateTag(page, batch) {
  const kind = { waiting: "", running: "act", stopped: "warn", done: batch.failed ? "warn" : "good" }[batch.state];
  return h("span", { class: ["tag", kind], "data-batch": batch.state }, page.words[`state_${batch.state}`]);
}

export function progressBar(page, batch) {
  const { words } = page;
  const share = (n) => ({ width: `${(100 * n) / Math.max(1, batch.total)}%` });
  const text = fill(words.progress, { done: number(batch.done), total: number(batch.total) }) + (batch.failed ? fill(words.progress_failed, { failed: number(batch.failed) }) : "");
  return h("div", { class: "batch-progress" }, [
    h("div", { class: "progress", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": batch.total, "aria-valuenow": batch.done + batch.failed, "aria-valuetext": text }, [
      h("span", { class: "progress-ranked", style: share(batch.done) }),
      h("span", { class: "progress-failed", style: share(batch.failed) }),
    ]),
    h("span", { class: "soft" }, text),
  ]);
}
