/** What a reader is told when something fails. */
/** @import { ErrorFrame, Failure } from "./types.js" */

/** Words for codes that arrive without a message of their own. @type {Record<string, string>} */
const WORDS = {
  message_too_long: "This message is too long.",
  content_policy: "The content policy does not allow this message.",
  rate_limited: "You are sending messages faster than your plan allows.",
  quota_exceeded: "Your quota is used up.",
  unauthorized: "You have been signed out.",
  forbidden: "You may not do this.",
  not_found: "This conversation or message no longer exists.",
  idempotency_conflict: "This message was already sent with a different text.",
  generation_active: "An answer is still being written here. Wait for it or stop it first.",
  context_length_exceeded: "This conversation has become too long for the model. Start a new one.",
  provider_timeout: "The model took too long to answer.",
  provider_unavailable: "The model cannot be reached at the moment.",
  overloaded: "There is too much to do at the moment. Please try again shortly.",
};

/**
 * @param {Failure | null | undefined} failure
 * @param {string} otherwise said when nothing better is known
 * @returns {string} a sentence for the reader
 */
export function failureText(failure, otherwise) {
  if (!failure) return otherwise;
  if (typeof failure === "string") return WORDS[failure] ?? (/^[a-z_]+$/.test(failure) ? otherwise : failure);
  return failure.message || WORDS[failure.code ?? ""] || otherwise;
}

/**
 * @param {unknown} suggestions sentences of what the reader can do
 * @returns {string} all of them, or nothing
 */
export function suggestionText(suggestions) {
  if (!Array.isArray(suggestions)) return "";
  return suggestions.filter((one) => typeof one === "string" && one).join(" ");
}

/**
 * @param {ErrorFrame} frame
 * @returns {string} why something was refused, and what to do; the caller counts down when to try again
 */
export function refusalText(frame) {
  const advice = frame.retry_after ? "" : suggestionText(frame.fallback_suggestions);
  return `${failureText(frame, "Something went wrong.")} ${advice}`.trim();
}
