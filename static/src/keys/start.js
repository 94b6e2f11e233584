/** Has the keyboard ready: shortcuts, their help and the command palette are loaded when nothing else is to do, or asked for. */
import { clone } from "../dom.js";

/** @import { Parts } from "./commands.js" */
/** @typedef {ReturnType<typeof import("./keys.js").createKeys>} Keys */

/** Asked for before it is there, these must not reach the browser, which has other plans for them. */
const OURS = new Set(["k", "/"]);

/** @param {Parts} parts */
export function startKeys(parts) {
  /** @type {Promise<Keys> | undefined} */
  let loading;

  /** @returns {Promise<unknown>} when the styles are there, or will not come */
  function styles() {
    const link = /** @type {HTMLLinkElement} */ (clone("styles-keys"));
    const there = new Promise((resolve) => (link.onload = link.onerror = resolve));
    document.head.append(link);
    return there;
  }

  function load() {
    loading ??= Promise.all([import("./keys.js"), styles()]).then(([{ createKeys }]) => createKeys(parts));
    // Without a network it is asked for again.
    loading.catch(() => (loading = undefined));
    return loading;
  }

  document.addEventListener("keydown", (event) => {
    const asked = event.key === "?" || ((event.ctrlKey || event.metaKey) && OURS.has(event.key.toLowerCase()));
    if (event.defaultPrevented || (!loading && !asked)) return;
    if (asked && event.key !== "?") event.preventDefault();
    if (asked || loading) loaded(event);
  });

  /** @type {Keys | undefined} */
  let keys;
  /** @param {KeyboardEvent} event */
  function loaded(event) {
    if (keys) keys.press(event);
    else load().then((ready) => ready.press(event));
  }

  (globalThis.requestIdleCallback ?? setTimeout)(() => load().then((ready) => (keys = ready)));
}
