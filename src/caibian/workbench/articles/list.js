// The articles of the newsroom: bringing them in, finding them, and running a task on many.
import { h } from "vue";
import { complain, toasts } from "caibian-kit";
import { bar, batching, importing, intake, listing, rows } from "caibian-articles";

export default {
  props: { first: Object, query: String, engines: Array, user: String, role: String, language: String, words: Object, kit: Object },
  data() {
    return {
      articles: this.first.articles,
      next: this.first.next,
      total: this.first.total,
      wanted: this.query,
      busy: false,
      chosen: {}, // id -> title
      over: false, // files hang above the page
      sending: null, // {progress, controller}
      urls: "",
      byAddress: false,
      imported: null,
      dialog: null,
      batch: null,
      tasks: null,
    };
  },
  computed: {
    chosenIds() {
      return Object.keys(this.chosen);
    },
  },
  mounted() {
    this.stopDrops = this.listenForFiles();
  },
  unmounted() {
    this.stopDrops();
    this.sending?.controller.abort();
  },
  methods: {
    ...listing,
    ...importing,
    ...batching.methods,
    complain(problem) {
      complain(problem, this.kit);
    },
  },
  render() {
    return h("div", { class: ["articles-page", { over: this.over }] }, [
      h("header", { class: "articles-head" }, [h("h1", this.words.title), h("a", { class: "button quiet small", href: "/batches" }, this.words.batches)]),
      intake(this),
      rows(this),
      bar(this),
      this.dialog === "batch" ? batching.dialog(this) : null,
      toasts(this.kit),
    ]);
  },
};
