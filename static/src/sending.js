/**
 * Messages on their way: from the moment they are written until the server has accepted or refused them.
 * Each keeps its client_message_id and stands in the outbox meanwhile; after a new connection it is sent again.
 */
import { newClientMessageId } from "./outbox.js";

/** @import { ErrorFrame, Outgoing } from "./types.js" */

/** Bytes of a message; a frame of more than 64 KiB would close the socket, and again each time it is repeated. */
const LARGEST = 64 * 1024 - 512;

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
  /** @type {Map<string, Outgoing>} */
  const unaccepted = new Map();

  /** @param {Outgoing} message */
  function dispatch(message) {
    const { client_message_id, conversation_id, content, model } = message;
    if (new TextEncoder().encode(JSON.stringify(message)).length > LARGEST) {
      refused({ type: "error", code: "message_too_long", client_message_id });
      return;
    }
    socket.send({ type: "message.send", client_message_id, conversation_id, content, ...(model ? { model } : {}) });
  }

  /** Says of each message that it waits for the connection. */
  function waiting() {
    for (const message of unaccepted.values()) noted(message, "Will be sent as soon as the connection is back.");
  }

  return {
    waiting,
    /** @returns {Outgoing[]} those without an answer from the server */
    all: () => [...unaccepted.values()],
    /**
     * Keeps a message, then shows and sends it: what is seen on the page outlives the page.
     * @param {string} content
     * @param {string | null} conversationId null: a new conversation
     * @param {string | undefined} model
     */
    async send(content, conversationId, model) {
      /** @type {Outgoing} */
      const message = {
        client_message_id: newClientMessageId(),
        user_id: userId,
        conversation_id: conversationId,
        content,
        created_at: Date.now(),
        ...(model ? { model } : {}),
      };
      await outbox.put(message);
      unaccepted.set(message.client_message_id, message);
      shown(message);
      dispatch(message);
      if (!socket.isReady()) waiting();
    },
    /**
     * Ends the wait for one message, whichever way the server has decided.
     * @param {string} clientMessageId
     * @returns {Outgoing | undefined} nothing when it is not ours
     */
    settle(clientMessageId) {
      const sent = unaccepted.get(clientMessageId);
      unaccepted.delete(clientMessageId);
      if (clientMessageId) outbox.remove(clientMessageId);
      return sent;
    },
    /** Sends everything again over a new connection. */
    resume() {
      for (const message of unaccepted.values()) {
        noted(message, "");
        dispatch(message);
      }
    },
    /** Sends what an earlier visit left in the outbox. */
    async restore() {
      for (const message of await outbox.all()) {
        if (unaccepted.has(message.client_message_id)) continue;
        unaccepted.set(message.client_message_id, message);
        shown(message);
        dispatch(message);
      }
    },
  };
}
