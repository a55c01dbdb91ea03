// Copying an answer, and making a draft of it, which review, labels and exports go on from.
import { h } from "vue";
import { button, dialog, download, key, send, toast } from "caibian-kit";
import { languageOf } from "./measures.js";
import { mainField } from "./opening.js";

const FORMATS = ["docx", "markdown", "html", "wechat", "ninjs", "pdf"];
const MOST_TITLE = 500;
const FIRST_LINE = 60; // characters of a text that make a title where there is none

const firstLine = (text) => Array.from(text.trim().split("\n", 1)[0].replace(/^#+\s*/, "")).slice(0, FIRST_LINE).join("");

// A headline goes above the story it was made for; anything else is a text of its own.
function proposal(page, text) {
  const main = mainField(page.task);
  const story = main ? page.form.input[main.id] : "";
  if (page.task.output.lines === 1 && story.trim()) return { title: text.trim(), body: story };
  return { title: page.form.article?.title || firstLine(text), body: text };
}

export const drafting = {
  methods: {
    async copy(text) {
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        copyByHand(text); // without https there is no clipboard for scripts
      }
      toast("good", this.words.copied);
    },
    openDraft(slot) {
      const one = this.shown(slot);
      const text = this.textOf(one);
      this.draft = { slot, one, text, ...proposal(this, text), key: key(), made: one.draft, busy: false, exporting: "", consent: this.consent === true, problem: "" };
      this.dialog = "draft";
    },
    async makeDraft() {
      const { draft, form } = this;
      if (draft.busy) return;
      draft.busy = true;
      draft.problem = "";
      const { one } = draft;
      const body = {
        title: draft.title.trim(),
        body: draft.body,
        language: languageOf(this),
        source: one.result?.source ?? Object.values(form.input).filter((text) => text.trim()).join("\n\n"),
        published_at: this.publishedAt(),
        origin: { task: this.task.id, model: one.result?.model ?? (one.model || null), answer: one.result?.id ?? null, article: form.article?.id ?? null, text: one.text },
        key: draft.key,
      };
      try {
        const made = await send("POST", "/drafts", body);
        one.draft = draft.made = made.id;
        if (draft.consent !== this.consent && (draft.consent || this.consent !== null)) this.setConsent(draft.consent);
        if (draft.consent && one.result) this.sendFeedback(draft.slot, null);
        this.keep();
      } catch (problem) {
        draft.problem = this.problemText(problem);
      } finally {
        draft.busy = false;
      }
    },
    async exportDraft(format) {
      this.draft.exporting = format;
      try {
        await download(`/drafts/${encodeURIComponent(this.draft.made)}/export`, { format }, `draft.${format}`);
      } catch (problem) {
        this.draft.problem = this.problemText(problem);
      } finally {
        this.draft.exporting = "";
      }
    },
  },
  dialog(page) {
    const { words, kit, draft } = page;
    const problem = draft.problem ? h("p", { class: "notice bad", role: "alert" }, draft.problem) : null;
    if (draft.made) {
      return dialog({ name: "draft", title: words.draft_made, kit, close: page.closeDialog }, [
        h("p", words.draft_made_text),
        problem,
        h("div", { class: "formats", role: "group", "aria-label": words.export }, FORMATS.map((format) => button({ text: words[`format_${format}`], kind: "button quiet small", "data-format": format, disabled: Boolean(draft.exporting), onClick: () => page.exportDraft(format) }))),
        h("div", { class: "buttons" }, [
          button({ text: kit.close, kind: "button quiet", onClick: page.closeDialog }),
          h("a", { class: "button", href: `/review/${encodeURIComponent(draft.made)}`, "data-act": "open-draft" }, words.open_draft),
        ]),
      ]);
    }
    const submit = (event) => {
      event.preventDefault();
      page.makeDraft();
    };
    return dialog({ name: "draft", title: words.make_draft, kit, close: page.closeDialog, wide: true }, [
      h("form", { onSubmit: submit }, [
        h("label", { class: "field" }, [
          h("span", words.draft_title),
          h("input", { type: "text", required: true, maxlength: MOST_TITLE, autofocus: true, value: draft.title, "data-field": "draft-title", onInput: (event) => (draft.title = event.target.value) }),
        ]),
        h("label", { class: "field" }, [
          h("span", words.draft_body),
          h("textarea", { rows: 10, required: true, value: draft.body, "data-field": "draft-body", onInput: (event) => (draft.body = event.target.value) }),
        ]),
        h("label", { class: "choice" }, [
          h("input", { type: "checkbox", checked: draft.consent, onChange: (event) => (draft.consent = event.target.checked) }),
          h("span", words.consent_box),
        ]),
        problem,
        h("div", { class: "buttons" }, [
          button({ text: kit.cancel, kind: "button quiet", onClick: page.closeDialog }),
          h("button", { type: "submit", class: "button", "data-act": "draft-make", disabled: draft.busy }, draft.busy ? words.draft_making : words.make_draft),
        ]),
      ]),
    ]);
  },
};

function copyByHand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
