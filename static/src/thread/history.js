/**
 * The messages of one conversation as far as they are loaded: a part of the branch that is shown, without holes, oldest
 * first. It grows at both ends as the reader comes near them, and takes over what the server says is newest.
 */
import { call } from "../api.js";

/** @import { Message, MessagePage } from "../types.js" */

const PAGE = 50;

/** @param {string} conversationId */
const address = (conversationId) => `conversations/${conversationId}/messages/?limit=${PAGE}`;

/** @param {string | null} url of a page @returns {string | null} the same below /api/v1/ */
const path = (url) => (url ? (url.split("/api/v1/")[1] ?? null) : null);

/** @typedef {ReturnType<typeof createHistory>} History */

/**
 * @param {string} conversationId
 * @param {object} doors
 * @param {() => void} doors.changed there are other messages than before
 * @param {(message: Message) => void} doors.replaced the server knows something else of a message than before
 */
export function createHistory(conversationId, { changed, replaced }) {
  /** @type {Message[]} */
  let messages = [];
  /** Where older and newer messages are; null: there are none; undefined: nobody has asked yet. @type {string | null | undefined} */
  let older;
  /** @type {string | null} */
  let newer = null;
  /** What is being loaded. @type {{ older?: Promise<void>, newer?: Promise<void> }} */
  const loading = {};
  /** How often messages were added. */
  let grown = 0;

  /** @param {string} from @returns {Promise<MessagePage>} */
  const load = (from) => call("GET", from);

  /**
   * Takes over what the server knows of messages that are here already.
   * @param {Message[]} page
   * @returns {Message[]} the others
   */
  function merge(page) {
    const fresh = new Map(page.map((message) => [message.id, message]));
    const known = new Set(messages.map((message) => message.id));
    messages = messages.map((message) => fresh.get(message.id) ?? message);
    for (const message of page) if (known.has(message.id)) replaced(message);
    return page.filter((message) => !known.has(message.id));
  }

  /** @param {MessagePage} page the newest messages as the server has them: from the first common one on, they are the branch */
  function takeNewest(page) {
    const newest = [...page.results].reverse();
    const ids = new Set(newest.map((message) => message.id));
    const common = messages.findIndex((message) => ids.has(message.id));
    const before = common > 0 ? messages.slice(0, common) : [];
    merge(newest);
    messages = [...before, ...newest];
    if (!before.length || older === undefined) older = path(page.next);
    newer = null;
    changed();
  }

  return {
    id: conversationId,
    messages: () => /** @type {readonly Message[]} */ (messages),
    /** @param {string} id */
    get: (id) => messages.find((message) => message.id === id),
    /** @returns {boolean} whether the last message is the newest of all */
    isComplete: () => newer === null,
    /** @param {Message[]} known what the page or the browser's store has, oldest first */
    start(known) {
      messages = known;
      changed();
    },
    /** @param {Message} message a new one, after all others */
    append(message) {
      grown += 1;
      if (messages.some((known) => known.id === message.id)) merge([message]);
      else messages = [...messages, message];
      changed();
    },
    /**
     * Puts messages in the place of one and of all after it: another branch begins there.
     * @param {string} messageId
     * @param {Message[]} branch
     */
    replaceFrom(messageId, branch) {
      grown += 1;
      const at = messages.findIndex((message) => message.id === messageId);
      const ids = new Set(branch.map((message) => message.id));
      if (at >= 0) messages = messages.slice(0, at).filter((message) => !ids.has(message.id));
      messages = [...messages, ...branch];
      changed();
    },
    /** @param {Message} message as it is now */
    replace(message) {
      merge([message]);
    },
    /** Reads the newest messages; throws ApiError. */
    async refresh() {
      const before = grown;
      const page = await load(address(conversationId));
      // A message that was added meanwhile is newer than what was asked for.
      if (grown === before) takeNewest(page);
    },
    /** @param {string} messageId reads what stands around it, in place of all that was loaded; throws ApiError */
    async around(messageId) {
      const page = await load(`${address(conversationId)}&around=${messageId}`);
      messages = [...page.results].reverse();
      older = path(page.next);
      newer = path(page.previous);
      changed();
    },
    /** Reads a page of older messages, if there are any and none is being read. */
    loadOlder() {
      if (!older) return;
      loading.older ??= load(older)
        .then((page) => {
          messages = [...merge([...page.results].reverse()), ...messages];
          older = path(page.next);
          changed();
        })
        .finally(() => delete loading.older);
      return loading.older;
    },
    /** The same with newer ones. */
    loadNewer() {
      if (!newer) return;
      loading.newer ??= load(newer)
        .then((page) => {
          messages = [...messages, ...merge([...page.results].reverse())];
          newer = path(page.previous);
          changed();
        })
        .finally(() => delete loading.newer);
      return loading.newer;
    },
    /** @returns {boolean} whether older messages are known to exist */
    hasOlder: () => Boolean(older),
  };
}
