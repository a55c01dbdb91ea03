// What people think of answers: thumbs, the one they chose and what they made of it. Texts are kept with consent alone.
import { h } from "vue";
import { button, dialog, key, says, send, toast } from "caibian-kit";

export const feedback = {
  methods: {
    rate(slot, which) {
      const one = this.shown(slot);
      one.thumb = one.thumb === which ? null : which;
      this.keep();
      if (!one.thumb) return;
      if (this.consent === null) this.askConsent(slot);
      else this.sendFeedback(slot, one.thumb);
    },
    askConsent(slot) {
      this.asking = { slot };
      this.dialog = "consent";
    },
    decideConsent(yes) {
      const { slot } = this.asking;
      this.setConsent(yes);
      this.closeDialog();
      if (slot) this.sendFeedback(slot, this.shown(slot).thumb);
    },
    async sendFeedback(slot, thumb) {
      const seen = this.slots.filter((other) => this.shown(other).result).slice(0, 8);
      const one = this.shown(slot);
      const body = {
        task: this.task.id,
        language: this.form.language,
        variant: this.form.variant,
        input: this.consent ? Object.fromEntries(Object.entries(this.form.input).filter(([, text]) => text.trim())) : {},
        answers: seen.map((other) => ({ model: this.shown(other).result.model, text: this.consent ? this.shown(other).text : "" })),
        chosen: Math.max(0, seen.indexOf(slot)),
        thumb,
        edited: this.consent && one.edited !== null ? one.edited : null,
        consent: this.consent === true,
        key: key(),
      };
      try {
        await send("POST", "/feedback", body);
        if (thumb) toast("good", this.words.thanks);
      } catch (problem) {
        this.complain(problem);
      }
    },
    problemText(problem) {
      return says(problem, this.kit);
    },
  },
  dialog(page) {
    const { words, kit } = page;
    return dialog({ name: "consent", title: words.consent_title, kit, close: page.closeDialog }, [
      h("p", words.consent_text),
      h("div", { class: "buttons" }, [
        button({ text: words.consent_thumb, kind: "button quiet", "data-act": "consent-no", onClick: () => page.decideConsent(false) }),
        button({ text: words.consent_keep, kind: "button", "data-act": "consent-yes", onClick: () => page.decideConsent(true) }),
      ]),
    ]);
  },
};
