/** What the reader does with an answer: stops it, has it tried again. */
import { ApiError, call } from "./api.js";
import { failureText } from "./errors.js";

/** @import { Answer } from "./answers.js" */

/**
 * @param {object} parts
 * @param {ReturnType<typeof import("./answers.js").createAnswers>} parts.answers
 * @param {ReturnType<typeof import("./announcer.js").createAnnouncer>} parts.announcer
 * @param {ReturnType<typeof import("./socket.js").createSocket>} parts.socket
 * @param {ReturnType<typeof import("./composer.js").createComposer>} parts.composer
 * @param {ReturnType<typeof import("./notices.js").createNotices>} parts.notices
 */
export function createActions({ answers, announcer, socket, composer, notices }) {
  return {
    /** @param {Answer} answer */
    async retry(answer) {
      try {
        await call("POST", `messages/${answer.id}/retry/`);
        announcer.forget(answer);
        answers.reopen(answer);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        notices.show(failureText(error, "The answer could not be tried again."), { retryAfter: error.retryAfter });
      }
    },
    /** Stops the answer that is being written. */
    async stop() {
      const answer = answers.active();
      if (!answer || socket.send({ type: "generation.stop", message_id: answer.id })) return;
      try {
        await call("POST", `messages/${answer.id}/stop/`);
      } catch {
        composer.stoppable();
        notices.show("The answer could not be stopped. Please try again.");
      }
    },
  };
}
