/**
 * On a phone the sidebar is a drawer: while it is open, the rest of the page is out of reach. Where there is room it stands
 * beside the chat, unless the reader has hidden it; theme.js hides it again before the next page is seen.
 */
import { part } from "./dom.js";

const SETTING = "sidebar";
const ROOM = matchMedia("(min-width: 52.01rem)");

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

  /** @param {boolean} hidden where there is room for it */
  function hide(hidden) {
    const root = document.documentElement;
    const hadFocus = sidebar.contains(document.activeElement);
    if (hidden) root.dataset.sidebar = "hidden";
    else delete root.dataset.sidebar;
    if (hidden && hadFocus) opener.focus();
    else if (!hidden && document.activeElement === document.body) sidebar.querySelector("a")?.focus();
    try {
      if (hidden) localStorage.setItem(SETTING, "hidden");
      else localStorage.removeItem(SETTING);
    } catch {
      // The choice then lasts as long as the page.
    }
  }

  const isHidden = () => document.documentElement.dataset.sidebar === "hidden";
  const show = () => (ROOM.matches ? isHidden() && hide(false) : set(true));

  opener.addEventListener("click", show);
  closer.addEventListener("click", () => set(false));
  scrim.addEventListener("click", () => set(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open], :popover-open")) set(false);
  });
  ROOM.addEventListener("change", (event) => {
    if (event.matches) set(false);
  });

  return {
    close: () => set(false),
    show,
    toggle: () => (ROOM.matches ? hide(!isHidden()) : set(!sidebar.hasAttribute("data-open"))),
  };
}
