/** Forgets what this browser keeps of a user, once they have signed out or before they do. */
import { within } from "./database.js";

/** @import { StoreName } from "./database.js" */

/** What the service worker keeps of a user is under names that begin so. */
const PAGES = "pages-";
const DRAFTS = "draft:";
/** Milliseconds for which signing out waits. */
const PATIENCE = 1000;

/** @param {StoreName[]} stores */
async function forgetIn(stores) {
  const names = globalThis.caches ? await caches.keys() : [];
  const pages = names.filter((name) => name.startsWith(PAGES));
  await Promise.all([
    ...stores.map((name) => within(name, (store) => store.clear())),
    ...pages.map((name) => caches.delete(name)),
  ]);
}

/** Nobody is signed in: what could be read is forgotten. What its writer has not sent yet waits for them. */
export const forgetRead = () => forgetIn(["conversations", "messages"]).catch(() => {});

/** The user signs out: everything is forgotten. */
export async function forgetAll() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(DRAFTS)) localStorage.removeItem(key);
  } catch {
    // There were none.
  }
  await forgetIn(["outbox", "conversations", "messages"]).catch(() => {});
}

/**
 * Forgets first, then lets the user sign out.
 * @param {SubmitEvent} event of the form that does it
 */
export async function forgetAndSignOut(event) {
  event.preventDefault();
  await Promise.race([forgetAll(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  /** @type {HTMLFormElement} */ (event.target).submit();
}
