/** Which theme the page shows: the reader's choice, or the system's. */

const system = matchMedia("(prefers-color-scheme: dark)");
let dark = isDark();

/** @returns {boolean} */
export function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : system.matches;
}

/** @param {() => void} changed called whenever the page turns dark or light */
export function onThemeChange(changed) {
  const look = () => {
    if (dark === isDark()) return;
    dark = isDark();
    changed();
  };
  system.addEventListener("change", look);
  new MutationObserver(look).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}
