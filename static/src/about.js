/** What the page says of the conversation that is shown, beside its messages: the model, the end of a temporary chat. */
import { ApiError, call } from "./api.js";
import { part } from "./dom.js";

/** @import { Conversation } from "./types.js" */

/**
 * @param {HTMLElement} main
 * @param {object} doors
 * @param {(slug: string | null) => void} doors.chosen the model of the conversation; nothing: the default
 */
export function createAbout(main, { chosen }) {
  const settings = /** @type {HTMLAnchorElement} */ (part(main, "settings"));
  const temporary = part(main, "temporary");
  let current = main.dataset.conversationId ?? "";

  /** @param {Conversation} conversation */
  function know({ id, model, expires_at: end }) {
    if (id !== current) return;
    if (model !== undefined) chosen(model);
    if (end === undefined) return;
    temporary.hidden = !end;
    if (!end) return;
    const words = new Date(end).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    temporary.title = `This conversation is deleted on ${words}.`;
  }

  return {
    know,
    /** @param {string | null} id another conversation is shown, null for a new one */
    async open(id) {
      current = id ?? "";
      settings.href = id ? `/c/${id}/settings/` : "/new/";
      settings.ariaLabel = settings.title = id ? "Settings of this conversation" : "Set up a chat";
      temporary.hidden = true;
      if (!id) chosen(null);
      else await call("GET", `conversations/${id}/`).then(know, () => {}); // It is read without a connection, too.
    },
    /** @param {string} id the new conversation has come into being */
    begin(id) {
      current = id;
      settings.href = `/c/${id}/settings/`;
      settings.ariaLabel = settings.title = "Settings of this conversation";
    },
    /**
     * Keeps the model that was chosen for the conversation.
     * @param {string} model
     */
    async choose(model) {
      if (current) await call("PATCH", `conversations/${current}/`, { model });
    },
  };
}

/** Begins a chat that is deleted after a day. @returns {Promise<string>} its id; throws ApiError */
export async function beginTemporary() {
  /** @type {Conversation | null} */
  const conversation = await call("POST", "conversations/", { temporary: true });
  if (!conversation) throw new ApiError(0, "internal", "", null);
  return conversation.id;
}
