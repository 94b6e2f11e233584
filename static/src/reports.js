/**
 * Tells the server what fails on this page: errors nobody caught, styles and scripts that did not load, messages that could
 * not be shown. Once each, a few a minute, without anything that people or models wrote, and never of a report itself.
 */
import { ApiError, call } from "./api.js";

/** @typedef {"error" | "promise" | "render" | "worker" | "other"} Kind */
/** @typedef {{ file?: string, line?: number, column?: number }} Place */

/** Reports in a minute. */
const MOST = 5;
const MINUTE = 60_000;
/** Characters of a message and of a stack. */
const LONGEST_MESSAGE = 200;
const LONGEST_STACK = 2_000;
/** Errors whose words are the browser's; what the words of others quote may be anybody's. */
const OF_THE_BROWSER = new Set(["TypeError", "RangeError", "ReferenceError", "SecurityError", "QuotaExceededError"]);
/** What is quoted, but for names of properties, which are ours. */
const QUOTED = /((?:reading|setting) '[\w$]{1,40}')|"[^"]*"|'[^']*'|`[^`]*`|“[^”]*”/g;
/** A line of a stack: it ends with where it was. */
const FRAME = /:\d+(?::\d+)?\)?$/;
/** Of a script that a newer build has taken away, in the words of each browser. */
const NO_MODULE = /dynamically imported module|Importing a module script failed/i;

/** When reports were sent, in milliseconds. @type {number[]} */
let sent = [];
/** What was reported already. */
const known = new Set();

/**
 * @param {unknown} error
 * @returns {string} what happened, without what was written
 */
function describe(error) {
  if (error instanceof ApiError) return `ApiError ${error.status} ${error.code}`;
  if (!(error instanceof Error)) return `A ${typeof error} was thrown`;
  const [line = ""] = error.message.split("\n");
  const bare = line.replace(QUOTED, (_, property) => property ?? "…");
  // What stands behind a colon is what it is about.
  const words = OF_THE_BROWSER.has(error.name) ? bare : bare.split(":")[0];
  return `${error.name}: ${words}`.slice(0, LONGEST_MESSAGE);
}

/** @param {unknown} error @returns {string} where it happened: the frames alone, for the first lines repeat the message */
function stackOf(error) {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const head = error instanceof Error ? `${error.name}: ${error.message}` : "";
  const frames = (stack.startsWith(head) ? stack.slice(head.length) : stack).split("\n").filter((line) => FRAME.test(line));
  return frames.join("\n").slice(0, LONGEST_STACK);
}

/** @returns {string} which build this page is of */
function release() {
  const script = document.querySelector('script[type="module"]')?.getAttribute("src") ?? "";
  return /\.([0-9a-f]{8,})\.js$/.exec(script)?.[1] ?? "";
}

/**
 * @param {Kind} kind
 * @param {string} message
 * @param {string} stack
 * @param {Place} [place]
 */
function send(kind, message, stack, { file = "", line, column } = {}) {
  const now = Date.now();
  const key = `${kind} ${message} ${stack.split("\n")[0]}`;
  sent = sent.filter((at) => now - at < MINUTE);
  if (known.has(key) || sent.length >= MOST || !navigator.onLine) return;
  known.add(key);
  sent.push(now);
  const where = { url: file || location.origin + location.pathname, ...(line ? { line } : {}), ...(column ? { column } : {}) };
  call("POST", "client-errors/", { kind, message, stack, release: release(), ...where }, { keepalive: true }).catch(() => {});
}

/**
 * @param {Kind} kind
 * @param {unknown} error
 * @param {Place} [place]
 */
export function report(kind, error, place) {
  send(kind, describe(error), stackOf(error), place);
}

/** @param {EventTarget | null} target @returns {string} the address of the style or script that it should have brought */
function addressOf(target) {
  if (target instanceof HTMLLinkElement && target.rel === "stylesheet") return target.href;
  return target instanceof HTMLScriptElement ? target.src : "";
}

/**
 * Begins to watch.
 * @param {() => void} outdated a script that this page asked for is no longer there
 */
export function watchForErrors(outdated) {
  addEventListener(
    "error",
    (event) => {
      const file = event.target === window ? "" : addressOf(event.target);
      if (file) send("other", "A file did not load", "", { file });
      else if (event instanceof ErrorEvent) {
        report("error", event.error, { file: event.filename, line: event.lineno, column: event.colno });
      }
    },
    true, // Files that did not load say so to nobody but themselves.
  );
  addEventListener("unhandledrejection", (event) => {
    if (event.reason instanceof Error && NO_MODULE.test(event.reason.message)) {
      event.preventDefault();
      outdated();
    } else report("promise", event.reason);
  });
  document.addEventListener("chatbot:render-error", (event) => report("render", /** @type {CustomEvent} */ (event).detail?.error));
  for (const link of /** @type {Iterable<HTMLLinkElement>} */ (document.querySelectorAll('link[rel="stylesheet"]'))) {
    if (!link.sheet && !link.disabled) send("other", "A file did not load", "", { file: link.href });
  }
}
