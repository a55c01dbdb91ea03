// The desk: one task at a time, its material, and what models answered. What happens here lives in this page and in this
// browser's storage; the service is asked by fetch, so that a lost connection of the page itself loses nothing.
import { h } from "vue";
import { complain, toasts } from "caibian-kit";
import {
  answers, checking, drafting, feedback, keeping, material, opening, picking, running, shortcuts, start, taskList,
} from "caibian-desk"; // prettier-ignore

const WIDE = "(min-width: 80rem)";

export default {
  props: {
    tasks: Array,
    offered: Array,
    first: Object,
    engines: Array,
    article: Object,
    user: String,
    role: String,
    language: String,
    words: Object,
    kit: Object,
  },
  data() {
    return {
      task: this.first,
      form: {}, // input, language, variant, model, other, count, published, article
      slots: [], // one a model and variant: {key, attempts, at}
      chosen: { slot: -1, place: -1 }, // a fact of an answer
      pane: "material",
      missing: [],
      search: "",
      listOpen: false,
      favourites: [],
      recent: [],
      dialog: null,
      picker: { query: "", articles: [], busy: false },
      draft: null,
      consent: null, // null: not asked yet
      asking: null, // what the consent is being asked for
      announced: "",
      wide: matchMedia(WIDE).matches,
      newest: [],
      busyTask: false,
    };
  },
  computed: {
    running() {
      return this.slots.some((slot) => slot.attempts.some((one) => one.state === "waiting" || one.state === "writing"));
    },
  },
  created() {
    this.marked = {}; // slot -> the field of its text
    this.remember();
    if (this.task) this.take(this.task, this.article);
    else this.loadNewest();
  },
  mounted() {
    this.stopKeys = shortcuts(this);
    window.addEventListener("popstate", this.onPop);
    window.addEventListener("pagehide", this.keepNow);
    this.media = matchMedia(WIDE);
    this.media.addEventListener("change", this.onMedia);
  },
  unmounted() {
    this.stop();
    this.stopKeys();
    window.removeEventListener("popstate", this.onPop);
    window.removeEventListener("pagehide", this.keepNow);
    this.media.removeEventListener("change", this.onMedia);
  },
  methods: {
    ...opening,
    ...keeping,
    ...running,
    ...checking,
    ...picking.methods,
    ...drafting.methods,
    ...feedback.methods,
    onMedia(event) {
      this.wide = event.matches;
    },
    closeDialog() {
      this.dialog = null;
      this.asking = null;
    },
    complain(problem) {
      complain(problem, this.kit);
    },
  },
  render() {
    const dialogs = { picker: picking.dialog, draft: drafting.dialog, consent: feedback.dialog };
    return h("div", { class: ["desk-page", { started: this.task, "list-open": this.listOpen }] }, [
      h("p", { class: "unseen", role: "status", "aria-live": "polite" }, this.announced),
      taskList(this),
      this.task ? material(this) : start(this),
      this.task ? answers(this) : null,
      this.dialog ? dialogs[this.dialog](this) : null,
      toasts(this.kit),
    ]);
  },
};
