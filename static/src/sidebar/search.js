/** The search over titles and messages: results take the place of the list while something is looked for. */
import { ApiError, call } from "../api.js";
import { part } from "../dom.js";
import { failureText } from "../errors.js";
import { UNTITLED } from "../title.js";

/**
 * @typedef {object} Result
 * @property {string} conversation_id
 * @property {string} conversation_title
 * @property {string | null} message_id
 * @property {{ text: string, match: boolean }[]} snippet
 */

/** Milliseconds of silence after which is looked. */
const SILENCE = 200;
const TITLES = 5;

/** @param {HTMLElement} sidebar */
export function createSearch(sidebar) {
  const form = part(sidebar, "search");
  const input = /** @type {HTMLInputElement} */ (part(form, "search-input"));
  const results = part(sidebar, "results");
  const status = part(sidebar, "search-status");
  const list = part(sidebar, "browse");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let silence;
  let asked = "";

  const links = () => /** @type {HTMLAnchorElement[]} */ ([...results.querySelectorAll("a")]);

  /** @param {Result} result */
  function row({ conversation_id: id, conversation_title: title, message_id: message, snippet }) {
    const element = document.createElement("li");
    const link = document.createElement("a");
    link.className = "result";
    link.href = `/c/${id}/${message ? `?around=${message}` : ""}`;
    link.dataset.testid = "result";
    const name = document.createElement("b");
    name.textContent = title || UNTITLED;
    const text = document.createElement("span");
    for (const piece of snippet) {
      const node = document.createElement(piece.match ? "mark" : "span");
      node.textContent = piece.text;
      text.append(node);
    }
    // A title that was found is its own snippet.
    link.append(...(message ? [name, text] : [text]));
    element.append(link);
    return element;
  }

  /** @param {string} query */
  async function look(query) {
    asked = query;
    try {
      const q = encodeURIComponent(query);
      const [titles, messages] = await Promise.all([
        call("GET", `search/?in=titles&limit=${TITLES}&q=${q}`),
        call("GET", `search/?q=${q}`),
      ]);
      if (asked !== query) return;
      /** @type {Result[]} */
      const found = [...titles.results, ...messages.results];
      results.replaceChildren(...found.map(row));
      status.textContent = found.length ? `${found.length}${messages.next ? " or more" : ""} found` : "Nothing was found.";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (asked !== query) return;
      results.replaceChildren();
      status.textContent = error.status ? failureText(error, "This cannot be looked for.") : "There is no connection to search with.";
    }
  }

  function changed() {
    clearTimeout(silence);
    const query = input.value.trim();
    list.hidden = Boolean(query);
    results.hidden = status.hidden = !query;
    if (query) silence = setTimeout(() => look(query), SILENCE);
    else asked = "";
  }

  function close() {
    input.value = "";
    changed();
  }

  input.addEventListener("input", changed);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    links()[0]?.click();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      links()[0]?.focus();
    } else if (event.key === "Escape" && input.value) {
      event.stopPropagation();
      close();
    }
  });
  results.addEventListener("keydown", (event) => {
    const all = links();
    const at = all.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
      input.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const to = at + (event.key === "ArrowDown" ? 1 : -1);
      if (to < 0) input.focus();
      else all[to]?.focus();
    }
  });

  return { focus: () => input.focus() };
}
