// Accounts and keys: who may use the service, and by what. Secrets are shown once.
import { h } from "vue";
import { button, day, dialog, fill, moment } from "caibian-kit";
import { form, limitFields, problemOf } from "./rights.js";

const ROLES = ["reporter", "editor", "chief_editor", "expert", "organiser", "operator", "admin"];

export function accountsPart(page) {
  const { words, roles, accounts } = page;
  const columns = ["name", "role", "state", "made"];
  return h("div", { class: "ops-part" }, [
    h("div", { class: "part-head" }, [h("p", { class: "soft" }, words.accounts_lead), button({ text: words.account_new, mark: "plus", kind: "button small", "data-act": "new-account", onClick: page.askAccount })]),
    page.problems.accounts ? h("p", { class: "notice warn" }, page.problems.accounts) : null,
    h("div", { class: "scroller" }, [
      h("table", { class: "table log" }, [
        h("thead", [h("tr", [...columns.map((name) => h("th", { key: name, scope: "col" }, words[`column_${name}`])), h("th", { scope: "col" })])]),
        h("tbody", accounts.map((one) =>
          h("tr", { key: one.name, "data-account": one.name, class: { off: one.disabled } }, [
            h("th", { scope: "row" }, [one.display || one.name, h("small", one.name)]),
            h("td", { "data-label": words.column_role }, [
              h("select", {
                class: "select small", value: one.role, "aria-label": `${words.change_role}: ${one.name}`, disabled: page.busy, "data-field": "role",
                onChange: (event) => (page.askRole(one, event.target.value), (event.target.value = one.role)),
              }, ROLES.map((role) => h("option", { key: role, value: role }, roles[role]))),
            ]),
            h("td", { "data-label": words.column_state }, [h("span", { class: ["tag", one.disabled ? "bad" : "good"] }, one.disabled ? words.disabled : words.valid)]),
            h("td", { class: "soft", "data-label": words.column_made }, day(one.created_at)),
            h("td", { class: "row-acts" }, [
              button({ text: words.password_new, kind: "link-button", "data-act": "password", onClick: () => page.askPassword(one) }),
              one.disabled
                ? button({ text: words.enable, kind: "link-button", "data-act": "enable", onClick: () => page.changeAccount(one, { disabled: false }) })
                : button({ text: words.disable, kind: "link-button", "data-act": "disable", onClick: () => page.askDisable(one) }),
            ]),
          ]),
        )),
      ]),
    ]),
  ]);
}

export function accountDialog(page) {
  const { words, roles, asking } = page;
  const { draft } = asking;
  const typed = (name, label, most, more = {}) =>
    h("label", { class: "field" }, [h("span", label), h("input", { value: draft[name], maxlength: most, "data-field": name, onInput: (event) => (draft[name] = event.target.value), ...more })]);
  const choice = (name, label, options) =>
    h("label", { class: "field" }, [h("span", label), h("select", { value: draft[name], "data-field": name, onChange: (event) => (draft[name] = event.target.value) }, options.map(([id, text]) => h("option", { key: id, value: id }, text)))]);
  return form(page, words.account_new, page.createAccount, [
    typed("name", words.account_name, 64, { autofocus: true, autocapitalize: "none", spellcheck: "false", autocomplete: "off" }),
    typed("display", words.account_display, 200, { autocomplete: "off" }),
    choice("role", words.account_role, ROLES.map((role) => [role, roles[role]])),
    choice("language", words.account_language, [["zh", words.language_zh], ["en", words.language_en]]),
    problemOf(asking.problem),
  ], words.create);
}

// A question about somebody, answered with yes or no.
export function confirmDialog(page) {
  const { asking } = page;
  return form(page, asking.title, asking.run, [h("p", asking.text), problemOf(asking.problem)], asking.yes, asking.danger);
}

export function keysPart(page) {
  const { words, keys } = page;
  const columns = ["name", "account", "prefix", "features", "last_used", "expires", "state"];
  return h("div", { class: "ops-part" }, [
    h("div", { class: "part-head" }, [h("p", { class: "soft" }, words.keys_lead), button({ text: words.key_new, mark: "plus", kind: "button small", "data-act": "new-key", onClick: page.askKey })]),
    page.problems.keys ? h("p", { class: "notice warn" }, page.problems.keys) : null,
    !keys.length ? h("p", { class: "empty" }, words.none) : h("div", { class: "scroller" }, [
      h("table", { class: "table log" }, [
        h("thead", [h("tr", [...columns.map((name) => h("th", { key: name, scope: "col" }, words[`column_${name}`])), h("th", { scope: "col" })])]),
        h("tbody", keys.map((one) => {
          const state = one.revoked ? "revoked" : one.expires_at && new Date(one.expires_at) < new Date() ? "expired" : "valid";
          return h("tr", { key: one.id, "data-key": one.id, class: { off: state !== "valid" } }, [
            h("th", { scope: "row" }, [one.name, h("small", one.id)]),
            h("td", { "data-label": words.column_account }, one.account),
            h("td", { "data-label": words.column_prefix }, [h("code", `${one.prefix}…`)]),
            h("td", { "data-label": words.column_features }, one.features ? one.features.map(page.feature).join(words.comma) : words.all_features),
            h("td", { class: "soft", "data-label": words.column_last_used }, one.last_used ? moment(one.last_used) : words.never),
            h("td", { class: "soft", "data-label": words.column_expires }, one.expires_at ? day(one.expires_at) : words.no_expiry),
            h("td", { "data-label": words.column_state }, [h("span", { class: ["tag", state === "valid" ? "good" : "bad"] }, words[state])]),
            h("td", { class: "row-acts" }, state === "revoked" ? null : [button({ text: words.revoke, kind: "link-button", "data-act": "revoke", onClick: () => page.askRevoke(one) })]),
          ]);
        })),
      ]),
    ]),
  ]);
}

export function keyDialog(page) {
  const { words, asking } = page;
  const { draft } = asking;
  const typed = (name, label, more = {}) =>
    h("label", { class: "field" }, [h("span", label), h("input", { value: draft[name], "data-field": name, onInput: (event) => (draft[name] = event.target.value), ...more })]);
  const radio = (value, label) =>
    h("label", { class: "choice" }, [h("input", { type: "radio", name: "key-features", checked: draft.some === value, onChange: () => (draft.some = value) }), h("span", label)]);
  const box = ({ name }) =>
    h("label", { key: name, class: "choice" }, [
      h("input", { type: "checkbox", checked: draft.features.includes(name), "data-key-feature": name, onChange: (event) => (draft.features = event.target.checked ? [...draft.features, name] : draft.features.filter((one) => one !== name)) }),
      h("span", page.feature(name)),
    ]);
  return form(page, words.key_new, page.createKey, [
    h("label", { class: "field" }, [
      h("span", words.key_account),
      h("select", { value: draft.account, "data-field": "key-account", onChange: (event) => (draft.account = event.target.value) }, page.accounts.filter((one) => !one.disabled).map((one) => h("option", { key: one.name, value: one.name }, one.display ? `${one.name} · ${one.display}` : one.name))),
    ]),
    typed("name", words.key_name, { maxlength: 100, autofocus: true }),
    h("fieldset", { class: "choices" }, [h("legend", words.key_features), radio(false, words.key_all), radio(true, words.key_chosen), draft.some ? h("div", { class: "feature-boxes" }, page.features.map(box)) : null]),
    typed("expires", words.key_expires, { type: "date" }),
    h("fieldset", { class: "choices" }, [h("legend", words.key_limits), limitFields(page, draft)]),
    problemOf(asking.problem),
  ], words.create);
}

// A secret that is shown this once: closing asks for an answer, a stray click on the backdrop does not close.
export function secretDialog(page) {
  const { words, secret } = page;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret.text);
      secret.says = words.copied;
    } catch {
      page.$el.querySelector("[data-field=secret]")?.select();
      secret.says = words.copy_by_hand;
    }
  };
  return dialog({ name: "secret", title: secret.title, kit: page.kit, close: () => {} }, [
    h("p", { class: "notice warn" }, words.shown_once),
    h("div", { class: "secret" }, [
      h("input", { readonly: true, value: secret.text, "aria-label": secret.title, "data-field": "secret", onFocus: (event) => event.target.select() }),
      button({ text: words.copy, mark: "copy", kind: "button quiet", onClick: copy }),
    ]),
    h("p", { class: "soft", role: "status" }, secret.says),
    h("div", { class: "buttons" }, [button({ text: words.close, "data-act": "noted", onClick: page.forgetSecret })]),
  ]);
}
