/** The menu of a conversation, and the dialogs that it opens. */
import { find } from "../dom.js";

/**
 * @param {HTMLElement} list in which rows have a button for it
 * @param {Record<string, (id: string) => void>} choices what each item of the menu does
 * @param {(id: string) => Record<string, boolean>} marks which items have another wording for this conversation
 */
export function createMenu(list, choices, marks) {
  const menu = find(document, "#conversation-menu");
  /** The conversation whose menu is open, and the button that opened it. */
  let chosen = "";
  /** @type {HTMLElement | null} */
  let opener = null;

  const entries = () => /** @type {HTMLElement[]} */ ([...menu.querySelectorAll('[role="menuitem"]')]);

  list.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest('[data-action="conversation-menu"]');
    if (!(button instanceof HTMLElement)) return;
    opener = button;
    chosen = button.closest("li")?.dataset.conversationId ?? "";
    for (const [name, marked] of Object.entries(marks(chosen))) {
      find(menu, `[data-action="${name}"]`).toggleAttribute("data-marked", marked);
    }
    menu.showPopover();
    const anchor = button.getBoundingClientRect();
    const top = Math.min(anchor.bottom + 4, innerHeight - menu.offsetHeight - 8);
    menu.style.top = `${Math.max(8, top)}px`;
    menu.style.left = `${Math.min(anchor.left, innerWidth - menu.offsetWidth - 8)}px`;
    entries()[0]?.focus();
  });

  menu.addEventListener("keydown", (event) => {
    const all = entries();
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all.at(to % all.length)?.focus();
  });

  menu.addEventListener("click", (event) => {
    const entry = /** @type {Element} */ (event.target).closest("[data-action]");
    if (!(entry instanceof HTMLElement)) return;
    menu.hidePopover();
    opener?.focus();
    choices[entry.dataset.action ?? ""]?.(chosen);
  });
}

/**
 * A dialog with one field, confirmed by Enter.
 * @param {string} id
 * @returns {(value: string) => Promise<string | null>} asks, starting with this value; null: given up
 */
export function createQuestion(id) {
  const dialog = /** @type {HTMLDialogElement} */ (find(document, `#${id}`));
  const input = /** @type {HTMLInputElement} */ (find(dialog, "input"));

  input.addEventListener("keydown", (event) => {
    // The first button of the dialog is "Cancel", and Enter would press it.
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    find(dialog, '[value="confirm"]').click();
  });

  return (value) =>
    new Promise((resolve) => {
      input.value = value;
      dialog.returnValue = "";
      dialog.addEventListener(
        "close",
        () => resolve(dialog.returnValue === "confirm" ? input.value.trim() : null),
        { once: true },
      );
      dialog.showModal();
      input.select();
    });
}
