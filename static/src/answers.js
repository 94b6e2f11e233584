/**
 * The state of every answer the page follows, and its only owner. Frames go in; `changed` tells the view what to draw.
 * A frame with a seq already seen is dropped; a missing one makes the answer be followed again from the last seq.
 */
/** @import { AnswerFrame, AnswerStatus, Metadata, StatusFrame } from "./types.js" */

/**
 * @typedef {object} Answer
 * @property {string} id
 * @property {number} seq of the last event applied
 * @property {string} text
 * @property {number} revision rises when the text was replaced instead of continued
 * @property {AnswerStatus} status
 * @property {{ status: StatusFrame["status"], message: string, due: number | null, since: number } | null} progress
 *   what happens meanwhile; `due` and `since` in milliseconds since 1970
 * @property {Metadata} metadata
 * @property {string} reason of a retraction
 * @property {boolean} stale the text is not from the log: it goes when the log is read from its beginning
 * @property {number} askedAt when a gap was last asked to be filled, in milliseconds; 0 when there is none
 */

/** @type {ReadonlySet<string>} */
const TERMINAL = new Set(["completed", "stopped", "failed", "blocked", "held"]);
/** Frames that need nothing of what came before them; a withdrawal must not wait for a gap to be filled. */
const WHOLE = new Set(["snapshot", "retracted"]);
/** Milliseconds after which a gap that nobody filled is asked for again. */
const ASK_AGAIN = 3000;

/**
 * @param {string} status of a message or generation
 * @returns {AnswerStatus}
 */
export function answerStatus(status) {
  return TERMINAL.has(status) ? /** @type {AnswerStatus} */ (status) : "pending";
}

/**
 * @param {string} [id]
 * @returns {Answer} one of which nothing is known yet
 */
export function pendingAnswer(id = "") {
  return {
    id, text: "", status: "pending", metadata: {}, stale: true, seq: 0, revision: 0, progress: null, reason: "", askedAt: 0,
  };
}

/**
 * @param {object} doors
 * @param {(messageId: string, afterSeq: number) => void} doors.follow
 * @param {(messageId: string) => void} doors.unfollow
 * @param {(answer: Answer) => void} doors.changed
 */
export function createAnswers({ follow, unfollow, changed }) {
  /** @type {Map<string, Answer>} */
  const answers = new Map();

  /**
   * @param {string} id
   * @param {{ text?: string, status?: AnswerStatus, metadata?: Metadata }} [known] by other ways than the log
   * @returns {Answer}
   */
  function add(id, { text = "", status = "pending", metadata = {} } = {}) {
    const answer = { ...pendingAnswer(id), text, status, metadata };
    answers.set(id, answer);
    return answer;
  }

  /** @param {AnswerFrame} frame */
  function receive(frame) {
    const answer = answers.get(frame.message_id);
    if (!answer) return;
    if (typeof frame.seq === "number" && !inOrder(answer, frame.seq, WHOLE.has(frame.type))) return;
    apply(answer, frame);
    changed(answer);
  }

  /**
   * @param {Answer} answer
   * @param {number} seq
   * @param {boolean} whole the frame does not build on those before it
   */
  function inOrder(answer, seq, whole) {
    if (seq <= answer.seq) return false;
    if (seq > answer.seq + 1 && !whole) {
      if (Date.now() - answer.askedAt > ASK_AGAIN) ask(answer);
      return false;
    }
    answer.seq = seq;
    answer.askedAt = 0;
    return true;
  }

  /** @param {Answer} answer */
  function ask(answer) {
    answer.askedAt = Date.now();
    follow(answer.id, answer.seq);
  }

  /**
   * @param {Answer} answer
   * @param {string} text
   */
  function replace(answer, text) {
    answer.text = text;
    answer.revision += 1;
    answer.stale = false;
  }

  /**
   * @param {Answer} answer
   * @param {AnswerFrame} frame
   */
  function apply(answer, frame) {
    if (answer.stale) replace(answer, "");
    switch (frame.type) {
      case "status":
        answer.status = "pending";
        answer.progress = {
          status: frame.status,
          message: frame.message ?? "",
          due: frame.retry_after ? Date.now() + frame.retry_after * 1000 : null,
          since: Date.now(),
        };
        break;
      case "token":
        answer.status = "pending";
        answer.progress = null;
        answer.text += frame.content;
        break;
      case "reset":
        replace(answer, frame.content);
        break;
      case "snapshot":
        replace(answer, frame.content);
        answer.status = answerStatus(frame.status);
        break;
      case "done":
        answer.status = answerStatus(frame.status);
        answer.metadata = frame.metadata ?? {};
        answer.progress = null;
        break;
      case "retracted":
        replace(answer, "");
        answer.status = "retracted";
        answer.reason = frame.reason ?? "";
        answer.progress = null;
        break;
    }
  }

  /**
   * Takes a finished answer up again, once the server has accepted the retry.
   * @param {Answer} answer
   */
  function reopen(answer) {
    answer.status = "pending";
    answer.stale = answer.seq === 0;
    answer.progress = { status: "running", message: "", due: null, since: Date.now() };
    ask(answer);
    changed(answer);
  }

  return {
    add,
    receive,
    /** @param {string} id */
    get: (id) => answers.get(id),
    /** @returns {Answer | undefined} the answer being written, if any */
    active: () => [...answers.values()].find((answer) => answer.status === "pending"),
    /** Follows every unfinished answer again, after a new connection. */
    resume() {
      for (const answer of answers.values()) if (answer.status === "pending") ask(answer);
    },
    /** Asks for what happens to an answer from here on. */
    ask,
    reopen,
    /**
     * Takes over what the server says of an answer, unless its own events are on their way.
     * @param {Answer} answer
     * @param {{ content: string, status: string, metadata?: Metadata }} message
     */
    know(answer, { content, status, metadata = {} }) {
      const now = answerStatus(status);
      if (answer.status === "pending" || answer.status === "retracted") return;
      if (now === "pending") {
        // What the server says may be older than the end that we have seen; a new attempt would have new events.
        ask(answer);
        return;
      }
      if (content !== answer.text) replace(answer, content);
      answer.stale = true;
      answer.status = now;
      answer.metadata = metadata;
    },
    /** Forgets all answers: another conversation is shown. */
    clear() {
      for (const answer of answers.values()) if (answer.status === "pending") unfollow(answer.id);
      answers.clear();
    },
    /**
     * Ends an answer that the server no longer knows.
     * @param {Answer} answer
     * @param {string} message
     */
    fail(answer, message) {
      answer.status = "failed";
      answer.progress = null;
      answer.metadata = { ...answer.metadata, error: { message } };
      changed(answer);
    },
  };
}
