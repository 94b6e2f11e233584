/** On a phone the sidebar is a drawer: while it is open, the rest of the page is out of reach. */
import { part } from "./dom.js";

/**
 * @param {HTMLElement} sidebar
 * @param {HTMLElement} main
 */
export function createDrawer(sidebar, main) {
  const scrim = part(document, "scrim");
  const opener = part(main, "open-drawer");
  const closer = part(sidebar, "close-drawer");

  /** @param {boolean} open */
  function set(open) {
    if (sidebar.hasAttribute("data-open") === open) return;
    sidebar.toggleAttribute("data-open", open);
    scrim.hidden = !open;
    main.inert = open;
    opener.setAttribute("aria-expanded", String(open));
    (open ? closer : opener).focus();
  }

  opener.addEventListener("click", () => set(true));
  closer.addEventListener("click", () => set(false));
  scrim.addEventListener("click", () => set(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open], :popover-open")) set(false);
  });
  matchMedia("(min-width: 52.01rem)").addEventListener("change", (event) => {
    if (event.matches) set(false);
  });

  return { close: () => set(false) };
}
