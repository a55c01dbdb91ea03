// Small comforts on every page; without this script the forms work all the same.
(() => {
  // Colours change at once, and the choice is kept on the way.
  document.addEventListener("submit", (event) => {
    const theme = event.target.dataset?.theme;
    if (!theme) return;
    event.preventDefault();
    document.documentElement.dataset.theme = theme;
    if (typeof setDark === "function") setDark(theme === "dark"); // NiceGUI's own elements follow
    fetch(event.target.action, { method: "POST", body: new URLSearchParams({ theme }), keepalive: true }).catch(() => {});
    document.querySelector(`[data-theme="${theme === "dark" ? "light" : "dark"}"] button`)?.focus();
  });

  // The password can be looked at while it is typed.
  document.addEventListener("change", (event) => {
    const shown = event.target.dataset?.shows;
    if (shown) document.getElementById(shown).type = event.target.checked ? "text" : "password";
  });

  // The menu of a narrow screen closes when something else is meant.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // A page out of the browser's history is of the past: other windows may have gone on since.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
})();
