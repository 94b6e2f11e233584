/** The field where messages are written. */
import { createTray } from "./attachments/tray.js";
import { find, part } from "./dom.js";

/** @import { Drafts } from "./drafts.js" */
/** @import { Attachment, Outgoing } from "./types.js" */

/** The count is shown from this share of the limit on. */
const COUNT_FROM = 0.8;

/** @param {string} content @param {string} rest @returns {string} the rest stays below it */
const joined = (content, rest) => (rest.trim() ? `${content}\n\n${rest}` : content);

/**
 * @param {HTMLFormElement} form
 * @param {object} doors
 * @param {Drafts} doors.drafts
 * @param {(content: string, more: { model?: string, attachments?: Attachment[] }) => void} doors.send
 * @param {() => void} doors.stop
 * @param {(words: string) => void} doors.refused a file that is not taken
 * @param {(model: string) => void} doors.modelChosen
 */
export function createComposer(form, { drafts, send, stop, refused, modelChosen }) {
  const input = /** @type {HTMLTextAreaElement} */ (find(form, "textarea"));
  const conversation = /** @type {HTMLInputElement} */ (find(form, '[name="conversation_id"]'));
  const model = /** @type {HTMLSelectElement | null} */ (form.querySelector('[name="model"]'));
  const sendButton = /** @type {HTMLButtonElement} */ (find(form, '[data-testid="send"]'));
  const stopButton = /** @type {HTMLButtonElement} */ (find(form, '[data-testid="stop"]'));
  const count = part(form, "count");
  const limit = Number(form.dataset.maxLength) || Infinity;
  const tray = createTray(part(form, "tray"), { largest: Number(form.dataset.maxFile), drafts, changed: draw, refused });
  /** Whether it was sent before its files had arrived. */
  let sendWhenReady = false;
  /** What the conversation is doing. @type {"idle" | "answering"} */
  let state = "idle";

  // Characters as the server counts them: code points.
  const length = () => (input.value.length < limit * COUNT_FROM ? input.value.length : [...input.value.trim()].length);
  function sendable() {
    const files = tray.state();
    const says = input.value.trim() !== "" || files === "ready";
    return state === "idle" && says && length() <= limit && (files === "ready" || files === "empty");
  }

  function resize() {
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight}px`;
  }

  function draw() {
    if (sendWhenReady && sendable()) form.requestSubmit();
    const over = length() > limit;
    count.textContent =
      length() >= limit * COUNT_FROM ? `${length().toLocaleString("en")} of ${limit.toLocaleString("en")}` : "";
    count.toggleAttribute("data-over", over);
    input.setAttribute("aria-invalid", String(over));
    sendButton.disabled = !sendable();
    const hadFocus = document.activeElement === stopButton;
    sendButton.hidden = state === "answering";
    stopButton.hidden = state !== "answering";
    if (hadFocus && stopButton.hidden) input.focus();
  }

  /** @param {string} content */
  function write(content) {
    input.value = content;
    drafts.set(conversation.value, content);
    resize();
    draw();
  }

  input.addEventListener("input", () => write(input.value));
  input.addEventListener("keydown", (event) => {
    // While an input method composes (Japanese, Chinese …), Enter chooses a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!sendable()) {
      sendWhenReady = state === "idle" && tray.state() === "busy";
      return;
    }
    sendWhenReady = false;
    const content = input.value.trim();
    const attachments = tray.take();
    write("");
    send(content, { ...(model ? { model: model.value } : {}), ...(attachments.length ? { attachments } : {}) });
  });
  stopButton.addEventListener("click", () => {
    stopButton.disabled = true;
    stop();
  });
  model?.addEventListener("change", () => modelChosen(model.value));
  addEventListener("resize", resize);
  tray.open(conversation.value);
  write(input.value || drafts.get(conversation.value));

  return {
    focus: () => input.focus(),
    /** @param {File[]} files to go with the message */
    attach(files) {
      tray.addFiles(files);
      input.focus();
    },
    /**
     * Puts text into the field for the user to go on with; the cursor goes where it is missing something.
     * @param {string} content
     */
    suggest(content) {
      write(content);
      input.focus();
      const gap = content.indexOf("\n\n```");
      input.selectionStart = input.selectionEnd = gap > 0 ? content.lastIndexOf("\n\n```") + 1 : content.length;
    },
    /**
     * Gives back a message that was not accepted, before anything written meanwhile.
     * @param {Outgoing} message
     */
    restore({ content, conversation_id, attachments = [] }) {
      const id = conversation_id ?? "";
      tray.restore(attachments, id);
      if (id !== conversation.value) {
        drafts.set(id, joined(content, drafts.get(id)));
        return;
      }
      write(joined(content, input.value));
      input.focus();
    },
    /** @param {string | null} id another conversation is shown, null for a new one: its draft comes up */
    open(id) {
      conversation.value = id ?? "";
      tray.open(conversation.value);
      write(drafts.get(conversation.value));
    },
    /** @param {string} id the conversation has come into being */
    setConversation(id) {
      const draft = input.value;
      drafts.set(conversation.value, "");
      conversation.value = id;
      tray.rename(id);
      write(draft);
    },
    /** @param {"idle" | "answering"} next */
    setState(next) {
      if (next !== state) stopButton.disabled = false;
      state = next;
      draw();
    },
    /** @param {string | null} slug of the model that answers; nothing, or one that is no more: the default */
    setModel(slug) {
      if (!model) return;
      const options = [...model.options];
      const standard = options.find((option) => option.hasAttribute("data-default")) ?? options[0];
      model.value = (options.find((option) => option.value === slug) ?? standard)?.value ?? "";
    },
    stoppable: () => (stopButton.disabled = false),
  };
}
