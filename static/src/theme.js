/**
 * How the reader wants the page: its theme, which is light, dark, or the system's ("auto"), and the sidebar hidden or not.
 * Classic script in the head, so that both are on <html> before the first paint. Django admin keeps its theme under the
 * same key, so both follow each other.
 */
const KEY = "theme";
const SIDEBAR = "sidebar";

/** @returns {string} the stored choice; "auto" when none can be read */
function stored() {
  try {
    return localStorage.getItem(KEY) ?? "auto";
  } catch {
    return "auto"; // Storage is off: the system's theme it is.
  }
}

/** @param {string} choice */
function apply(choice) {
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
  else delete document.documentElement.dataset.theme;
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.getAttribute("data-theme-choice") === choice));
  }
}

apply(stored());
try {
  if (localStorage.getItem(SIDEBAR) === "hidden") document.documentElement.dataset.sidebar = "hidden";
} catch {
  // It is shown.
}
document.addEventListener("DOMContentLoaded", () => apply(stored()));
addEventListener("storage", (event) => {
  if (event.key === KEY) apply(stored());
});
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-theme-choice]") : null;
  const choice = button?.getAttribute("data-theme-choice");
  if (!choice) return;
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // The choice then lasts as long as the page.
  }
  apply(choice);
});
