/**
 * Tells assistive technology of an answer what its reader would see: that it begins, its sentences as they are complete, that
 * it is tried again, and how it ends. Each is said once, whatever happens to the connection; tokens are never said.
 */
import { failureText } from "./errors.js";
import { createSpeech } from "./speech.js";

/** @import { Answer } from "./answers.js" */

/** Milliseconds between two sayings: sentences of one moment are said together. */
const EVERY = 1000;
/** Said of an answer that has ended. @type {Record<string, string>} */
const ENDS = {
  completed: "The answer is complete.",
  stopped: "The answer was stopped.",
  blocked: "The answer was withheld by the content policy.",
  held: "The answer is being reviewed before it is shown.",
  retracted: "The answer was withdrawn.",
};

/**
 * @typedef {object} Voice
 * @property {ReturnType<typeof createSpeech>} speech
 * @property {string} last state that was said
 * @property {ReturnType<typeof setTimeout> | undefined} timer
 */

/** @param {(words: string) => void} say */
export function createAnnouncer(say) {
  /** @type {Map<string, Voice>} */
  const voices = new Map();

  /** @param {string} id */
  function voiceOf(id) {
    const voice = voices.get(id) ?? { speech: createSpeech(), last: "", timer: undefined };
    voices.set(id, voice);
    return voice;
  }

  /**
   * @param {Voice} voice
   * @param {Answer} answer
   */
  function speak(voice, answer) {
    clearTimeout(voice.timer);
    voice.timer = undefined;
    const complete = answer.status !== "pending";
    // Over a new connection an answer may be read again from its beginning.
    if (answer.text.length < voice.speech.position() && !complete) return;
    if (!voice.speech.continues(answer.text)) voice.speech = createSpeech();
    const words = voice.speech.read(answer.text, complete).map((sentence) => sentence.trim()).filter(Boolean);
    if (words.length) say(words.join(" "));
  }

  /**
   * @param {Voice} voice
   * @param {string} state
   * @param {string} words said when the answer was not in this state before
   */
  function once(voice, state, words) {
    if (voice.last !== state) say(words);
    voice.last = state;
  }

  /** @param {Answer} answer */
  function announce(answer) {
    const voice = voiceOf(answer.id);
    const { status, text, progress } = answer;
    if (status !== "pending") {
      if (voice.last === status) return;
      if (status === "completed" || status === "stopped" || status === "failed") speak(voice, answer);
      once(voice, status, ENDS[status] ?? `The answer failed. ${failureText(answer.metadata.error, "")}`.trim());
    } else if (progress?.status === "retrying") {
      const seconds = progress.due ? Math.max(1, Math.round((progress.due - Date.now()) / 1000)) : 0;
      once(voice, "retrying", `${progress.message} ${seconds ? `Retrying in ${seconds} s.` : "Retrying."}`.trim());
    } else if (text && !progress) {
      once(voice, "writing", voice.speech.position() ? "The answer goes on." : "The answer has started.");
      voice.timer ??= setTimeout(() => speak(voice, answer), EVERY);
    }
  }

  /** @param {Answer} answer one that begins again: its end is said again */
  const forget = (answer) => {
    voiceOf(answer.id).last = "";
  };

  return { announce, forget };
}
