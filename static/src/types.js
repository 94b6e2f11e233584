/**
 * The words of the wire: messages, conversations and the frames of /ws/chat/. Types only.
 *
 * @typedef {"pending" | "completed" | "stopped" | "failed" | "blocked" | "held" | "retracted"} AnswerStatus
 * @typedef {{ code?: string, message?: string, fallback_suggestions?: unknown } | string} Failure
 * @typedef {{ id: string, name: string, kind: string, size: number, deleted?: boolean }} Attachment
 * @typedef {{ model?: string, error?: Failure, attachments?: Attachment[], first_token_ms?: number | null,
 *   total_ms?: number | null, prompt_tokens?: number | null, completion_tokens?: number | null, attempts?: number }} Metadata
 *
 * @typedef {object} Message
 * @property {string} id
 * @property {"user" | "assistant"} role
 * @property {string} status
 * @property {string} content
 * @property {Metadata} [metadata]
 * @property {string | null} [parent_id]
 * @property {string[]} [siblings] ids of the message and the other versions of it, oldest first
 * @property {number} [position] among its siblings, from 1
 * @property {1 | -1 | null} [rating] what the reader thinks of an answer
 * @property {string} [created_at] ISO 8601
 *
 * @typedef {{ results: Message[], next: string | null, previous: string | null }} MessagePage newest first
 *
 * @typedef {object} Conversation
 * @property {string} id
 * @property {string} [title]
 * @property {string | null} [last_message_at] ISO 8601
 * @property {boolean} [archived]
 * @property {boolean} [pinned]
 * @property {string} [folder]
 * @property {string | null} [model] its slug; null: the default
 * @property {string | null} [expires_at] ISO 8601; when a temporary chat is deleted
 *
 * @typedef {object} Outgoing One unsent message; the client_message_id is kept until the server has accepted it.
 * @property {string} client_message_id
 * @property {string} user_id
 * @property {string | null} conversation_id
 * @property {string} lane messages of one conversation have the same: its id, or of a new one its first client_message_id
 * @property {string} content empty where only the answer is to be another one
 * @property {string} [model]
 * @property {Attachment[]} [attachments]
 * @property {"edit" | "regenerate"} [action] nothing: a message after all others
 * @property {string} [message_id] what it takes the place of
 * @property {number} created_at milliseconds since 1970
 *
 * @typedef {{ type: "ready" }} ReadyFrame
 * @typedef {{ type: "pong" }} PongFrame
 * @typedef {{ type: "accepted", client_message_id: string, conversation_id: string, user_message: Message,
 *   assistant_message: Message, duplicate: boolean }} AcceptedFrame
 * @typedef {{ type: "status", message_id: string, seq: number, status: "queued" | "running" | "retrying",
 *   attempt: number, retry_after?: number | null, message?: string | null }} StatusFrame
 * @typedef {{ type: "token", message_id: string, seq: number, content: string }} TokenFrame
 * @typedef {{ type: "reset", message_id: string, seq: number, attempt: number, content: string }} ResetFrame
 * @typedef {{ type: "snapshot", message_id: string, seq: number, status: string, content: string }} SnapshotFrame
 * @typedef {{ type: "done", message_id: string, seq: number, status: string, metadata?: Metadata }} DoneFrame
 * @typedef {{ type: "retracted", message_id: string, seq?: number, reason?: string }} RetractedFrame
 * @typedef {{ type: "error", code: string, message?: string, retry_after?: number | null, client_message_id?: string | null,
 *   message_id?: string | null, fallback_suggestions?: unknown }} ErrorFrame
 * @typedef {{ type: "conversation.changed", conversation: Conversation }} ConversationChangedFrame
 * @typedef {{ type: "conversation.deleted", conversation_id: string }} ConversationDeletedFrame
 *
 * @typedef {StatusFrame | TokenFrame | ResetFrame | SnapshotFrame | DoneFrame | RetractedFrame} AnswerFrame
 * @typedef {ReadyFrame | PongFrame | AcceptedFrame | AnswerFrame | ErrorFrame | ConversationChangedFrame
 *   | ConversationDeletedFrame} Frame
 */
export {};
