/** The list of conversations for the time without a connection, and pages that the service worker has kept for it. */
import { gathered } from "./gathered.js";

/** Whether this page comes from the service worker, and not from the server: what it shows may be of another day. */
export const isKeptPage = "kept" in document.documentElement.dataset;

/**
 * @param {object} doors
 * @param {ReturnType<typeof import("./sidebar/sidebar.js").createSidebar>} doors.sidebar
 * @param {import("./shelf.js").Shelf} doors.shelf
 */
export function createKept({ sidebar, shelf }) {
  return {
    /** The list has changed: it is written down. */
    note: gathered(() => shelf.keepList(sidebar.all())),
    /** Shows the list as it was last seen. */
    async restore() {
      if (!isKeptPage) return;
      const list = await shelf.list();
      if (list.length) sidebar.adopt(list);
    },
  };
}
