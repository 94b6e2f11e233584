/**
 * Messages that were sent but not yet accepted, kept in IndexedDB so that a reload or a crash loses none.
 * Where the browser has no IndexedDB (some private windows), they live as long as the page.
 */
/** @import { Outgoing } from "./types.js" */

const DATABASE = "chatbot";
const STORE = "outbox";
const PATIENCE_MS = 300;

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "client_message_id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {string} userId only this user's messages are given back; those of others are removed */
export function createOutbox(userId) {
  const database = new Promise((/** @type {(value: IDBDatabase | null) => void} */ resolve) => {
    open().then(resolve, () => resolve(null));
  }).catch(() => null);

  /**
   * @template T
   * @param {(store: IDBObjectStore) => IDBRequest<T>} work
   * @returns {Promise<T | null>}
   */
  async function run(work) {
    const db = await database;
    if (!db) return null;
    return new Promise((resolve) => {
      const transaction = db.transaction(STORE, "readwrite");
      const request = work(transaction.objectStore(STORE));
      // Only a complete transaction outlives the page.
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => resolve(null);
    });
  }

  return {
    /**
     * Returns when the message is kept. A browser that takes too long with it holds nobody up.
     * @param {Outgoing} message
     */
    put: (message) => Promise.race([run((store) => store.put(message)), pause(PATIENCE_MS)]),
    /** @param {string} clientMessageId */
    remove: (clientMessageId) => run((store) => store.delete(clientMessageId)),
    /** Forgets everything, for when the user signs out. */
    clear: () => run((store) => store.clear()),
    /** @returns {Promise<Outgoing[]>} oldest first */
    async all() {
      /** @type {Outgoing[]} */
      const kept = (await run((store) => store.getAll())) ?? [];
      for (const other of kept.filter((one) => one.user_id !== userId)) {
        await run((store) => store.delete(other.client_message_id));
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
