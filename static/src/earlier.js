/** "Earlier messages": puts the older page above, without moving what the reader sees. */
import { part } from "./dom.js";

/**
 * @param {HTMLElement} main
 * @param {() => void} added called once the messages stand on the page
 */
export function loadEarlierOnClick(main, added) {
  const thread = part(main, "thread");
  thread.addEventListener("click", async (event) => {
    const link = /** @type {Element} */ (event.target).closest('[data-part="earlier"]');
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.setAttribute("aria-busy", "true");
    const response = await fetch(link.href, { credentials: "same-origin" }).catch(() => null);
    if (!response?.ok) {
      location.assign(link.href);
      return;
    }
    const older = new DOMParser().parseFromString(await response.text(), "text/html");
    const fromEnd = thread.scrollHeight - thread.scrollTop;
    part(main, "messages").prepend(...part(older, "messages").children);
    const next = older.querySelector('[data-part="earlier"]')?.getAttribute("href");
    if (next) {
      link.setAttribute("href", next);
      link.removeAttribute("aria-busy");
    } else link.parentElement?.remove();
    added();
    thread.scrollTop = thread.scrollHeight - fromEnd;
  });
}
