/**
 * The command palette: what can be done, the conversations that are known, and messages that the server finds, by a few
 * letters. A combobox over a list, after the patterns of the ARIA Authoring Practices: the focus stays in the field.
 */
import { call } from "../api.js";
import { clone, find, part } from "../dom.js";
import { score } from "./match.js";
import { KEYS, written } from "./shortcuts.js";

/** @import { Command } from "./commands.js" */
/** @typedef {{ group: string, label: string, keys?: string | undefined, hint?: string, weight: number, act: () => void }} Entry */

/** Milliseconds of silence after which the server is asked. */
const SILENCE = 200;
const CONVERSATIONS = 8;
const MESSAGES = 5;
/** Options that a page of keys passes over. */
const PAGE = 8;
const IN_MESSAGES = "In messages";

/**
 * @param {object} doors
 * @param {ReturnType<typeof import("../sidebar/sidebar.js").createSidebar>} doors.sidebar
 * @param {(href: string) => void} doors.visit
 * @param {() => Command[]} doors.commands what can be done now
 * @param {(command: Command) => void} doors.run
 */
export function createPalette({ sidebar, visit, commands, run }) {
  const dialog = /** @type {HTMLDialogElement} */ (find(document, "#palette"));
  const input = /** @type {HTMLInputElement} */ (part(dialog, "palette-input"));
  const list = part(dialog, "palette-list");
  const status = part(dialog, "palette-status");
  /** @type {Entry[]} */
  let entries = [];
  /** @type {HTMLElement[]} */
  let options = [];
  let active = 0;
  let asked = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let silence;

  /** @param {string} typed @returns {Entry[]} */
  function ofCommands(typed) {
    return commands()
      .filter(({ name }) => name !== "palette")
      .map((command) => ({
        group: command.group,
        label: command.label,
        keys: KEYS[command.name]?.[0],
        weight: typed ? Math.max(score(typed, command.label), score(typed, command.also ?? "") / 2) : 1,
        act: () => run(command),
      }))
      .filter(({ weight }) => weight > 0);
  }

  /** @param {string} typed @returns {Entry[]} */
  function ofConversations(typed) {
    return sidebar
      .all()
      .map(({ id, title = "", last_message_at: at }) => ({
        group: "Conversations",
        label: title,
        weight: typed ? score(typed, title) : Date.parse(at ?? "") / 1e13,
        act: () => visit(`/c/${id}/`),
      }))
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight)
      .slice(0, CONVERSATIONS);
  }

  /** @param {Entry} entry @param {number} index */
  function option({ label, keys, hint = "" }, index) {
    const element = clone("palette-option");
    element.id = `palette-option-${index}`;
    part(element, "label").textContent = label;
    part(element, "hint").append(keys ? written(keys) : hint);
    element.addEventListener("pointermove", () => index !== active && choose(index));
    element.addEventListener("click", () => take(index));
    return element;
  }

  /** @param {Entry[]} next */
  function draw(next) {
    const groups = grouped(next);
    entries = [...groups.values()].flat();
    options = entries.map(option);
    let at = 0;
    const elements = [...groups].map(([name, of], index) => {
      const element = clone("palette-group");
      const heading = part(element, "group-name");
      heading.textContent = name;
      heading.id = `palette-group-${index}`;
      element.setAttribute("aria-labelledby", heading.id);
      element.append(...options.slice(at, at + of.length));
      at += of.length;
      return element;
    });
    list.replaceChildren(...elements);
    list.hidden = !entries.length;
    input.setAttribute("aria-expanded", String(entries.length > 0));
    part(dialog, "palette-none").hidden = entries.length > 0;
    choose(0);
  }

  /** @param {number} index */
  function choose(index) {
    options[active]?.setAttribute("aria-selected", "false");
    active = options.length ? (index + options.length) % options.length : 0;
    const option = options[active];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  }

  /** @param {number} index */
  function take(index) {
    const entry = entries[index];
    if (!entry) return;
    // The focus is back where it was before something is done from there.
    dialog.close();
    entry.act();
  }

  /** @param {string} typed */
  function update(typed) {
    const found = [...ofCommands(typed), ...ofConversations(typed)];
    if (typed) found.sort((a, b) => b.weight - a.weight);
    else found.unshift(...found.splice(found.findIndex(({ group }) => group === "Conversations"), CONVERSATIONS));
    draw(found);
    return found;
  }

  /** @param {string} typed */
  async function ask(typed) {
    const q = encodeURIComponent(typed);
    /** @type {{ results: import("../sidebar/search.js").Result[] } | null} */
    const page = await call("GET", `search/?limit=${MESSAGES}&q=${q}`).catch(() => null);
    if (asked !== typed || !dialog.open) return;
    const messages = (page?.results ?? []).map((result) => ({
      group: IN_MESSAGES,
      label: result.snippet.map(({ text }) => text).join(""),
      hint: result.conversation_title,
      weight: 0,
      act: () => visit(`/c/${result.conversation_id}/${result.message_id ? `?around=${result.message_id}` : ""}`),
    }));
    const chosen = active;
    if (messages.length) draw([...entries, ...messages]);
    choose(chosen);
    status.textContent = `${entries.length} found`;
  }

  function typed() {
    clearTimeout(silence);
    const words = input.value.trim();
    asked = words;
    const found = update(words);
    status.textContent = words ? `${found.length} found` : "";
    if (words.length > 1) silence = setTimeout(() => ask(words), SILENCE);
  }

  input.addEventListener("input", typed);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const to = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: Math.min(active + PAGE, options.length - 1),
      PageUp: Math.max(active - PAGE, 0),
    }[event.key];
    if (to !== undefined) choose(to);
    else if (event.key === "Enter") take(active);
    else return;
    event.preventDefault();
  });
  // The field keeps the focus when an option is pressed; a press beside the dialog closes it.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => clearTimeout(silence));

  return {
    isOpen: () => dialog.open,
    close: () => dialog.close(),
    open() {
      input.value = "";
      dialog.showModal();
      typed();
      input.focus();
    },
  };
}

/** @param {Entry[]} entries @returns {Map<string, Entry[]>} */
function grouped(entries) {
  /** @type {Map<string, Entry[]>} */
  const groups = new Map();
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return groups;
}
