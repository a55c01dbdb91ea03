"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const FIRST_SHOWN = 6; // answers before "show all": about three screens

  const remember = (key, value) => { try { localStorage.setItem("caibian-" + key, value); } catch { /* a file page may have no storage */ } };
  const recall = (key) => { try { return localStorage.getItem("caibian-" + key); } catch { return null; } };

  // Language. The switch works by CSS alone; this keeps `lang`, labels and the title in step.
  const speak = (language) => {
    document.getElementById("language-" + language).checked = true;
    root.lang = language === "zh" ? "zh-Hans" : "en";
    document.title = root.dataset[language === "zh" ? "titleZh" : "titleEn"];
    for (const node of all("[data-label-zh]")) {
      node.dataset.labelEn ??= node.getAttribute("aria-label");
      node.setAttribute("aria-label", language === "zh" ? node.dataset.labelZh : node.dataset.labelEn);
    }
    recount();
  };
  for (const radio of all("input[name=language]")) {
    radio.addEventListener("change", () => { speak(radio.value); remember("language", radio.value); });
  }

  // Theme: the reader's system decides until the button is pressed.
  const theme = (value) => { root.dataset.theme = value; remember("theme", value); };
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  // Answers: filters, and a first few before all.
  const samples = all(".sample");
  let shownCard = "", showAll = false;
  const only = () => all("[data-only]").filter((box) => box.checked).map((box) => box.dataset.only);
  const filter = () => {
    const wanted = only();
    const fitting = samples.filter((s) => (!shownCard || s.dataset.card === shownCard) && wanted.every((key) => key in s.dataset));
    const visible = new Set(showAll ? fitting : fitting.slice(0, FIRST_SHOWN));
    for (const sample of samples) sample.hidden = !visible.has(sample);
    const none = document.querySelector(".no-match");
    if (none) none.hidden = fitting.length > 0;
    const more = document.querySelector("[data-do=all]");
    if (more) more.hidden = visible.size === fitting.length;
    for (const sample of visible) clip(sample);
    recount();
  };
  const recount = () => {
    const shown = samples.filter((s) => !s.hidden).length;
    for (const node of all("[data-shown]")) node.textContent = shown;
  };
  const clip = (sample) => { // the button stands only where text is cut off
    const text = sample.querySelector(".text"), button = sample.querySelector("[data-do=expand]");
    button.hidden = text.scrollHeight <= text.clientHeight + 2 || !text.classList.contains("clipped");
  };
  for (const chip of all(".filters .chip")) {
    chip.addEventListener("click", () => {
      shownCard = chip.dataset.card;
      for (const other of all(".filters .chip")) other.setAttribute("aria-pressed", String(other === chip));
      filter();
    });
  }
  for (const box of all("[data-only]")) box.addEventListener("change", filter);

  const actions = {
    theme: () => theme(dark() ? "light" : "dark"),
    print: () => print(),
    all: () => { showAll = true; filter(); },
    expand: (button) => { button.previousElementSibling.classList.remove("clipped"); button.hidden = true; },
    copy: async (button) => {
      const pre = button.parentElement.querySelector("pre");
      try { await navigator.clipboard.writeText(pre.textContent); } catch { getSelection().selectAllChildren(pre); return; }
      const [idle, done] = [button.querySelector(".idle"), button.querySelector(".done")];
      idle.hidden = true; done.hidden = false;
      setTimeout(() => { idle.hidden = false; done.hidden = true; }, 1600);
    },
  };
  for (const button of all("[data-do]")) button.addEventListener("click", () => actions[button.dataset.do](button));

  // Read-out of the loss chart.
  const clock = (s) => s === null || s === undefined ? "–" : s < 60 ? s.toFixed(0) + " s" : Math.floor(s / 60) + ":" + String(Math.floor(s % 60)).padStart(2, "0");
  const write = [null, String, (n) => n === null ? "–" : n.toLocaleString("en"), clock, (v) => v.toFixed(3), (v) => v === null || v === undefined ? "–" : v.toFixed(3)];
  for (const chart of all("[data-points]")) {
    const points = JSON.parse(chart.dataset.points), plot = chart.querySelector(".plot");
    const hair = chart.querySelector(".hair"), tip = chart.querySelector(".tip");
    const hide = () => { hair.hidden = tip.hidden = true; };
    plot.addEventListener("pointerleave", hide);
    plot.addEventListener("pointermove", (event) => {
      const box = plot.getBoundingClientRect(), x = 100 * (event.clientX - box.left) / box.width;
      const point = points.reduce((a, b) => Math.abs(b[0] - x) < Math.abs(a[0] - x) ? b : a);
      hair.style.left = point[0] + "%";
      tip.style.left = point[0] + "%";
      tip.classList.toggle("west", point[0] > 55);
      for (const slot of all("[data-slot]", tip)) slot.textContent = write[slot.dataset.slot](point[slot.dataset.slot]);
      hair.hidden = tip.hidden = false;
    });
    if (!points.length) hide();
  }

  // On paper everything is open but raw JSON.
  let closed = [], hidden = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open], .raw)"); hidden = samples.filter((s) => s.hidden && !shownCard && !only().length);
    for (const d of closed) d.open = true;
    for (const s of hidden) s.hidden = false;
  });
  addEventListener("afterprint", () => {
    for (const d of closed) d.open = false;
    for (const s of hidden) s.hidden = true;
  });

  const asked = new URLSearchParams(location.search);
  if (["light", "dark"].includes(asked.get("theme") ?? recall("theme"))) root.dataset.theme = asked.get("theme") ?? recall("theme");
  const wanted = asked.get("lang") ?? recall("language") ?? ((navigator.language || "").startsWith("zh") ? "zh" : "en");
  speak(wanted === "zh" ? "zh" : "en");
  filter();
})();
