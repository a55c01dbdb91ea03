// Any two versions side by side with what changed between them, word by word.
import { h } from "vue";
import { changes, diff, fill, sizes } from "caibian-kit";

const MODEL = "model"; // what the model wrote, before the first version

export function versionsPart(page) {
  const { words, versions, draft } = page;
  if (!versions) return h("p", { class: "soft" }, page.versionsProblem || words.loading);
  const written = draft.origin?.text;
  if (versions.length < 2 && !written) return h("p", { class: "soft" }, words.versions_none);
  const [from, to] = [text(page, page.from), text(page, page.to)];
  return h("div", { class: "part" }, [
    h("div", { class: "version-choice" }, [choice(page, "from", words.version_from, written), choice(page, "to", words.version_to, false)]),
    from === null || to === null ? null : compared(page, from, to),
  ]);
}

function choice(page, name, label, written) {
  const { words, versions } = page;
  const options = versions.map(({ revision, by_name, at }) =>
    h("option", { key: revision, value: String(revision) }, fill(words.version_option, { n: revision, name: by_name, time: page.time(at) })),
  );
  if (written) options.unshift(h("option", { key: MODEL, value: MODEL }, words.version_model));
  const select = { value: String(page[name]), "data-field": name, onChange: (event) => (page[name] = event.target.value) };
  return h("label", { class: "field" }, [h("span", label), h("select", select, options)]);
}

function text(page, chosen) {
  if (chosen === MODEL) return { title: null, body: page.draft.origin.text };
  return page.versions.find((one) => String(one.revision) === String(chosen)) ?? null;
}

function compared(page, from, to) {
  const { words, draft } = page;
  const sameTitle = from.title === null || from.title === to.title;
  if (sameTitle && from.body === to.body) return h("p", { class: "soft" }, words.version_same);
  const body = diff(from.body, to.body, draft.language);
  const view = (list, label) => changes(list, { lang: draft.language, label });
  return h("div", { class: "compared" }, [
    h("p", { class: "soft" }, fill(words.version_change, sizes(body))),
    sameTitle ? null : h("div", { class: "compared-title" }, [view(diff(from.title, to.title, draft.language), words.field_title)]),
    view(body, words.field_body),
  ]);
}
