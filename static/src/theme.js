/**
 * The reader's theme: light, dark, or the system's ("auto"). Classic script in the head, so that the choice is on <html>
 * before the first paint. Django admin keeps its choice under the same key, so both follow each other.
 */
const KEY = "theme";

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
