/**
 * The conversation on the page: shows what goes out and what comes back, and keeps in step with the user's other tabs.
 * Owns which messages are on the page.
 */
import { createAnnouncer } from "./announcer.js";
import { answerStatus, createAnswers } from "./answers.js";
import { ApiError, call } from "./api.js";
import { createCatchUp } from "./catchup.js";
import { part } from "./dom.js";
import { failureText, refusalText } from "./errors.js";
import { assistantMessage, createAnswerView, noteUnder, readAnswer, userMessage } from "./messages.js";
import { createSending } from "./sending.js";

/** @import { Answer } from "./answers.js" */
/** @import { AcceptedFrame, Conversation, ErrorFrame, Frame, Message } from "./types.js" */

/** Characters of the first message that name a conversation until it has a title. */
const PROVISIONAL_TITLE = 60;

/**
 * @param {HTMLElement} main
 * @param {object} parts
 * @param {ReturnType<typeof import("./socket.js").createSocket>} parts.socket
 * @param {ReturnType<typeof import("./outbox.js").createOutbox>} parts.outbox
 * @param {ReturnType<typeof import("./composer.js").createComposer>} parts.composer
 * @param {ReturnType<typeof import("./sidebar.js").createSidebar>} parts.sidebar
 * @param {ReturnType<typeof import("./notices.js").createNotices>} parts.notices
 * @param {ReturnType<typeof import("./scroll.js").createFollower>} parts.follower
 */
export function createConversation(main, { socket, outbox, composer, sidebar, notices, follower }) {
  const list = part(main, "messages");
  let conversationId = main.dataset.conversationId || null;
  /** `last_message_at` of the newest state the page knows. */
  let seenUntil = "";
  /** @type {Map<string, ReturnType<typeof createAnswerView>>} */
  const views = new Map();

  const answers = createAnswers({
    follow: (messageId, afterSeq) => {
      socket.send({ type: "generation.follow", message_id: messageId, after_seq: afterSeq });
    },
    changed: (answer) => {
      announcer.announce(answer);
      views.get(answer.id)?.draw();
      drawComposer();
    },
  });
  const sending = createSending(list, main.dataset.userId ?? "", { socket, outbox, refused: (error) => failed(error) });
  const announcer = createAnnouncer(notices.announce);
  const catchUp = createCatchUp(() => (sending.count() ? null : conversationId), addNewest);

  function drawComposer() {
    composer.setState(answers.active() ? "answering" : sending.visible() ? "sending" : "idle");
    const bare = !conversationId && !list.childElementCount;
    main.toggleAttribute("data-empty", bare);
    main.querySelector('[data-part="thread-empty"]')?.toggleAttribute("hidden", list.childElementCount > 0);
  }

  /** @param {string} id */
  const onPage = (id) => list.querySelector(`[data-message-id="${CSS.escape(id)}"]`);

  /**
   * @param {HTMLElement} element an assistant message on the page
   * @param {Answer} answer
   */
  function show(element, answer) {
    element.dataset.messageId = answer.id;
    const view = createAnswerView(element, answer, retry);
    views.set(answer.id, view);
    view.drawNow();
  }

  /** Takes over the answers that the server has rendered. */
  function adopt() {
    for (const element of /** @type {Iterable<HTMLElement>} */ (list.querySelectorAll(".message-assistant"))) {
      const { id, ...answer } = readAnswer(element);
      if (!views.has(id)) show(element, answers.add(id, answer));
    }
  }

  /** @param {Message} message one the page does not show yet */
  function append(message) {
    if (message.role === "user") {
      const element = userMessage(message.content, "completed");
      element.dataset.messageId = message.id;
      list.append(element);
      return;
    }
    const status = answerStatus(message.status);
    const element = assistantMessage();
    list.append(element);
    const { content: text, metadata = {} } = message;
    show(element, answers.add(message.id, { text, status, metadata }));
  }

  /**
   * @param {string} content
   * @param {string | undefined} model
   */
  async function send(content, model) {
    notices.hide();
    await sending.send(content, conversationId, model);
    drawComposer();
    follower.toEnd(false);
  }

  /** @param {AcceptedFrame} frame */
  function accepted(frame) {
    const sent = sending.settle(frame.client_message_id);
    if (!sent) return;
    const content = sent.message.content;
    if (!sent.element) {
      sidebar.upsert({ id: frame.conversation_id, title: content.slice(0, PROVISIONAL_TITLE) });
      return;
    }
    if (!conversationId) begin(frame.conversation_id, content.slice(0, PROVISIONAL_TITLE));
    if (onPage(frame.user_message.id)) sent.element.remove();
    else sent.element.dataset.messageId = frame.user_message.id;
    sent.element.dataset.status = "completed";
    noteUnder(sent.element, "");
    if (!onPage(frame.assistant_message.id)) append(frame.assistant_message);
    sidebar.upsert({ id: frame.conversation_id, last_message_at: new Date().toISOString() });
    drawComposer();
  }

  /**
   * @param {string} id
   * @param {string} title
   */
  function begin(id, title) {
    conversationId = id;
    main.dataset.conversationId = id;
    history.replaceState(null, "", `/c/${id}/`);
    composer.setConversation(id);
    sidebar.upsert({ id, title, last_message_at: new Date().toISOString() });
    sidebar.setCurrent(id);
    setTitle(title);
  }

  /** @param {string} title */
  function setTitle(title) {
    part(main, "title").textContent = title;
    part(main, "title").hidden = false;
    document.title = `${title} · ${main.dataset.siteName}`;
  }

  /** @param {ErrorFrame} frame */
  function failed(frame) {
    const words = refusalText(frame);
    const sent = sending.settle(frame.client_message_id ?? "");
    const answer = answers.get(frame.message_id ?? "");
    if (sent) {
      sent.element?.remove();
      composer.restore(sent.message.content);
      drawComposer();
    } else if (answer?.status === "pending" && frame.code === "not_found") {
      answers.fail(answer, words);
      return;
    }
    composer.stoppable();
    notices.show(words, { retryAfter: frame.retry_after, signIn: frame.code === "unauthorized" });
  }

  /** @param {Answer} answer */
  async function retry(answer) {
    try {
      await call("POST", `messages/${answer.id}/retry/`);
      announcer.forget(answer);
      answers.reopen(answer);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      notices.show(failureText(error, "The answer could not be tried again."), { retryAfter: error.retryAfter });
    }
  }

  async function stop() {
    const answer = answers.active();
    if (!answer || socket.send({ type: "generation.stop", message_id: answer.id })) return;
    try {
      await call("POST", `messages/${answer.id}/stop/`);
    } catch {
      composer.stoppable();
      notices.show("The answer could not be stopped. Please try again.");
    }
  }

  /** @param {Conversation} conversation */
  function changed(conversation) {
    sidebar.upsert(conversation);
    sidebar.setCurrent(conversationId ?? "");
    if (conversation.id !== conversationId) return;
    if (conversation.title) setTitle(conversation.title);
    const until = conversation.last_message_at ?? "";
    if (until === seenUntil) return;
    seenUntil = until;
    // Our own message is what changed it: its frames tell the page more.
    if (!answers.active() && !sending.count()) catchUp();
  }

  /** @param {Message[]} newest the newest messages as the server has them */
  function addNewest(newest) {
    // Only what follows the newest message on the page; older ones have their own link.
    const known = newest.findLastIndex((message) => onPage(message.id));
    for (const message of newest.slice(known + 1)) {
      append(message);
      if (answers.get(message.id)?.status === "pending") {
        socket.send({ type: "generation.follow", message_id: message.id, after_seq: 0 });
      }
    }
    drawComposer();
  }

  /** @param {string} id */
  function deleted(id) {
    sidebar.remove(id);
    if (id === conversationId) location.assign("/");
  }

  /** @param {Frame} frame */
  function receive(frame) {
    switch (frame.type) {
      case "accepted":
        return accepted(frame);
      case "error":
        return failed(frame);
      case "conversation.changed":
        return changed(frame.conversation);
      case "conversation.deleted":
        return deleted(frame.conversation_id);
      case "status":
      case "token":
      case "reset":
      case "snapshot":
      case "done":
      case "retracted":
        return answers.receive(frame);
    }
  }

  /** Once the socket is ready: unaccepted messages go out again, unfinished answers are followed again. */
  const resume = () => (sending.resume(), answers.resume());

  /** Messages of an earlier visit that were never accepted are sent again. */
  const unsent = () => sending.restore(conversationId).then(drawComposer);

  adopt();
  drawComposer();
  return { send, stop, receive, resume, waiting: sending.waiting, catchUp, deleted, adopt, unsent, setTitle, id: () => conversationId };
}
