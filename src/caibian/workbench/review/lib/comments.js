// Comments on passages or on the whole, in the order of the text.
import { h } from "vue";
import { fill } from "caibian-kit";

export function commentsPart(page) {
  const { words, commenting, comments } = page;
  return h("div", { class: "part" }, [
    page.can("comment") ? compose(page, commenting) : null,
    comments.length ? h("ol", { class: "comments" }, comments.map((comment) => item(page, comment))) : h("p", { class: "soft" }, words.comments_none),
  ]);
}

function compose(page, commenting) {
  const { words } = page;
  const send = (event) => {
    event.preventDefault();
    page.sendComment();
  };
  const about = commenting.passage
    ? [
        h("p", { class: "quoted" }, commenting.passage.quote),
        h("button", { type: "button", class: "link-button", onClick: () => (commenting.passage = null) }, words.comment_drop_passage),
      ]
    : [h("p", { class: "soft" }, words.select_hint)];
  return h("form", { class: "compose", onSubmit: send }, [
    ...about,
    h("label", { class: "field" }, [
      h("span", commenting.passage ? words.comment_new : `${words.comment_new} · ${words.comment_whole}`),
      h("textarea", {
        rows: 3,
        maxlength: 4000,
        value: commenting.text,
        "data-field": "comment",
        onInput: (event) => (commenting.text = event.target.value),
        onKeydown: (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && send(event),
      }),
    ]),
    commenting.problem ? h("p", { class: "field-problem", role: "alert" }, commenting.problem) : null,
    h("div", { class: "buttons" }, [
      h("button", { type: "submit", class: "button small", "data-act": "comment", disabled: page.busy || !commenting.text.trim() }, words.comment_send),
    ]),
  ]);
}

function item(page, comment) {
  const { words } = page;
  const id = `comment-${comment.id}`;
  const quote = comment.quote
    ? comment.where
      ? h("button", { type: "button", class: "quote-button", title: words.comment_go, onClick: () => page.point({ id, kind: "comment" }) }, comment.quote)
      : h("p", { class: "quoted gone" }, [comment.quote, h("span", { class: "soft" }, words.comment_gone)])
    : null;
  return h("li", { key: comment.id, class: ["comment", { open: page.active === id }], "data-comment": comment.id }, [
    quote,
    h("p", { class: "comment-text" }, comment.text),
    h("p", { class: "soft" }, `${comment.by_name} · ${page.time(comment.at)} · ${fill(words.revision, { n: comment.revision })}`),
  ]);
}
