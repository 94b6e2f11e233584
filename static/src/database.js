/**
 * What the browser keeps of the chat: messages on their way, and conversations to be read without a connection.
 * Where it keeps nothing (some private windows), every request gives null.
 */

const NAME = "chatbot";
const VERSION = 2;

/** @typedef {"outbox" | "conversations" | "messages"} StoreName */

/** Stores with the field by which each knows its rows. @type {Record<StoreName, string>} */
const STORES = { outbox: "client_message_id", conversations: "id", messages: "conversation_id" };

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) {
        if (!request.result.objectStoreNames.contains(name)) request.result.createObjectStore(name, { keyPath });
      }
    };
    request.onsuccess = () => {
      // Another tab with a newer version of the page waits for this one otherwise.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
}

/** @type {Promise<IDBDatabase | null> | undefined} */
let database;

/**
 * @template T
 * @param {StoreName} name
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T | null>} once the work is kept; null when it is not
 */
export async function within(name, work) {
  database ??= (async () => open())().catch(() => null);
  const db = await database;
  if (!db) return null;
  return new Promise((resolve) => {
    try {
      const transaction = db.transaction(name, "readwrite");
      const request = work(transaction.objectStore(name));
      // Only a complete transaction outlives the page.
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => resolve(null);
    } catch {
      resolve(null); // The browser has closed it.
    }
  });
}
