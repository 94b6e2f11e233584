/**
 * The conversation on the page: what goes out, what comes back, and the steps that the user's other tabs and devices make.
 * What of it is seen, and where, is the thread's affair.
 */
import { createActions } from "./actions.js";
import { createAnnouncer } from "./announcer.js";
import { createAnswers } from "./answers.js";
import { call } from "./api.js";
import { part } from "./dom.js";
import { refusalText } from "./errors.js";
import { gathered } from "./gathered.js";
import { createSending } from "./sending.js";
import { createThread } from "./thread/thread.js";
import { createTitle, UNTITLED } from "./title.js";

/** @import { AcceptedFrame, Attachment, Conversation, ErrorFrame, Frame, Message, Outgoing } from "./types.js" */

/** Characters of the first message that name a conversation until it has a title. */
const PROVISIONAL_TITLE = 60;

/**
 * @param {HTMLElement} main
 * @param {object} parts
 * @param {ReturnType<typeof import("./socket.js").createSocket>} parts.socket
 * @param {ReturnType<typeof import("./outbox.js").createOutbox>} parts.outbox
 * @param {ReturnType<typeof import("./composer.js").createComposer>} parts.composer
 * @param {ReturnType<typeof import("./sidebar/sidebar.js").createSidebar>} parts.sidebar
 * @param {ReturnType<typeof import("./notices.js").createNotices>} parts.notices
 * @param {(id: string | null) => void} parts.moved another conversation is shown, or the new one has its address
 * @param {(messageId: string, content: string) => void} parts.editAgain a changed message was refused
 * @param {(id: string, messages: readonly Message[]) => void} parts.remember what is known of a conversation now
 */
export function createConversation(main, { socket, outbox, composer, sidebar, notices, moved, editAgain, remember }) {
  let conversationId = main.dataset.conversationId || null;
  /** Of the messages that begin a new conversation, once there are any. @type {string | null} */
  let lane = null;
  const setTitle = createTitle(main);

  const announcer = createAnnouncer(notices.announce);
  const answers = createAnswers({
    follow: (messageId, afterSeq) => {
      socket.send({ type: "generation.follow", message_id: messageId, after_seq: afterSeq });
    },
    unfollow: (messageId) => {
      socket.send({ type: "generation.unfollow", message_id: messageId });
    },
    changed: (answer) => {
      announcer.announce(answer);
      thread.redraw(answer);
      drawComposer();
      if (answer.status !== "pending") thread.settle(answer);
    },
  });
  const { retry, stop } = createActions({ answers, announcer, socket, composer, notices });
  const thread = createThread(main, {
    answers,
    retry,
    changed: () => {
      drawComposer();
      if (conversationId) remember(conversationId, thread.history()?.messages() ?? []);
    },
  });
  const sending = createSending(main.dataset.userId ?? "", {
    socket,
    outbox,
    shown: (message) => {
      if (!conversationId && !lane && !message.conversation_id && thread.isEmpty()) lane = message.lane;
      if (isHere(message)) thread.show(message);
    },
    noted: (message, note) => thread.note(message.client_message_id, note),
    refused: failed,
  });

  /** @param {Outgoing} message */
  const isHere = (message) => message.lane === (conversationId ?? lane);
  function drawComposer() {
    composer.setState(answers.active() && socket.isReady() ? "answering" : "idle");
    main.toggleAttribute("data-empty", !conversationId && thread.isEmpty());
    part(main, "thread-empty").hidden = !conversationId || !thread.isEmpty();
  }

  /**
   * Shows another conversation: at once what is known of it, then what the server has.
   * @param {string | null} id null: a new one
   * @param {{ title?: string | undefined, known?: Message[] }} [more]
   * @throws {import("./api.js").ApiError} when there is nothing to show
   */
  async function open(id, { title = "", known = [] } = {}) {
    notices.hide();
    answers.clear();
    conversationId = id;
    lane = (!id && sending.all().find((message) => !message.conversation_id)?.lane) || null;
    main.dataset.conversationId = id ?? "";
    composer.open(id);
    sidebar.setCurrent(id ?? "");
    setTitle(id ? title || UNTITLED : "");
    thread.open(id, known);
    for (const message of sending.all()) if (isHere(message)) thread.show(message);
    drawComposer();
    if (id) await refresh(known.length > 0);
  }

  /** @param {boolean} patient what is on the page may stay as it is when the server does not answer */
  async function refresh(patient) {
    const id = conversationId;
    try {
      await thread.history()?.refresh();
    } catch (error) {
      if (!patient && id === conversationId) throw error;
    }
  }

  /**
   * @param {string} content
   * @param {{ model?: string, attachments?: Attachment[], action?: "edit" | "regenerate", message_id?: string }} [more]
   */
  async function send(content, more = {}) {
    notices.hide();
    if (!more.action && !(thread.history()?.isComplete() ?? true)) await refresh(true);
    await sending.send({ content, conversation_id: conversationId, ...more }, lane);
    drawComposer();
  }

  /** @param {AcceptedFrame} frame */
  function accepted(frame) {
    const sent = sending.accepted(frame);
    if (!sent) return;
    const title = (sent.content || (sent.attachments?.[0]?.name ?? "")).slice(0, PROVISIONAL_TITLE);
    if (!thread.shows(frame.client_message_id)) {
      sidebar.upsert({ id: frame.conversation_id, ...(sent.conversation_id ? {} : { title }) });
      return;
    }
    if (!conversationId) begin(frame.conversation_id, title);
    thread.accepted(frame.client_message_id, frame.user_message, frame.assistant_message);
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
    thread.begin(id);
    composer.setConversation(id);
    sidebar.upsert({ id, title, last_message_at: new Date().toISOString() });
    sidebar.setCurrent(id);
    setTitle(title);
    moved(id);
  }

  /** @param {ErrorFrame} frame */
  function failed(frame) {
    const words = refusalText(frame);
    const sent = sending.refused(frame);
    if (!sent && frame.code === "generation_active") return;
    const answer = answers.get(frame.message_id ?? "");
    if (sent) {
      thread.withdraw(sent.client_message_id);
      if (sent.action === "edit") editAgain(sent.message_id ?? "", sent.content);
      else if (!sent.action) composer.restore(sent);
      drawComposer();
    } else if (answer?.status === "pending" && frame.code === "not_found") {
      answers.fail(answer, words);
      return;
    }
    composer.stoppable();
    notices.show(words, { retryAfter: frame.retry_after, signIn: frame.code === "unauthorized" });
  }

  /** @param {Conversation} conversation */
  function changed(conversation) {
    sidebar.upsert(conversation);
    sidebar.setCurrent(conversationId ?? "");
    if (conversation.id !== conversationId) return;
    if (conversation.title) setTitle(conversation.title);
    // Our own message is what changed it: its frames tell the page more.
    if (!answers.active() && !sending.all().length) catchUp();
  }

  const catchUp = gathered(() => {
    if (!sending.all().some(isHere)) refresh(true);
  });

  /** @param {string} id */
  function deleted(id) {
    sidebar.remove(id);
    if (id !== conversationId) return;
    open(null);
    moved(null);
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
      case "ready":
      case "pong":
        return;
      default:
        answers.receive(frame);
        if (frame.type === "done") sending.ended(frame.message_id);
    }
  }

  /** Over a new connection unaccepted messages go out again, and unfinished answers are followed again. */
  const resume = () => (sending.resume(), answers.resume(), drawComposer());

  thread.adopt(conversationId);
  drawComposer();
  return {
    open,
    send,
    stop,
    receive,
    resume,
    catchUp,
    deleted,
    setTitle,
    waiting: () => (sending.waiting(), drawComposer()),
    reveal: thread.reveal,
    /** @param {string} id @returns {Message | undefined} */
    message: (id) => thread.history()?.get(id),
    /** @param {Message} message as it is now */
    replace: (message) => thread.history()?.replace(message),
    /** @param {string} messageId shows the branch with this message; throws ApiError */
    async select(messageId) {
      await call("POST", `messages/${messageId}/select/`);
      await refresh(false);
      await thread.reveal(messageId);
    },
    /** Messages of an earlier visit that were never accepted are sent again. */
    unsent: () => sending.restore().then(drawComposer),
    id: () => conversationId,
  };
}
