// The list of tasks: by category, with a search, favourites and those used last.
import { h } from "vue";
import { button, day, fill, icon } from "caibian-kit";

const CATEGORIES = ["creation", "rewriting", "understanding", "qa"];
const fold = (text) => text.normalize("NFKC").toLowerCase();

function matching(page) {
  const wanted = fold(page.search).split(/\s+/).filter(Boolean);
  if (!wanted.length) return page.tasks;
  const words = (task) => fold([task.name.zh, task.name.en, task.id].join(" "));
  return page.tasks.filter((task) => wanted.every((one) => words(task).includes(one)));
}

function row(page, task) {
  const on = page.favourites.includes(task.id);
  const name = page.nameOf(task);
  return h("li", { key: task.id, class: "task-row" }, [
    h(
      "a",
      {
        class: "task-link",
        href: page.pathOf(task.id),
        "aria-current": page.task?.id === task.id ? "page" : null,
        "data-task": task.id,
        onClick: (event) => page.openTask(task.id, event),
      },
      name,
    ),
    h(
      "button",
      {
        type: "button",
        class: ["icon-button", "star", { on }],
        "aria-pressed": String(on),
        "aria-label": fill(page.words.favourite, { name }),
        title: fill(page.words.favourite, { name }),
        onClick: () => page.toggleFavourite(task.id),
      },
      [icon("star")],
    ),
  ]);
}

// Favourites and the last ones stand above, without a search; each task stands once in its category all the same.
function groups(page, found) {
  const by = Object.fromEntries(page.tasks.map((task) => [task.id, task]));
  const own = (ids) => ids.map((id) => by[id]).filter(Boolean);
  const recent = own(page.recent).filter((task) => !page.favourites.includes(task.id));
  const above = page.search.trim()
    ? []
    : [
        ["favourites", own(page.favourites)],
        ["recent", recent.slice(0, 5)],
      ];
  const below = CATEGORIES.map((category) => [category, found.filter((task) => task.category === category)]);
  return [...above, ...below].filter(([, tasks]) => tasks.length);
}

function search(page) {
  return h("label", { class: "search" }, [
    icon("search"),
    h("span", { class: "unseen" }, page.words.search),
    h("input", {
      type: "search",
      class: "task-search",
      placeholder: page.words.search,
      value: page.search,
      autocomplete: "off",
      onInput: (event) => (page.search = event.target.value),
      onKeydown: (event) => {
        if (event.key !== "Enter") return;
        const [only] = matching(page);
        if (only) page.openTask(only.id);
      },
    }),
  ]);
}

export function taskList(page) {
  const { words } = page;
  const found = matching(page);
  const lists = groups(page, found).map(([name, tasks]) =>
    h("section", { key: name, class: "task-group" }, [
      h("h3", [words[`category_${name}`], h("span", { class: "count" }, tasks.length)]),
      h("ul", tasks.map((task) => row(page, task))),
    ]),
  );
  return h("aside", { class: "desk-tasks", "aria-label": words.tasks }, [
    h("div", { class: "desk-tasks-head" }, [
      search(page),
      page.task ? button({ mark: "close", label: page.kit.close, kind: "icon-button list-close", onClick: () => (page.listOpen = false) }) : null,
    ]),
    h("nav", { class: "task-groups", "aria-label": words.tasks }, lists.length ? lists : [h("p", { class: "soft" }, words.search_none)]),
  ]);
}

// Before a task is chosen: what one can do here, and the ones used last.
export function start(page) {
  const { words } = page;
  const by = Object.fromEntries(page.tasks.map((task) => [task.id, task]));
  const offered = [...page.favourites, ...page.recent, ...page.offered].filter((id, i, all) => by[id] && all.indexOf(id) === i);
  const cards = offered.slice(0, 8).map((id) =>
    h("li", { key: id }, [
      h("a", { class: "task-card", href: page.pathOf(id), onClick: (event) => page.openTask(id, event) }, [
        h("b", page.nameOf(by[id])),
        h("span", { class: "soft" }, words[`category_${by[id].category}`]),
      ]),
    ]),
  );
  const begun = page.begun().filter((one) => by[one.id] && one.text).slice(0, 5);
  return h("section", { class: "desk-start" }, [
    h("h1", { class: "task-title", tabindex: -1 }, words.start_title),
    h("p", { class: "lead" }, fill(words.start_text, { n: page.tasks.length })),
    h("ul", { class: "task-cards" }, cards),
    begun.length
      ? h("section", { class: "start-part" }, [
          h("h2", words.go_on),
          h("ul", { class: "start-rows" }, begun.map((one) =>
            h("li", { key: one.id }, [
              h("a", { class: "start-row", href: page.pathOf(one.id), onClick: (event) => page.openTask(one.id, event) }, [h("b", page.nameOf(by[one.id])), h("span", { class: "soft" }, one.text)]),
            ]),
          )),
        ])
      : null,
    page.newest.length
      ? h("section", { class: "start-part start-articles" }, [
          h("h2", words.newest),
          h("ul", { class: "start-rows" }, page.newest.map((one) =>
            h("li", { key: one.id }, [
              h("a", { class: "start-row", href: `/articles/${encodeURIComponent(one.id)}` }, [h("span", { lang: one.language, dir: "auto" }, one.title || words.untitled), h("span", { class: "soft" }, [one.source, day(one.published_at)].filter(Boolean).join(" · "))]),
            ]),
          )),
        ])
      : null,
  ]);
}
