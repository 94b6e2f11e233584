/**
 * The conversation as it is seen: the rows of its history and, after them, those of messages on their way.
 * Knows what a row shows; what happens to messages is the conversation's affair.
 */
import { answerStatus, pendingAnswer } from "../answers.js";
import { clone, part } from "../dom.js";
import { createAnswerView, createQuestionView, readMessage } from "../messages.js";
import { createHistory } from "./history.js";
import { createRows } from "./rows.js";
import { createViewport } from "./viewport.js";

/** @import { Answer } from "../answers.js" */
/** @import { Message, Outgoing } from "../types.js" */
/** @import { History } from "./history.js" */

/** Heights of the visible part, from either end of what is loaded, within which more is fetched. */
const NEAR_END = 2;

/** @typedef {ReturnType<typeof createThread>} Thread */

/**
 * @param {HTMLElement} main
 * @param {object} doors
 * @param {ReturnType<typeof import("../answers.js").createAnswers>} doors.answers
 * @param {(answer: Answer) => void} doors.retry
 * @param {() => void} doors.changed rows have come or gone
 */
export function createThread(main, { answers, retry, changed }) {
  const list = part(main, "messages");
  const scroller = part(main, "thread");
  const earlier = part(main, "earlier");
  /** @type {History | null} */
  let history = null;
  /** Messages on their way, in the order in which they were sent. @type {Map<string, { message: Outgoing, note: string }>} */
  const outgoing = new Map();
  /** @type {Map<string, ReturnType<typeof createAnswerView> | ReturnType<typeof createQuestionView>>} */
  const views = new Map();

  const viewport = createViewport(scroller, list, part(main, "jump"), {
    moved,
    isEnd: () => history?.isComplete() ?? true,
    latest: () => (history && !history.isComplete() ? history.refresh().then(() => viewport.toEnd(false)) : viewport.toEnd(true)),
  });
  const rows = createRows(list, viewport, { build, release });

  /** @param {string} key */
  function build(key) {
    const sent = outgoing.get(key);
    const message = sent ? asMessage(sent.message) : history?.get(key);
    if (!message) throw new Error(`There is no message ${key}`);
    const element = clone(message.role);
    element.dataset.messageId = message.id;
    view(key, element, message);
    if (sent) {
      element.classList.add("message-new");
      views.get(key)?.note(sent.note);
    }
    return element;
  }

  /**
   * @param {string} key
   * @param {HTMLElement} element
   * @param {Message} message
   */
  function view(key, element, message) {
    const isAnswer = message.role === "assistant";
    const answer = message.id ? () => answerOf(message) : pendingAnswer;
    views.set(key, isAnswer ? createAnswerView(element, answer(), message, retry) : createQuestionView(element, message));
  }

  /** @param {Message} message */
  function answerOf({ id, content: text, status, metadata = {} }) {
    const known = answers.get(id);
    if (known) return known;
    const answer = answers.add(id, { text, status: answerStatus(status), metadata });
    if (answer.status === "pending") answers.ask(answer);
    return answer;
  }

  /** @param {string} key */
  function release(key) {
    views.get(key)?.dispose();
    views.delete(key);
  }

  /** @returns {string[]} the messages of the server, up to the one that something on its way takes the place of */
  function shown() {
    const ids = history?.messages().map((message) => message.id) ?? [];
    const places = [...outgoing.values()].map(({ message }) => ids.indexOf(message.message_id ?? ""));
    return ids.slice(0, Math.min(ids.length, ...places.filter((place) => place >= 0)));
  }

  function draw() {
    for (const message of history?.messages() ?? []) if (message.role === "assistant") answerOf(message);
    rows.set([...shown(), ...outgoing.keys()]);
    part(main, "earlier-row").hidden = !history?.hasOlder();
    changed();
  }

  function moved() {
    rows.update();
    const { top, height } = viewport.seen();
    const below = list.offsetHeight - top - height;
    const more = [top < NEAR_END * height && history?.loadOlder(), below < NEAR_END * height && history?.loadNewer()];
    // What could not be fetched is asked for again when the reader moves on, or presses the link.
    for (const loading of more) if (loading) loading.catch(() => {});
  }

  /** @param {Message} message as the server has it now */
  function replaced(message) {
    const answer = answers.get(message.id);
    if (answer) answers.know(answer, message);
    views.get(message.id)?.update(message);
  }

  earlier.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history?.loadOlder()?.catch(() => location.assign(earlier.getAttribute("href") ?? location.href));
  });

  return {
    /** @returns {History | null} of the conversation that is shown */
    history: () => history,
    /**
     * Shows another conversation, first with what is known of it.
     * @param {string | null} id null: a new one
     * @param {Message[]} known
     */
    open(id, known) {
      outgoing.clear();
      history = id ? createHistory(id, { changed: draw, replaced }) : null;
      if (history) history.start(known);
      else draw();
      viewport.toEnd(false);
    },
    /** Takes over what the server has rendered. @param {string | null} id */
    adopt(id) {
      const elements = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[data-message-id]")]);
      const messages = elements.map(readMessage);
      history = id ? createHistory(id, { changed: draw, replaced }) : null;
      elements.forEach((element, index) => {
        const message = /** @type {Message} */ (messages[index]);
        rows.adopt(message.id, element);
        view(message.id, element, message);
      });
      history?.start(messages);
      viewport.toEnd(false);
    },
    /** The new conversation has come into being. @param {string} id */
    begin(id) {
      history = createHistory(id, { changed: draw, replaced });
    },
    /** @param {Outgoing} message shown at once, after all others */
    show(message) {
      outgoing.set(message.client_message_id, { message, note: "" });
      draw();
      viewport.toEnd(false);
    },
    /**
     * @param {string} clientMessageId
     * @param {string} note nothing: hidden
     */
    note(clientMessageId, note) {
      const sent = outgoing.get(clientMessageId);
      if (!sent) return;
      sent.note = note;
      views.get(clientMessageId)?.note(note);
    },
    /**
     * A message has arrived: its row becomes that of the server's message.
     * @param {string} clientMessageId
     * @param {Message} message
     * @param {Message} answer
     */
    accepted(clientMessageId, message, answer) {
      const replaces = outgoing.get(clientMessageId)?.message.message_id;
      outgoing.delete(clientMessageId);
      const view = views.get(clientMessageId);
      if (view && !replaces && !rows.keys().includes(message.id)) {
        rows.rename(clientMessageId, message.id);
        views.delete(clientMessageId);
        views.set(message.id, view);
        view.element.dataset.messageId = message.id;
        view.update(message);
      }
      if (!answers.get(answer.id)) answers.add(answer.id, { status: answerStatus(answer.status) });
      if (replaces) history?.replaceFrom(replaces, [message, answer]);
      else {
        history?.append(message);
        history?.append(answer);
      }
    },
    /** @param {string} clientMessageId of a message that was refused */
    withdraw(clientMessageId) {
      if (outgoing.delete(clientMessageId)) draw();
    },
    /** @param {string} clientMessageId */
    shows: (clientMessageId) => outgoing.has(clientMessageId),
    /** @returns {boolean} */
    isEmpty: () => rows.keys().length === 0,
    /** @param {Answer} answer that has ended: the history knows its text */
    settle(answer) {
      const message = history?.get(answer.id);
      if (!message || answer.status === "retracted") return;
      if (message.status === answer.status && message.content === answer.text) return;
      const { text: content, status, metadata } = answer;
      history?.replace({ ...message, content, status, metadata });
      changed();
    },
    /** @param {Answer} answer of which something has changed */
    redraw: (answer) => views.get(answer.id)?.draw(),
    toEnd: () => viewport.toEnd(false),
    /**
     * Scrolls to a message and marks it; loads what stands around it when it is not there.
     * @param {string} messageId
     */
    async reveal(messageId) {
      if (history && !history.get(messageId)) await history.around(messageId);
      const row = rows.reveal(messageId);
      row?.setAttribute("data-found", "");
      row?.addEventListener("animationend", () => row.removeAttribute("data-found"), { once: true });
    },
  };
}

/** @param {Outgoing} message @returns {Message} how it looks until the server has it */
function asMessage({ content, action, attachments = [] }) {
  const role = action === "regenerate" ? "assistant" : "user";
  return { id: "", role, status: "sending", content, metadata: { attachments } };
}
