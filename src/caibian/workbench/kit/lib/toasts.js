// Short messages that do not stop anybody, and what a Problem means in the reader's words.
import { h, reactive } from "vue";
import { button, fill } from "./parts.js";

const SECONDS = 6;
const shown = reactive([]);
let last = 0;

// kind: good | warn | bad. `act`: {text, run} or {text, href}. What is bad stays until it is dismissed.
export function toast(kind, text, act = null) {
  const id = ++last;
  for (const same of shown.filter((one) => one.text === text)) shown.splice(shown.indexOf(same), 1);
  shown.push({ id, kind, text, act });
  if (kind !== "bad") setTimeout(() => dismiss(id), SECONDS * 1000);
  return () => dismiss(id);
}

function dismiss(id) {
  const place = shown.findIndex((one) => one.id === id);
  if (place >= 0) shown.splice(place, 1);
}

// The words of a Problem: what happened and what helps. `kit` is the catalogue's section of that name.
export function says(problem, kit) {
  if (problem.code === "unauthorised" || problem.status === 401) return kit.problem_unauthorised;
  if (problem.code === "too_many" && problem.retryAfter) return fill(kit.problem_too_many_wait, { n: problem.retryAfter });
  // These come with the reason in the house's own words.
  if (["forbidden", "switched_off", "refused_topic", "invalid", "over_budget", "conflict", "closed", "too_large"].includes(problem.code)) {
    const wording = kit[`problem_${problem.code}`];
    return problem.message && problem.message !== problem.code ? `${wording} ${fill(kit.problem_detail, { detail: problem.message })}` : wording;
  }
  return kit[`problem_${problem.code}`] ?? fill(kit.problem_other, { detail: problem.message });
}

// The place where toasts appear; one a page. A lost login offers the way back to this very page.
export function toasts(kit) {
  return h(
    "div",
    { class: "toasts", role: "status", "aria-live": "polite" },
    shown.map((one) =>
      h("div", { key: one.id, class: ["toast", "notice", one.kind], "data-toast": one.kind }, [
        h("p", one.text),
        one.act?.href ? h("a", { class: "link-button", href: one.act.href }, one.act.text) : null,
        one.act?.run ? button({ text: one.act.text, kind: "link-button", onClick: () => (one.act.run(), dismiss(one.id)) }) : null,
        button({ mark: "close", label: kit.dismiss, kind: "icon-button", onClick: () => dismiss(one.id) }),
      ]),
    ),
  );
}

// A Problem as a toast; a lost login with the way to log in again and come back.
export function complain(problem, kit) {
  if (problem.name === "AbortError") return;
  const lost = problem.status === 401;
  const back = encodeURIComponent(location.pathname + location.search);
  toast("bad", says(problem, kit), lost ? { text: kit.log_in_again, href: `/login?back=${back}` } : null);
}
