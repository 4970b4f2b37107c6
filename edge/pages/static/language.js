// One page, two languages: the button turns the page and remembers the choice in this browser.
"use strict";
(() => {
  const root = document.documentElement;
  const button = document.getElementById("language");
  const show = (language) => {
    root.dataset.lang = language;
    root.lang = language;
    button.textContent = language === "ja" ? "English" : "日本語";
    for (const option of document.querySelectorAll("option[data-en]")) option.textContent = option.dataset[language];
    document.dispatchEvent(new CustomEvent("language"));
  };
  let kept = null;
  try { kept = localStorage.getItem("language"); } catch { /* private browsing: the server's choice stands */ }
  show(kept === "ja" || kept === "en" ? kept : root.dataset.lang);
  button.addEventListener("click", () => {
    const next = root.dataset.lang === "ja" ? "en" : "ja";
    try { localStorage.setItem("language", next); } catch { /* not remembered then */ }
    show(next);
  });
})();
