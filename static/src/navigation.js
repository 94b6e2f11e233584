/**
 * Goes from one conversation to another without loading the page anew, and has those ready that are likely next.
 */
import { ApiError, call } from "./api.js";

/** @import { Message, MessagePage } from "./types.js" */

const CONVERSATION = /^\/c\/([0-9a-f-]{36})\/$/;
/** Milliseconds that a pointer must rest on a link before its conversation is fetched. */
const REST = 80;
/** Conversations that are remembered. */
const MOST = 20;
/** Of those that stand first in the list, so many are fetched when nothing else is to do. */
const LIKELY = 3;

/**
 * @param {string} href
 * @returns {{ id: string | null, found: string | null } | null} the conversation there, null when the address is no chat
 */
function target(href) {
  const url = new URL(href, location.href);
  if (url.origin !== location.origin) return null;
  const id = CONVERSATION.exec(url.pathname)?.[1] ?? null;
  return id || url.pathname === "/" ? { id, found: url.searchParams.get("around") } : null;
}

/**
 * @param {object} doors
 * @param {ReturnType<typeof import("./conversation.js").createConversation>} doors.conversation
 * @param {ReturnType<typeof import("./sidebar/sidebar.js").createSidebar>} doors.sidebar
 * @param {import("./shelf.js").Shelf} doors.shelf
 * @param {(id: string | null) => void} doors.left the reader has chosen where to go
 * @param {(message: string) => void} doors.failed
 */
export function createNavigation({ conversation, sidebar, shelf, left, failed }) {
  /** Newest messages by conversation, oldest first. @type {Map<string, Promise<Message[]>>} */
  const ready = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resting;

  /** @param {string} id */
  function prefetch(id) {
    if (ready.has(id) || id === conversation.id()) return;
    const fetched = call("GET", `conversations/${id}/messages/?limit=50`).then(
      (/** @type {MessagePage} */ page) => [...page.results].reverse(),
    );
    fetched.catch(() => ready.delete(id));
    ready.set(id, fetched);
    const oldest = ready.keys().next().value;
    if (ready.size > MOST && oldest) ready.delete(oldest);
  }

  /**
   * @param {{ id: string | null, found: string | null }} to
   * @param {string} href
   */
  async function go({ id, found }, href) {
    left(id);
    const fetched = id ? await ready.get(id)?.catch(() => undefined) : [];
    if (id) ready.delete(id);
    const known = fetched ?? (id ? await shelf.messages(id) : []);
    try {
      await conversation.open(id, { title: id ? sidebar.title(id) : "", known });
      if (found) await conversation.reveal(found);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status) location.assign(href); // The server's page says why.
      else failed("The server cannot be reached. This conversation is shown as soon as it can.");
    }
  }

  /** @param {string} href */
  function visit(href) {
    const to = target(href);
    if (!to) return location.assign(href);
    if (new URL(href, location.href).href !== location.href) history.pushState(null, "", href);
    go(to, href);
  }

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = /** @type {Element} */ (event.target).closest("a[href]");
    const to = link instanceof HTMLAnchorElement && !link.target && link.closest("[data-live-links]") ? target(link.href) : null;
    if (!link || !to) return;
    event.preventDefault();
    visit(/** @type {HTMLAnchorElement} */ (link).href);
  });
  addEventListener("popstate", () => {
    const to = target(location.href);
    if (to && to.id !== conversation.id()) go(to, location.href);
  });

  /** @param {Event} event */
  function hovered(event) {
    clearTimeout(resting);
    const link = /** @type {Element} */ (event.target).closest?.("[data-live-links] a[href]");
    const id = link instanceof HTMLAnchorElement ? target(link.href)?.id : null;
    if (id) resting = setTimeout(() => prefetch(id), REST);
  }
  document.addEventListener("pointerover", hovered, { passive: true });
  document.addEventListener("focusin", hovered);

  return {
    visit,
    /** Shows what the address asks for: without a connection the page is that of another conversation, or of none. */
    async arrive() {
      const to = target(location.href);
      if (to && to.id !== conversation.id()) await go(to, location.href);
      else if (to?.found) await conversation.reveal(to.found);
    },
    /** Fetches what is likely to be opened next. */
    prefetchLikely() {
      for (const id of sidebar.newest(LIKELY)) prefetch(id);
    },
    /** @param {string} id what is known of it is no longer true */
    forget: (id) => ready.delete(id),
  };
}
