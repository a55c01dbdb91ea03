// All batches, newest first; those that run are looked at again and again.
import { h } from "vue";
import { complain, moment, read, toasts } from "caibian-kit";
import { nameOf, progressBar, stateTag } from "caibian-articles";

const EVERY_MS = 3000;

export default {
  props: { first: Array, names: Object, user: String, role: String, language: String, words: Object, kit: Object },
  data() {
    return { batches: this.first };
  },
  mounted() {
    this.timer = setInterval(this.look, EVERY_MS);
  },
  unmounted() {
    clearInterval(this.timer);
  },
  methods: {
    async look() {
      if (document.hidden || !this.batches.some((one) => one.state === "running" || one.state === "waiting")) return;
      try {
        this.batches = await read("/batches");
      } catch (problem) {
        if (problem.status === 401) (clearInterval(this.timer), complain(problem, this.kit)); // otherwise: next time
      }
    },
  },
  render() {
    const { words } = this;
    const list = this.batches.map((one) =>
      h("li", { key: one.id }, [
        h("a", { class: "row-card", href: `/batches/${encodeURIComponent(one.id)}` }, [
          h("span", { class: "row-title" }, [h("b", nameOf(this.names, one.task, this.language)), stateTag(this, one)]),
          progressBar(this, one),
          h("span", { class: "soft" }, [one.model, one.by_name, moment(one.created_at)].filter(Boolean).join(" · ")),
        ]),
      ]),
    );
    return h("div", { class: "articles-page" }, [
      h("header", { class: "articles-head" }, [h("h1", words.batches), h("a", { class: "button quiet small", href: "/articles" }, words.title)]),
      list.length ? h("ul", { class: "row-cards" }, list) : h("div", { class: "empty" }, [h("p", words.batches_none), h("a", { class: "button", href: "/articles" }, words.to_articles)]),
      toasts(this.kit),
    ]);
  },
};
