// Bringing articles in: files by dropping or choosing, or a list of addresses; what was left out is said with its reason.
import { h } from "vue";
import { button, fill, icon, number, send, upload } from "caibian-kit";

const ACCEPTED = ".jsonl,.json,.csv,.html,.htm,.xml,.txt,.md,.pdf,.docx,.zip";
const MOST_FILES = 50;
const MOST_URLS = 100;
const MOST_FILE_BYTES = 32 << 20;
const AT_ONCE_BYTES = 100 << 20; // of one request; the service takes a little more

const lines = (text) => text.split(/\s+/).map((line) => line.trim()).filter(Boolean);

// Files in portions that the service takes in one request.
function portions(files) {
  const found = [[]];
  let size = 0;
  for (const file of files) {
    if (size && size + file.size > AT_ONCE_BYTES) (found.push([]), (size = 0));
    found.at(-1).push(file);
    size += file.size;
  }
  return found;
}

export const importing = {
  listenForFiles() {
    let depth = 0; // entering a child leaves its parent
    const holds = (event) => event.dataTransfer?.types.includes("Files");
    const on = {
      dragenter: (event) => holds(event) && (depth++, (this.over = true)),
      dragleave: (event) => holds(event) && --depth <= 0 && ((depth = 0), (this.over = false)),
      dragover: (event) => holds(event) && event.preventDefault(),
      drop: (event) => {
        if (!holds(event)) return;
        event.preventDefault(); // the browser would open the file in place of the page
        depth = 0;
        this.over = false;
        this.importFiles([...event.dataTransfer.files]);
      },
    };
    for (const [name, listener] of Object.entries(on)) window.addEventListener(name, listener);
    return () => Object.entries(on).forEach(([name, listener]) => window.removeEventListener(name, listener));
  },
  async importFiles(files) {
    if (!files.length || this.sending) return;
    // What cannot go through is not even sent; the rest is.
    const detail = fill(this.words.most_file, { n: MOST_FILE_BYTES >> 20 });
    const large = files.filter((file) => file.size > MOST_FILE_BYTES).map((file) => ({ name: file.name, reason: "too_large", detail }));
    const taken = files.filter((file) => file.size <= MOST_FILE_BYTES);
    const surplus = taken.slice(MOST_FILES).map((file) => ({ name: file.name, reason: "too_many", detail: fill(this.words.most_files, { n: MOST_FILES }) }));
    const left = [...large, ...surplus];
    const go = taken.slice(0, MOST_FILES);
    if (!go.length) return void (this.imported = { added: [], known: 0, dropped: left });
    const all = go.reduce((n, file) => n + file.size, 0);
    let sent = 0;
    await this.bringIn(async (signal) => {
      const whole = { added: [], known: 0, dropped: [] };
      for (const part of portions(go)) {
        const size = part.reduce((n, file) => n + file.size, 0);
        const onProgress = (share) => this.sending && (this.sending.progress = (sent + share * size) / Math.max(1, all));
        const found = await upload("/articles/files", part, { signal, onProgress });
        sent += size;
        whole.added.push(...found.added);
        whole.known += found.known;
        whole.dropped.push(...found.dropped);
        this.imported = whole; // what is in stays in, whatever becomes of the rest
      }
      return whole;
    }, left);
  },
  async importUrls() {
    const urls = lines(this.urls);
    if (!urls.length || urls.length > MOST_URLS || this.sending) return;
    if (await this.bringIn((signal) => send("POST", "/articles/urls", { urls }, { signal }), [])) this.urls = "";
  },
  async bringIn(run, left) {
    const controller = new AbortController();
    this.sending = { progress: 0, controller };
    this.imported = null;
    try {
      const found = await run(controller.signal);
      this.imported = { ...found, dropped: [...found.dropped, ...left] };
      if (found.added.length) await this.search("");
      return true;
    } catch (problem) {
      this.complain(problem);
      return false;
    } finally {
      this.sending = null;
    }
  },
};

export function intake(page) {
  const { words, sending } = page;
  const pick = (event) => {
    page.importFiles([...event.target.files]);
    event.target.value = ""; // the same file may be chosen again
  };
  const urls = lines(page.urls).length;
  return h("section", { class: "intake", "aria-label": words.import }, [
    h("div", { class: "intake-line" }, [
      h("label", { class: "dropzone" }, [
        icon("upload"),
        h("span", [h("b", words.drop), h("span", { class: "soft" }, words.drop_kinds)]),
        h("input", { type: "file", multiple: true, accept: ACCEPTED, class: "unseen", disabled: Boolean(sending), "data-act": "files", onChange: pick }),
      ]),
      button({ text: words.by_address, kind: "button quiet", "aria-expanded": String(page.byAddress), "data-act": "by-address", onClick: () => (page.byAddress = !page.byAddress) }),
    ]),
    page.byAddress
      ? h("form", { class: "panel by-address", onSubmit: (event) => (event.preventDefault(), page.importUrls()) }, [
          h("label", { class: "field" }, [
            h("span", words.addresses),
            h("textarea", { rows: 4, value: page.urls, placeholder: "https://", spellcheck: "false", "data-field": "urls", onInput: (event) => (page.urls = event.target.value) }),
          ]),
          urls > MOST_URLS ? h("p", { class: "field-problem" }, fill(words.most_urls, { n: MOST_URLS })) : null,
          h("div", { class: "buttons" }, [h("button", { type: "submit", class: "button", disabled: Boolean(sending) || !urls || urls > MOST_URLS, "data-act": "urls" }, fill(words.fetch, { n: urls }))]),
        ])
      : null,
    sending ? progress(page) : null,
    page.imported ? outcome(page) : null,
  ]);
}

function progress(page) {
  const { words, sending } = page;
  const done = sending.progress >= 1 || sending.progress === 0;
  return h("div", { class: "panel sending", role: "status" }, [
    h("progress", done ? { max: 1 } : { max: 1, value: sending.progress }),
    h("span", done ? words.reading : fill(words.uploading, { n: Math.round(100 * sending.progress) })),
    button({ text: page.kit.cancel, kind: "link-button", onClick: () => sending.controller.abort() }),
  ]);
}

function outcome(page) {
  const { words, imported } = page;
  const { added, known, dropped } = imported;
  const kind = added.length ? "good" : "warn";
  return h("div", { class: ["notice", "import-outcome", kind], role: "status", "data-outcome": added.length }, [
    h("p", [h("b", fill(words.added, { n: number(added.length) })), known ? ` ${fill(words.known, { n: number(known) })}` : "", dropped.length ? ` ${fill(words.dropped, { n: number(dropped.length) })}` : ""]),
    added.length ? button({ text: words.choose_added, kind: "link-button", "data-act": "choose-added", onClick: () => page.chooseMany(added) }) : null,
    button({ text: page.kit.dismiss, kind: "link-button", onClick: () => (page.imported = null) }),
    dropped.length
      ? h("ul", { class: "dropped" }, dropped.map((one, i) => h("li", { key: i }, [h("b", one.name), ` ${words[`reason_${one.reason}`] ?? one.reason}`, one.detail ? h("span", { class: "soft" }, ` ${one.detail}`) : null])))
      : null,
  ]);
}
