/** The list of conversations: grouped by day, the newest first, renamed and deleted from a menu. */
import { call } from "./api.js";
import { clone, find, part } from "./dom.js";

/** @import { Conversation } from "./types.js" */

const UNTITLED = "New conversation";
const DAY = 86_400_000;

/**
 * @param {number} time milliseconds since 1970
 * @returns {string} the heading under which a conversation of that time stands
 */
function groupOf(time) {
  const today = new Date().setHours(0, 0, 0, 0);
  if (time >= today) return "Today";
  if (time >= today - DAY) return "Yesterday";
  if (time >= today - 7 * DAY) return "Last seven days";
  if (time >= today - 30 * DAY) return "Last thirty days";
  return "Older";
}

/**
 * @param {HTMLElement} sidebar
 * @param {object} doors
 * @param {(message: string) => void} doors.failed
 * @param {(conversation: Conversation) => void} doors.renamed
 * @param {(id: string) => void} doors.deleted
 */
export function createSidebar(sidebar, { failed, renamed, deleted }) {
  const list = part(sidebar, "conversations");
  const empty = part(sidebar, "conversations-empty");
  const menu = find(document, "#conversation-menu");
  const renameDialog = /** @type {HTMLDialogElement} */ (find(document, "#rename-dialog"));
  const deleteDialog = /** @type {HTMLDialogElement} */ (find(document, "#delete-dialog"));
  const titleInput = /** @type {HTMLInputElement} */ (find(renameDialog, "input"));
  /** @type {Map<string, { element: HTMLElement, title: string, time: number }>} */
  const items = new Map();
  /** The conversation whose menu is open. */
  let chosen = "";

  for (const element of /** @type {Iterable<HTMLElement>} */ (list.querySelectorAll("[data-conversation-id]"))) {
    const time = Date.parse(element.dataset.lastMessageAt ?? "") || 0;
    const title = link(element).textContent ?? "";
    items.set(element.dataset.conversationId ?? "", { element, title, time });
  }
  draw();

  /** @param {HTMLElement} element */
  function link(element) {
    return /** @type {HTMLAnchorElement} */ (find(element, "a"));
  }

  /** Moves only what is not in its place: a row that is taken out under the pointer loses its click. */
  function draw() {
    const focused = /** @type {HTMLElement | null} */ (list.contains(document.activeElement) ? document.activeElement : null);
    let place = list.firstElementChild;
    /** @param {Element} row */
    const next = (row) => {
      if (row === place) place = place.nextElementSibling;
      else list.insertBefore(row, place);
    };
    let group = "";
    for (const { element, title, time } of [...items.values()].sort((a, b) => b.time - a.time)) {
      if (groupOf(time) !== group) {
        group = groupOf(time);
        next(place?.matches(".conversation-group") && place.textContent === group ? place : heading(group));
      }
      if (link(element).textContent !== title) {
        link(element).textContent = title;
        link(element).title = title;
      }
      next(element);
    }
    while (place) {
      const after = place.nextElementSibling;
      place.remove();
      place = after;
    }
    if (focused !== document.activeElement) focused?.focus();
    empty.hidden = items.size > 0;
  }

  /** @param {string} group */
  function heading(group) {
    const element = document.createElement("li");
    element.className = "conversation-group";
    element.textContent = group;
    return element;
  }

  /** @param {Conversation} conversation a new one, or what has changed of a known one */
  function upsert(conversation) {
    if (conversation.archived) {
      remove(conversation.id);
      return;
    }
    const known = items.get(conversation.id);
    const element = known?.element ?? clone("conversation");
    const time = conversation.last_message_at ? Date.parse(conversation.last_message_at) : known?.time ?? Date.now();
    element.dataset.conversationId = conversation.id;
    link(element).setAttribute("href", `/c/${conversation.id}/`);
    items.set(conversation.id, { element, title: conversation.title || known?.title || UNTITLED, time });
    draw();
  }

  /** @param {string} id */
  function remove(id) {
    items.delete(id);
    draw();
  }

  list.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest('[data-action="conversation-menu"]');
    if (!button) return;
    chosen = button.closest("li")?.dataset.conversationId ?? "";
    menu.showPopover();
    const anchor = button.getBoundingClientRect();
    const top = Math.min(anchor.bottom + 4, innerHeight - menu.offsetHeight - 8);
    menu.style.top = `${top}px`;
    menu.style.left = `${Math.min(anchor.left, innerWidth - menu.offsetWidth - 8)}px`;
    find(menu, "button").focus();
  });

  menu.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const other = /** @type {HTMLElement | undefined} */ (
      [...menu.querySelectorAll("button")].find((button) => button !== document.activeElement)
    );
    other?.focus();
  });

  find(menu, '[data-action="rename"]').addEventListener("click", () => {
    menu.hidePopover();
    titleInput.value = items.get(chosen)?.title ?? "";
    renameDialog.returnValue = "";
    renameDialog.showModal();
    titleInput.select();
  });

  find(menu, '[data-action="delete"]').addEventListener("click", () => {
    menu.hidePopover();
    part(deleteDialog, "delete-name").textContent = items.get(chosen)?.title ?? "";
    deleteDialog.returnValue = "";
    deleteDialog.showModal();
  });

  titleInput.addEventListener("keydown", (event) => {
    // The first button of the dialog is "Cancel", and Enter would press it.
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    find(renameDialog, '[value="confirm"]').click();
  });

  renameDialog.addEventListener("close", async () => {
    const title = titleInput.value.trim();
    if (renameDialog.returnValue !== "confirm" || !title) return;
    const before = items.get(chosen)?.title ?? "";
    const id = chosen;
    upsert({ id, title });
    renamed({ id, title });
    try {
      await call("PATCH", `conversations/${id}/`, { title });
    } catch {
      upsert({ id, title: before });
      renamed({ id, title: before });
      failed("The conversation could not be renamed.");
    }
  });

  deleteDialog.addEventListener("close", async () => {
    if (deleteDialog.returnValue !== "confirm") return;
    const id = chosen;
    try {
      await call("DELETE", `conversations/${id}/`);
      remove(id);
      deleted(id);
    } catch {
      failed("The conversation could not be deleted.");
    }
  });

  return {
    upsert,
    remove,
    /** @param {string} id @returns {string} what the list calls it */
    title: (id) => items.get(id)?.title ?? "",
    /** @param {number} count @returns {string[]} the conversations that stand first */
    newest: (count) => [...items].sort(([, a], [, b]) => b.time - a.time).slice(0, count).map(([id]) => id),
    /** @param {string} id the conversation on the page */
    setCurrent(id) {
      for (const [key, { element }] of items) {
        if (key === id) link(element).setAttribute("aria-current", "page");
        else link(element).removeAttribute("aria-current");
      }
    },
  };
}
