/** How much of the limit of this minute is used, at the foot of the sidebar. */
import { call } from "./api.js";
import { part } from "./dom.js";

/** Milliseconds within which several messages are counted at once. */
const SOON = 500;

/** @param {HTMLElement} sidebar */
export function createUsage(sidebar) {
  const foot = /** @type {HTMLElement | null} */ (sidebar.querySelector('[data-part="usage"]'));
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let soon;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let later;

  async function draw() {
    soon = undefined;
    if (!foot) return;
    const { messages } = await call("GET", "usage/");
    clearTimeout(later);
    if (messages.used) later = setTimeout(look, messages.reset_after * 1000);
    const meter = /** @type {HTMLMeterElement} */ (part(foot, "usage-meter"));
    meter.max = messages.limit;
    meter.value = messages.used;
    const [used, limit] = [messages.used, messages.limit].map((count) => count.toLocaleString(document.documentElement.lang));
    part(foot, "usage-text").textContent = `${used} of ${limit} messages this minute`;
  }
  const look = () => draw().catch(() => {}); // What was counted last stays.

  return {
    /** A message was sent: it is counted, and forgotten when its minute is over. */
    sent() {
      soon ??= setTimeout(look, SOON);
    },
  };
}
