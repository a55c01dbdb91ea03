// One article to read, and what can be done with it.
import { h } from "vue";
import { button, complain, confirm, day, fill, icon, moment, number, send, toasts } from "caibian-kit";
import { EDITORS, taskSearch, tasksOf } from "caibian-articles";

export default {
  props: { article: Object, user: String, role: String, language: String, words: Object, kit: Object },
  data: () => ({ tasks: null, search: "", dialog: null }),
  async created() {
    try {
      this.tasks = await tasksOf(this.language);
    } catch (problem) {
      complain(problem, this.kit);
    }
  },
  methods: {
    address(task) {
      return `/desk/${encodeURIComponent(task.id)}?article=${encodeURIComponent(this.article.id)}`;
    },
    close() {
      this.dialog = null;
    },
    async remove() {
      try {
        await send("DELETE", `/articles/${encodeURIComponent(this.article.id)}`);
        location.assign("/articles");
      } catch (problem) {
        this.close();
        complain(problem, this.kit);
      }
    },
  },
  render() {
    const { article, words, kit } = this;
    const facts = [
      [words.source, article.source],
      [words.author, article.author],
      [words.published, article.published_at && moment(article.published_at)],
      [words.section, article.section],
      [words.licence, article.licence],
      [words.length, fill(words.characters, { n: number(article.chars) })],
      [words.imported, `${day(article.imported_at)} · ${article.imported_by_name}`],
    ].filter(([, value]) => value);
    const safe = /^https?:\/\//i.test(article.url ?? "");
    return h("div", { class: "article-page" }, [
      h("article", { class: "article-text", lang: article.language, dir: "auto" }, [
        h("a", { class: "link-button back", lang: this.language === "zh" ? "zh-CN" : "en-US", href: "/articles" }, [icon("left"), words.title]),
        h("h1", article.title || words.untitled),
        article.summary ? h("p", { class: "lead" }, article.summary) : null,
        h("div", { class: "reading" }, article.body),
      ]),
      h("aside", { class: "article-side" }, [
        h("section", { class: "panel" }, [h("h2", words.run_task), taskSearch(this, (task) => this.address(task))]),
        h("section", { class: "panel" }, [
          h("h2", words.about),
          h("dl", { class: "article-facts" }, facts.map(([name, value]) => h("div", { key: name }, [h("dt", name), h("dd", value)]))),
          safe ? h("a", { class: "link-button", href: article.url, rel: "noreferrer noopener", target: "_blank" }, [words.original, icon("open")]) : article.url ? h("p", { class: "soft" }, article.url) : null,
          EDITORS.includes(this.role) ? button({ mark: "trash", text: words.remove, kind: "link-button danger-text", "data-act": "remove", onClick: () => (this.dialog = "remove") }) : null,
        ]),
      ]),
      this.dialog ? confirm({ name: "remove", title: words.remove_title, text: words.remove_text, yes: words.remove, kit, close: this.close, run: this.remove, danger: true }) : null,
      toasts(kit),
    ]);
  },
};
