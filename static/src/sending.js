/**
 * Messages on their way: from the moment they are written until the server has accepted or refused them.
 * Each keeps its client_message_id and stands in the outbox meanwhile; after a new connection it is sent again.
 * Those of one conversation go one after the other, each when the answer before it has ended.
 */
import { newClientMessageId } from "./outbox.js";

/** @import { AcceptedFrame, ErrorFrame, Outgoing } from "./types.js" */

/** Bytes of a message; a frame of more than 64 KiB would close the socket, and again each time it is repeated. */
const LARGEST = 64 * 1024 - 512;
/** Milliseconds after which a conversation is tried again that was answering when it should not have been. */
const TRY_AGAIN = 3000;

/**
 * @param {string} userId
 * @param {object} doors
 * @param {ReturnType<typeof import("./socket.js").createSocket>} doors.socket
 * @param {ReturnType<typeof import("./outbox.js").createOutbox>} doors.outbox
 * @param {(message: Outgoing) => void} doors.shown a message has begun its way
 * @param {(message: Outgoing, note: string) => void} doors.noted what the user is told of it
 * @param {(error: ErrorFrame) => void} doors.refused a message that cannot be sent at all
 */
export function createSending(userId, { socket, outbox, shown, noted, refused }) {
  /** In the order in which they were written. @type {Map<string, Outgoing>} */
  const unaccepted = new Map();
  /** Ids of answers that are being written, by lane. @type {Map<string, string>} */
  const answering = new Map();

  /** @param {Outgoing} message */
  function dispatch(message) {
    const { client_message_id, content, action = "send", message_id, conversation_id, model, attachments = [] } = message;
    if (new TextEncoder().encode(JSON.stringify(message)).length > LARGEST) {
      refused({ type: "error", code: "message_too_long", client_message_id });
      return;
    }
    const files = attachments.length ? { attachments: attachments.map(({ id }) => id) } : {};
    const what = { send: { conversation_id, content, ...files }, edit: { message_id, content }, regenerate: { message_id } }[action];
    const sent = socket.send({
      type: `message.${action}`, client_message_id, ...what, ...(model && action !== "edit" ? { model } : {}),
    });
    noted(message, sent ? "" : "Will be sent as soon as the connection is back.");
  }

  /** Sends the first message of every conversation that is not answering. @param {string} [only] of this lane alone */
  function pump(only) {
    const lanes = new Set();
    for (const message of [...unaccepted.values()]) {
      if (lanes.has(message.lane)) continue;
      lanes.add(message.lane);
      if ((only === undefined || only === message.lane) && !answering.has(message.lane)) dispatch(message);
    }
  }

  /** @param {Outgoing} message */
  function queue(message) {
    const first = ![...unaccepted.values()].some(({ lane }) => lane === message.lane);
    unaccepted.set(message.client_message_id, message);
    shown(message);
    if (first) pump(message.lane);
    else noted(message, "Will be sent after the one before.");
  }

  return {
    /** Says of each message that it waits for the connection. */
    waiting() {
      for (const message of unaccepted.values()) noted(message, "Will be sent as soon as the connection is back.");
    },
    /** @returns {Outgoing[]} those without an answer from the server */
    all: () => [...unaccepted.values()],
    /**
     * Keeps a message, then shows and sends it: what is seen on the page outlives the page.
     * @param {Pick<Outgoing, "content" | "conversation_id" | "model" | "attachments" | "action" | "message_id">} what
     * @param {string | null} lane of the new conversation that an earlier message begins
     */
    async send(what, lane) {
      const client_message_id = newClientMessageId();
      /** @type {Outgoing} */
      const message = {
        client_message_id,
        user_id: userId,
        lane: what.conversation_id ?? lane ?? client_message_id,
        created_at: Date.now(),
        ...what,
      };
      await outbox.put(message);
      queue(message);
    },
    /**
     * A message is durable. Those that follow it in a new conversation learn which that is.
     * @param {AcceptedFrame} frame
     * @returns {Outgoing | undefined} nothing when it is not ours
     */
    accepted({ client_message_id, conversation_id, assistant_message }) {
      const sent = unaccepted.get(client_message_id);
      unaccepted.delete(client_message_id);
      outbox.remove(client_message_id);
      if (!sent) return undefined;
      for (const message of unaccepted.values()) {
        if (message.lane !== sent.lane || message.conversation_id) continue;
        message.conversation_id = message.lane = conversation_id;
        outbox.put(message);
      }
      if (assistant_message.status === "pending") answering.set(conversation_id, assistant_message.id);
      pump(conversation_id);
      return sent;
    },
    /**
     * A message was refused. Where an answer was in the way, it waits for its turn instead.
     * @param {ErrorFrame} frame
     * @returns {Outgoing | undefined} the message that is given up
     */
    refused({ client_message_id, code }) {
      const sent = unaccepted.get(client_message_id ?? "");
      if (!sent) return undefined;
      if (code === "generation_active" && !sent.action) {
        noted(sent, "Will be sent after the answer before it.");
        setTimeout(() => pump(sent.lane), TRY_AGAIN);
        return undefined;
      }
      unaccepted.delete(sent.client_message_id);
      outbox.remove(sent.client_message_id);
      pump(sent.lane);
      return sent;
    },
    /** @param {string} messageId of an answer that has ended: what waited for it goes out */
    ended(messageId) {
      for (const [lane, id] of answering) {
        if (id !== messageId) continue;
        answering.delete(lane);
        pump(lane);
      }
    },
    /** Sends everything again over a new connection. */
    resume() {
      // Whether those answers have ended meanwhile, the server will say by refusing.
      answering.clear();
      pump();
    },
    /** Sends what an earlier visit left in the outbox. */
    async restore() {
      for (const message of await outbox.all()) {
        if (!unaccepted.has(message.client_message_id)) {
          queue({ ...message, lane: message.lane ?? message.conversation_id ?? message.client_message_id });
        }
      }
    },
  };
}
