/** What the reader thinks of an answer: a thumb, where it helps a reason, and a report to the staff. */
import { call } from "./api.js";
import { find } from "./dom.js";

/** @import { Message } from "./types.js" */

/**
 * @param {object} doors
 * @param {ReturnType<typeof import("./notices.js").createNotices>} doors.notices
 * @param {(message: Message) => void} doors.changed
 */
export function createJudging({ notices, changed }) {
  const dialog = /** @type {HTMLDialogElement} */ (find(document, "#judge-dialog"));
  const form = /** @type {HTMLFormElement} */ (find(dialog, "form"));
  /** What the dialog is about. @type {{ message: Message, kind: "feedback" | "report" } | null} */
  let asked = null;

  /**
   * @param {Message} message
   * @param {"feedback" | "report"} kind
   */
  function ask(message, kind) {
    asked = { message, kind };
    form.reset();
    for (const choices of /** @type {Iterable<HTMLFieldSetElement>} */ (form.querySelectorAll("fieldset[data-kind]"))) {
      choices.disabled = choices.hidden = choices.dataset.kind !== kind;
    }
    for (const title of /** @type {Iterable<HTMLElement>} */ (dialog.querySelectorAll("h2[data-kind]"))) {
      title.hidden = title.dataset.kind !== kind;
      if (!title.hidden) dialog.setAttribute("aria-labelledby", title.id);
    }
    dialog.returnValue = "";
    dialog.showModal();
  }

  dialog.addEventListener("close", async () => {
    if (dialog.returnValue !== "confirm" || !asked) return;
    const { message, kind } = asked;
    const given = new FormData(form);
    const words = { reason: given.get("reason") ?? "", comment: String(given.get("comment") ?? "").trim() };
    try {
      if (kind === "report") await call("POST", `messages/${message.id}/report/`, words);
      else await call("POST", `messages/${message.id}/feedback/`, { rating: -1, ...words });
      notices.toast(kind === "report" ? "Thank you. Somebody will look at this answer." : "Thank you for telling us.");
    } catch {
      notices.show("This could not be sent. Please try again.");
    }
  });

  return {
    /**
     * @param {Message} message
     * @param {number} rating 1 or -1; the same again takes it back
     */
    async rate(message, rating) {
      const back = message.rating === rating;
      changed({ ...message, rating: back ? null : /** @type {1 | -1} */ (rating) });
      try {
        if (back) await call("DELETE", `messages/${message.id}/feedback/`);
        else await call("POST", `messages/${message.id}/feedback/`, { rating });
      } catch (error) {
        changed(message);
        throw error;
      }
      if (!back && rating < 0) ask(message, "feedback");
    },
    /** @param {Message} message */
    report: (message) => ask(message, "report"),
  };
}
