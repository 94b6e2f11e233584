/** The conversations in the sidebar as they stand: pinned ones first, then those in folders, then by day, newest first. */
import { clone, find } from "../dom.js";
import { UNTITLED } from "../title.js";

/** @import { Conversation } from "../types.js" */

const DAY = 86_400_000;

/** @typedef {{ element: HTMLElement, title: string, time: number, pinned: boolean, folder: string }} Item */

/**
 * @param {Item} item
 * @returns {[number, string]} the order of the group in which it stands, and its heading
 */
function groupOf({ time, pinned, folder }) {
  if (pinned) return [0, "Pinned"];
  if (folder) return [1, folder];
  const today = new Date().setHours(0, 0, 0, 0);
  if (time >= today) return [2, "Today"];
  if (time >= today - DAY) return [3, "Yesterday"];
  if (time >= today - 7 * DAY) return [4, "Last seven days"];
  if (time >= today - 30 * DAY) return [5, "Last thirty days"];
  return [6, "Older"];
}

/** @param {HTMLElement} element of a conversation */
export function linkOf(element) {
  return /** @type {HTMLAnchorElement} */ (find(element, "a"));
}

/**
 * @param {HTMLElement} list
 * @param {HTMLElement} empty shown instead of it
 * @param {() => void} changed
 */
export function createList(list, empty, changed) {
  /** @type {Map<string, Item>} */
  const items = new Map();

  for (const element of /** @type {Iterable<HTMLElement>} */ (list.querySelectorAll("[data-conversation-id]"))) {
    const { conversationId = "", lastMessageAt = "", pinned, folder = "" } = element.dataset;
    const title = linkOf(element).textContent ?? "";
    items.set(conversationId, { element, title, time: Date.parse(lastMessageAt) || 0, pinned: pinned === "true", folder });
  }
  draw();

  /** @returns {{ item: Item, group: [number, string] }[]} in the order of the page */
  function ordered() {
    const all = [...items.values()].map((item) => ({ item, group: groupOf(item) }));
    return all.sort(
      (a, b) => a.group[0] - b.group[0] || a.group[1].localeCompare(b.group[1]) || b.item.time - a.item.time,
    );
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
    let heading = "";
    for (const { item, group } of ordered()) {
      if (group[1] !== heading) {
        heading = group[1];
        next(place?.matches(".conversation-group") && place.textContent === heading ? place : headingRow(heading));
      }
      const link = linkOf(item.element);
      if (link.textContent !== item.title) link.textContent = link.title = item.title;
      next(item.element);
    }
    while (place) {
      const after = place.nextElementSibling;
      place.remove();
      place = after;
    }
    if (focused !== document.activeElement) focused?.focus();
    empty.hidden = items.size > 0;
  }

  /** @param {string} heading */
  function headingRow(heading) {
    const element = document.createElement("li");
    element.className = "conversation-group";
    element.textContent = heading;
    return element;
  }

  /** @param {Conversation} conversation a new one, or what has changed of a known one */
  function put(conversation) {
    const { id, title, last_message_at: at, pinned, folder } = conversation;
    const known = items.get(id);
    const element = known?.element ?? clone("conversation");
    element.dataset.conversationId = id;
    linkOf(element).setAttribute("href", `/c/${id}/`);
    items.set(id, {
      element,
      title: title || known?.title || UNTITLED,
      time: at ? Date.parse(at) : (known?.time ?? Date.now()),
      pinned: pinned ?? known?.pinned ?? false,
      folder: folder ?? known?.folder ?? "",
    });
  }

  return {
    /** @param {Conversation[]} conversations */
    upsert(conversations) {
      for (const conversation of conversations) put(conversation);
      draw();
      changed();
    },
    /** @param {string} id */
    remove(id) {
      if (!items.delete(id)) return;
      draw();
      changed();
    },
    /** @param {string} id */
    get: (id) => items.get(id),
    /** @returns {Conversation[]} all of them */
    all: () =>
      [...items].map(([id, { title, time, pinned, folder }]) => ({
        id, title, pinned, folder, last_message_at: new Date(time).toISOString(),
      })),
    /** @returns {string[]} the folders there are */
    folders: () => [...new Set([...items.values()].map(({ folder }) => folder).filter(Boolean))].sort(),
    /** @param {number} count @returns {string[]} the newest conversations */
    newest: (count) => [...items].sort(([, a], [, b]) => b.time - a.time).slice(0, count).map(([id]) => id),
    /** @param {string} id the conversation on the page */
    setCurrent(id) {
      for (const [key, { element }] of items) {
        if (key === id) linkOf(element).setAttribute("aria-current", "page");
        else linkOf(element).removeAttribute("aria-current");
      }
    },
  };
}
