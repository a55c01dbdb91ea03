// The list of articles: searching, going on, and choosing many.
import { h } from "vue";
import { button, day, fill, icon, number, read } from "caibian-kit";

const CALM_MS = 250;
const PAGE = 50;
const MOST_BATCH = 1000;
let timer = null;

export const listing = {
  wants(query) {
    this.wanted = query;
    clearTimeout(timer);
    timer = setTimeout(() => this.search(query), CALM_MS);
  },
  async search(query) {
    clearTimeout(timer);
    this.wanted = query;
    this.busy = true;
    try {
      const found = await read("/articles", { query, limit: PAGE });
      if (query !== this.wanted) return;
      Object.assign(this, { articles: found.articles, next: found.next, total: found.total });
      history.replaceState(history.state, "", query ? `/articles?query=${encodeURIComponent(query)}` : "/articles");
    } catch (problem) {
      this.complain(problem);
    } finally {
      this.busy = false;
    }
  },
  async more() {
    this.busy = true;
    try {
      const found = await read("/articles", { query: this.wanted, cursor: this.next, limit: PAGE });
      this.articles = [...this.articles, ...found.articles];
      this.next = found.next;
    } catch (problem) {
      this.complain(problem);
    } finally {
      this.busy = false;
    }
  },
  choose(article, on) {
    if (on) this.chosen[article.id] = article.title;
    else delete this.chosen[article.id];
  },
  chooseAll(on) {
    for (const article of this.articles) this.choose(article, on);
  },
  chooseMany(ids) {
    for (const id of ids) this.chosen[id] = this.articles.find((one) => one.id === id)?.title ?? "";
  },
  chooseNone() {
    this.chosen = {};
  },
};

export function rows(page) {
  const { words, articles } = page;
  const all = articles.length > 0 && articles.every((one) => one.id in page.chosen);
  return h("section", { class: "article-list", "aria-label": words.title, "aria-busy": String(page.busy) }, [
    h("div", { class: "articles-bar" }, [
      h("label", { class: "choice" }, [h("input", { type: "checkbox", checked: all, disabled: !articles.length, "data-act": "all", onChange: (event) => page.chooseAll(event.target.checked) }), h("span", { class: "unseen" }, words.choose_all)]),
      h("label", { class: "search" }, [
        icon("search"),
        h("span", { class: "unseen" }, words.search),
        h("input", { type: "search", placeholder: words.search, value: page.wanted, "data-field": "query", onInput: (event) => page.wants(event.target.value) }),
      ]),
      h("span", { class: "soft count" }, fill(words.total, { n: number(page.total) })),
    ]),
    articles.length
      ? h("ul", { class: "article-rows" }, articles.map((one) => row(page, one)))
      : h("div", { class: "empty" }, [h("p", page.wanted ? words.none_found : words.none)]),
    page.next ? button({ text: words.go_on, kind: "button quiet", disabled: page.busy, "data-act": "more", onClick: page.more }) : null,
  ]);
}

function row(page, one) {
  const { words } = page;
  const id = `choose-${one.id}`;
  const meta = [one.source, one.author, day(one.published_at), fill(words.characters, { n: number(one.chars) })].filter(Boolean);
  return h("li", { key: one.id, class: ["article-row", { chosen: one.id in page.chosen }], "data-article": one.id }, [
    h("label", { class: "choice" }, [
      h("input", { type: "checkbox", id, checked: one.id in page.chosen, onChange: (event) => page.choose(one, event.target.checked) }),
      h("span", { class: "unseen" }, fill(words.choose, { title: one.title || words.untitled })),
    ]),
    h("div", { class: "article-row-text" }, [
      h("a", { class: "row-link", href: `/articles/${encodeURIComponent(one.id)}`, lang: one.language, dir: "auto" }, one.title || words.untitled),
      h("span", { class: "soft" }, meta.join(" · ")),
    ]),
    h("span", { class: "soft row-imported" }, fill(words.imported_by, { day: day(one.imported_at), name: one.imported_by_name })),
  ]);
}

// What can be done with the chosen ones.
export function bar(page) {
  const { words } = page;
  const n = page.chosenIds.length;
  if (!n) return null;
  return h("div", { class: "choice-bar", role: "region", "aria-label": words.chosen_bar }, [
    h("span", { "aria-live": "polite" }, fill(words.chosen, { n: number(n) })),
    n > MOST_BATCH ? h("span", { class: "field-problem" }, fill(words.most_batch, { n: number(MOST_BATCH) })) : null,
    h("div", { class: "buttons" }, [
      button({ text: words.choose_none, kind: "button quiet small", onClick: page.chooseNone }),
      button({ text: words.run_many, kind: "button small", "data-act": "batch", disabled: n > MOST_BATCH, onClick: page.openBatch }),
    ]),
  ]);
}
