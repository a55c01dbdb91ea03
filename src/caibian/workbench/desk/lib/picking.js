// Choosing an article for the form: a search over the newsroom's articles.
import { h } from "vue";
import { day, dialog, icon, number, read } from "caibian-kit";

const CALM_MS = 250;
const MOST = 30;
let timer = null;

export const picking = {
  methods: {
    openPicker() {
      this.dialog = "picker";
      this.searchArticles(this.picker.query);
    },
    queryTyped(query) {
      this.picker.query = query;
      clearTimeout(timer);
      timer = setTimeout(() => this.searchArticles(query), CALM_MS);
    },
    async searchArticles(query) {
      this.picker.busy = true;
      try {
        const page = await read("/articles", { query, limit: MOST });
        if (query === this.picker.query) this.picker.articles = page.articles;
      } catch (problem) {
        this.complain(problem);
      } finally {
        this.picker.busy = false;
      }
    },
    async pickArticle(id) {
      try {
        this.useArticle(await read(`/articles/${encodeURIComponent(id)}`));
        this.pane = "material";
        this.closeDialog();
      } catch (problem) {
        this.complain(problem);
      }
    },
  },
  dialog(page) {
    const { words, kit, picker } = page;
    const rows = picker.articles.map((article) =>
      h("li", { key: article.id }, [
        h("button", { type: "button", class: "pick", "data-article": article.id, onClick: () => page.pickArticle(article.id) }, [
          h("b", { lang: article.language, dir: "auto" }, article.title || words.untitled),
          h("span", { class: "soft" }, [article.source, day(article.published_at), `${number(article.chars)} ${words.chars}`].filter(Boolean).join(" · ")),
        ]),
      ]),
    );
    return dialog({ name: "picker", title: words.pick_title, kit, close: page.closeDialog, wide: true }, [
      h("label", { class: "search" }, [
        icon("search"),
        h("span", { class: "unseen" }, words.pick_search),
        h("input", { type: "search", autofocus: true, placeholder: words.pick_search, value: picker.query, onInput: (event) => page.queryTyped(event.target.value) }),
      ]),
      h("ul", { class: "picks", "aria-busy": String(picker.busy) }, rows),
      rows.length || picker.busy ? null : h("p", { class: "soft" }, [picker.query ? words.pick_none : words.pick_empty, " ", h("a", { href: "/articles" }, words.to_articles)]),
    ]);
  },
};
