/**
 * Messages that were sent but not yet accepted, kept in the browser so that a reload or a crash loses none.
 */
import { within } from "./database.js";

/** @import { Outgoing } from "./types.js" */

const PATIENCE_MS = 300;

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {string} userId only this user's messages are given back; those of others are removed */
export function createOutbox(userId) {
  return {
    /**
     * Returns when the message is kept. A browser that takes too long with it holds nobody up.
     * @param {Outgoing} message
     */
    put: (message) => Promise.race([within("outbox", (store) => store.put(message)), pause(PATIENCE_MS)]),
    /** @param {string} clientMessageId */
    remove: (clientMessageId) => within("outbox", (store) => store.delete(clientMessageId)),
    /** @returns {Promise<Outgoing[]>} oldest first */
    async all() {
      /** @type {Outgoing[]} */
      const kept = (await within("outbox", (store) => store.getAll())) ?? [];
      for (const other of kept.filter((one) => one.user_id !== userId)) {
        await within("outbox", (store) => store.delete(other.client_message_id));
      }
      return kept.filter((one) => one.user_id === userId).sort((a, b) => a.created_at - b.created_at);
    },
  };
}

/** @returns {string} a random UUID; also on plain http, where crypto.randomUUID is missing */
export function newClientMessageId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) => {
    const random = crypto.getRandomValues(new Uint8Array(1))[0] ?? 0;
    return (Number(digit) ^ (random & (15 >> (Number(digit) / 4)))).toString(16);
  });
}
