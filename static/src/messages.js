/** The views of messages: elements built from the templates of the page, or taken over from what the server rendered. */
import { answerStatus } from "./answers.js";
import { drawFiles } from "./attachments/files.js";
import { copyFrom, find, part } from "./dom.js";
import { failureText, suggestionText } from "./errors.js";
import { createFold } from "./fold.js";
import { createMarkdownView } from "./markdown.js";

/** @import { Answer } from "./answers.js" */
/** @import { Message, Metadata } from "./types.js" */

/** Milliseconds in the queue after which the reader is told. */
const QUEUE_NOTICE = 2500;
/** What is said under a question. @type {Record<string, string>} */
const QUESTION_NOTES = {
  blocked: "Not sent on: the content policy does not allow it.",
  held: "Waiting for a review.",
};

/**
 * The view of one question.
 * @param {HTMLElement} element a user message
 * @param {Message} message
 */
export function createQuestionView(element, message) {
  let shown = message;
  const text = part(element, "text");
  const fold = createFold(text, () => element.dataset.key ?? shown.id, () => update(shown));

  /** @param {string} note nothing: hidden */
  function note(note) {
    const line = part(element, "note");
    line.textContent = note;
    line.hidden = !note;
  }

  /** @param {Message} next what is known of the message now */
  function update(next) {
    shown = next;
    const { status } = next;
    drawVersions(element, next);
    element.dataset.status = status;
    const { text: content } = fold.cut(next.content, true);
    if (text.textContent !== content) text.textContent = content;
    text.hidden = !content;
    if (next.metadata?.attachments) drawFiles(part(element, "files"), next.metadata.attachments);
    note(QUESTION_NOTES[status] ?? "");
  }

  update(message);
  return { element, note, update, draw: () => {}, dispose: () => {} };
}

/**
 * @param {Answer} answer
 * @param {number} now milliseconds since 1970
 * @returns {string} what is said while the reader waits
 */
function progressText({ progress, text }, now) {
  if (progress?.status === "retrying") {
    const seconds = progress.due === null ? 0 : Math.ceil((progress.due - now) / 1000);
    const countdown = seconds > 0 ? `Retrying in ${seconds} s…` : "Retrying…";
    return progress.message ? `${progress.message} ${countdown}` : countdown;
  }
  if (progress?.status === "queued") {
    if (progress.message) return progress.message;
    if (now - progress.since > QUEUE_NOTICE) return "I'm a bit busy right now. Your message has been queued.";
  }
  return text ? "Continuing…" : "Thinking…";
}

/**
 * @param {Answer} answer
 * @returns {string} why the answer is not what was hoped for; nothing when it is
 */
function noticeText(answer) {
  switch (answer.status) {
    case "failed":
      return failureText(answer.metadata.error, "The answer could not be finished.");
    case "blocked":
      return failureText(answer.metadata.error, "This answer was withheld by the content policy.");
    case "held":
      return "This answer is being reviewed before it is shown.";
    case "retracted":
      return answer.reason ? `This answer was withdrawn: ${answer.reason}` : "This answer was withdrawn after a later check.";
    default:
      return "";
  }
}

/**
 * Shows which of its versions a message is.
 * @param {HTMLElement} element a message
 * @param {{ siblings?: string[] | undefined, position?: number | undefined }} message
 */
function drawVersions(element, { siblings = [], position = 1 }) {
  const versions = part(element, "versions");
  versions.hidden = siblings.length < 2;
  if (versions.hidden) return;
  part(versions, "version").textContent = `${position} / ${siblings.length}`;
  const [before, after] = versions.querySelectorAll("button");
  if (before) before.disabled = position <= 1;
  if (after) after.disabled = position >= siblings.length;
}

/**
 * The view of one answer. `draw` is cheap to call: the page changes at most once per animation frame.
 * @param {HTMLElement} element an assistant message
 * @param {Answer} answer
 * @param {Message} message
 * @param {(answer: Answer) => void} retry
 */
export function createAnswerView(element, answer, message, retry) {
  const markdown = createMarkdownView(part(element, "text"));
  const fold = createFold(part(element, "text"), () => answer.id, drawNow);
  const status = part(element, "status");
  const statusText = part(element, "status-text");
  const retryButton = find(element, '[data-action="retry"]');
  let frame = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let ticking;

  retryButton.addEventListener("click", () => retry(answer));
  find(element, '[data-action="copy-answer"]').addEventListener("click", (event) => {
    copyFrom(/** @type {HTMLElement} */ (event.currentTarget), answer.text);
  });

  function drawProgress() {
    // While text flows, the text itself is the sign of life.
    const waiting = answer.status === "pending" && (answer.progress !== null || !answer.text);
    status.hidden = !waiting;
    if (waiting) {
      const words = progressText(answer, Date.now());
      if (statusText.textContent !== words) statusText.textContent = words;
      ticking ??= setInterval(drawProgress, 250);
    } else {
      clearInterval(ticking);
      ticking = undefined;
    }
  }

  function drawNow() {
    frame = 0;
    const hidden = answer.status === "blocked" || answer.status === "held" || answer.status === "retracted";
    element.dataset.status = answer.status;
    element.setAttribute("aria-busy", String(answer.status === "pending"));
    const complete = answer.status !== "pending";
    const { text, whole } = fold.cut(hidden ? "" : answer.text, complete);
    markdown.show(text, hidden ? -2 : answer.revision, complete && whole);
    drawProgress();
    const notice = noticeText(answer);
    part(element, "notice").hidden = !notice;
    part(element, "notice-text").textContent = notice;
    const failure = answer.status === "failed" ? answer.metadata.error : null;
    const suggestions = suggestionText(typeof failure === "object" ? failure?.fallback_suggestions : null);
    part(element, "notice-suggestions").textContent = suggestions;
    part(element, "notice-suggestions").hidden = !suggestions;
    retryButton.hidden = answer.status !== "failed";
    const words = [answer.status === "stopped" ? "Stopped" : "", answer.metadata.model ?? ""];
    part(element, "meta").textContent = words.filter(Boolean).join(" · ");
  }

  function draw() {
    // A hidden tab gets no animation frames, but its reader may come back to a finished answer.
    if (document.visibilityState === "hidden") drawNow();
    else frame ||= requestAnimationFrame(drawNow);
  }

  /** @param {Message} next */
  function drawMessage(next) {
    drawVersions(element, next);
    for (const button of element.querySelectorAll("[data-rating]")) {
      button.setAttribute("aria-pressed", String(Number(button.getAttribute("data-rating")) === next.rating));
    }
  }

  drawMessage(message);
  drawNow();
  return {
    element,
    note: () => {},
    /** @param {Message} next what is known of the message now */
    update(next) {
      drawMessage(next);
      draw();
    },
    draw,
    /** The row is off the page and will be built anew. */
    dispose() {
      cancelAnimationFrame(frame);
      clearInterval(ticking);
    },
  };
}

/**
 * @param {HTMLElement} element a message that the server rendered
 * @returns {Message}
 */
export function readMessage(element) {
  const id = element.dataset.messageId ?? "";
  const content = part(element, "text").textContent ?? "";
  if (element.matches(".message-user")) {
    return { id, role: "user", status: element.dataset.status ?? "completed", content };
  }
  /** @type {Metadata} */
  const metadata = { model: (part(element, "meta").textContent ?? "").replace(/^Stopped( · )?/, "") };
  const message = part(element, "notice-text").textContent;
  const suggestions = part(element, "notice-suggestions").textContent;
  if (message) metadata.error = { message, fallback_suggestions: [suggestions] };
  return { id, role: "assistant", status: answerStatus(element.dataset.status ?? ""), content, metadata };
}
