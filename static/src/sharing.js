/** The dialog in which a conversation is shared by a link to it as it is now, and where links are taken back. */
import { ApiError, call } from "./api.js";
import { copyFrom, find, part } from "./dom.js";
import { failureText } from "./errors.js";

/** @typedef {{ id: string, url: string, conversation_id: string, created_at: string }} Share */

/** @param {ReturnType<typeof import("./notices.js").createNotices>} notices */
export function createShare(notices) {
  const dialog = /** @type {HTMLDialogElement} */ (find(document, "#share-dialog"));
  const list = part(dialog, "shares");
  const make = /** @type {HTMLButtonElement} */ (find(dialog, '[data-action="make-link"]'));
  let conversationId = "";

  /** @param {Share[]} shares */
  function draw(shares) {
    const rows = shares.filter((share) => share.conversation_id === conversationId).map(row);
    list.replaceChildren(...rows);
    part(dialog, "no-shares").hidden = rows.length > 0;
  }

  /** @param {Share} share */
  function row({ id, url, created_at: at }) {
    const element = document.createElement("li");
    const input = Object.assign(document.createElement("input"), { readOnly: true, value: url });
    input.setAttribute("aria-label", `Link of ${new Date(at).toLocaleString()}`);
    input.dataset.testid = "share-link";
    const copy = button("Copy", () => copyFrom(copy, url));
    const label = document.createElement("span");
    label.dataset.part = "label";
    label.textContent = "Copy";
    copy.replaceChildren(label);
    const revoke = button("Take back", () => attempt(async () => {
      await call("DELETE", `shares/${id}/`);
      await load();
    }));
    element.append(input, copy, revoke);
    return element;
  }

  /**
   * @param {string} words
   * @param {() => void} act
   */
  function button(words, act) {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "button button-quiet button-small";
    element.textContent = words;
    element.addEventListener("click", act);
    return element;
  }

  async function load() {
    draw((await call("GET", "shares/?limit=100")).results);
  }

  /** @param {() => Promise<void>} work */
  async function attempt(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      dialog.close();
      notices.show(failureText(error, "The link could not be made."));
    }
  }

  make.addEventListener("click", () => attempt(async () => {
    make.disabled = true;
    try {
      await call("POST", "shares/", { conversation_id: conversationId });
      await load();
    } finally {
      make.disabled = false;
    }
  }));

  return {
    /**
     * @param {string} id
     * @param {string} title
     */
    open(id, title) {
      conversationId = id;
      part(dialog, "share-name").textContent = title;
      draw([]);
      dialog.showModal();
      attempt(load);
    },
  };
}
