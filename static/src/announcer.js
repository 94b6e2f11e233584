/** Tells assistive technology that an answer began and how it ended, once each; never its tokens. */

/** @import { Answer } from "./answers.js" */

/** @param {(words: string) => void} say */
export function createAnnouncer(say) {
  /** What was last said about an answer. @type {Map<string, string>} */
  const said = new Map();

  /** @param {Answer} answer */
  function announce(answer) {
    const words =
      answer.status === "pending"
        ? answer.text ? "The answer has started." : ""
        : answer.status === "completed" ? "The answer is complete." : `The answer ended: ${answer.status}.`;
    if (!words || said.get(answer.id) === words) return;
    said.set(answer.id, words);
    say(words);
  }

  /** @param {Answer} answer one that begins again */
  const forget = (answer) => said.delete(answer.id);

  return { announce, forget };
}
