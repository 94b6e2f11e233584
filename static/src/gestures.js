/** What the reader does with the messages of the page: edits, asks anew, chooses a version, copies, rates, reports. */
import { ApiError } from "./api.js";
import { copyFrom, part } from "./dom.js";
import { editInPlace } from "./editing.js";
import { failureText } from "./errors.js";
import { createJudging } from "./judging.js";
import { toggleTiming } from "./timing.js";

/** @import { Message } from "./types.js" */

/**
 * @param {HTMLElement} main
 * @param {object} parts
 * @param {ReturnType<typeof import("./conversation.js").createConversation>} parts.conversation
 * @param {ReturnType<typeof import("./notices.js").createNotices>} parts.notices
 */
export function createGestures(main, { conversation, notices }) {
  const list = part(main, "messages");
  const judging = createJudging({ notices, changed: conversation.replace });

  /**
   * @param {Message} message
   * @param {number} step to the version before or after
   */
  async function choose({ siblings = [], position = 1 }, step) {
    const other = siblings[position - 1 + step];
    if (other) await conversation.select(other);
  }

  /**
   * @param {HTMLElement} row
   * @param {Message} message
   * @param {string} [content] what was written of it already
   */
  function edit(row, message, content = message.content) {
    editInPlace(row, content, (text) => {
      if (text !== message.content) conversation.send(text, { action: "edit", message_id: message.id });
    });
  }

  /** @type {Record<string, (row: HTMLElement, message: Message, button: HTMLElement) => unknown>} */
  const gestures = {
    edit: (row, message) => edit(row, message),
    regenerate: (_, message) => conversation.send("", { action: "regenerate", message_id: message.id }),
    "previous-version": (_, message) => choose(message, -1),
    "next-version": (_, message) => choose(message, 1),
    "copy-question": (_, message, button) => copyFrom(button, message.content),
    rate: (_, message, button) => judging.rate(message, Number(button.dataset.rating)),
    details: (row, message, button) => toggleTiming(part(row, "details"), button, message.metadata ?? {}),
    report: (_, message) => judging.report(message),
  };

  list.addEventListener("click", async (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-gesture]");
    const row = /** @type {HTMLElement | null} */ (button?.closest("[data-message-id]") ?? null);
    const message = conversation.message(row?.dataset.messageId ?? "");
    if (!(button instanceof HTMLElement) || !row || !message) return;
    try {
      await gestures[button.dataset.gesture ?? ""]?.(row, message, button);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      notices.show(failureText(error, "That did not work. Please try again."), { retryAfter: error.retryAfter });
    }
  });

  return {
    /**
     * Opens the editor of a message again with what was written, after its change was refused.
     * @param {string} messageId
     * @param {string} content
     */
    editAgain(messageId, content) {
      const row = list.querySelector(`[data-message-id="${CSS.escape(messageId)}"]`);
      const message = conversation.message(messageId);
      if (row instanceof HTMLElement && message) edit(row, message, content);
    },
  };
}
