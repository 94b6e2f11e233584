/** Deleting a conversation: it is gone from the page at once, and from the server when the time to undo it has passed. */
import { call } from "../api.js";

/** @import { Conversation } from "../types.js" */

/**
 * @param {object} doors
 * @param {ReturnType<typeof import("../notices.js").createNotices>} doors.notices
 * @param {ReturnType<typeof import("./list.js").createList>} doors.list
 * @param {(id: string) => void} doors.left it is no longer shown
 * @param {(conversation: Conversation) => void} doors.failed it is still there
 */
export function createDeletion({ notices, list, left, failed }) {
  /** What is gone from the page only. @type {Map<string, Conversation>} */
  const underWay = new Map();

  /** @param {string} id */
  async function finish(id) {
    const conversation = underWay.get(id);
    if (!conversation) return;
    underWay.delete(id);
    try {
      await call("DELETE", `conversations/${id}/`, undefined, { keepalive: true });
    } catch {
      failed(conversation);
    }
  }

  // Whoever leaves the page has not undone it.
  addEventListener("pagehide", () => {
    for (const id of underWay.keys()) finish(id);
  });

  return {
    /** @param {string} id */
    isUnderWay: (id) => underWay.has(id),
    /** @param {string} id */
    begin(id) {
      const conversation = list.all().find((one) => one.id === id);
      if (!conversation) return;
      underWay.set(id, conversation);
      list.remove(id);
      left(id);
      notices.toast(`“${conversation.title}” is deleted.`, {
        label: "Undo",
        act: () => {
          underWay.delete(id);
          list.upsert([conversation]);
        },
        ended: () => finish(id),
      });
    },
  };
}
