/** Conversations that were read in this browser, for the time without a connection: their newest messages, and the list. */
import { within } from "./database.js";

/** @import { Conversation, Message } from "./types.js" */

/** Messages that are kept of a conversation, and conversations of which any are. */
const MESSAGES = 200;
const CONVERSATIONS = 100;
/** Milliseconds after which what was read is written down. */
const WRITE_AFTER = 500;

/** @typedef {ReturnType<typeof createShelf>} Shelf */
/** @typedef {{ conversation_id: string, user_id: string, saved_at: number, messages: Message[] }} Kept */

/** @param {string} userId only what this user has read is given back; the rest is removed */
export function createShelf(userId) {
  /** What is not written down yet. @type {Map<string, readonly Message[]>} */
  const fresh = new Map();
  /** @type {Promise<void> | undefined} */
  let tidied;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let writing;

  async function write() {
    tidied ??= tidy();
    await tidied;
    for (const [id, messages] of fresh) {
      /** @type {Kept} */
      const kept = { conversation_id: id, user_id: userId, saved_at: Date.now(), messages: messages.slice(-MESSAGES) };
      // What changes while it is written is written once more.
      fresh.delete(id);
      await within("messages", (store) => store.put(kept));
    }
  }

  async function tidy() {
    /** @type {Kept[]} */
    const kept = (await within("messages", (store) => store.getAll())) ?? [];
    const ours = kept.filter((one) => one.user_id === userId).sort((a, b) => b.saved_at - a.saved_at);
    const staying = new Set(ours.slice(0, CONVERSATIONS).map((one) => one.conversation_id));
    for (const { conversation_id: id } of kept) if (!staying.has(id)) await within("messages", (store) => store.delete(id));
  }

  // What was read last is not lost with the page.
  addEventListener("pagehide", () => fresh.size && write());

  return {
    /**
     * @param {string} conversationId
     * @param {readonly Message[]} messages oldest first
     */
    keep(conversationId, messages) {
      fresh.set(conversationId, messages);
      clearTimeout(writing);
      writing = setTimeout(write, WRITE_AFTER);
    },
    /** @param {string} conversationId @returns {Promise<Message[]>} oldest first */
    async messages(conversationId) {
      const known = fresh.get(conversationId);
      if (known) return [...known];
      /** @type {Kept | null} */
      const kept = await within("messages", (store) => store.get(conversationId));
      return kept?.user_id === userId ? kept.messages : [];
    },
    /** @param {string} conversationId it is deleted */
    drop: (conversationId) => within("messages", (store) => store.delete(conversationId)),
    /** @param {Conversation[]} conversations what the list shows */
    async keepList(conversations) {
      await within("conversations", (store) => {
        store.clear();
        for (const one of conversations) store.put({ ...one, user_id: userId });
        return store.count();
      });
    },
    /** @returns {Promise<Conversation[]>} */
    async list() {
      /** @type {(Conversation & { user_id: string })[]} */
      const kept = (await within("conversations", (store) => store.getAll())) ?? [];
      return kept.filter((one) => one.user_id === userId);
    },
    /** Forgets everything, for when the user signs out. */
    async clear() {
      clearTimeout(writing);
      fresh.clear();
      await within("messages", (store) => store.clear());
      await within("conversations", (store) => store.clear());
    },
  };
}
