/** The field where messages are written. */
import { find, part } from "./dom.js";

/** The count is shown from this share of the limit on. */
const COUNT_FROM = 0.8;

/**
 * @param {HTMLFormElement} form
 * @param {object} doors
 * @param {(content: string, model: string | undefined) => void} doors.send
 * @param {() => void} doors.stop
 */
export function createComposer(form, { send, stop }) {
  const input = /** @type {HTMLTextAreaElement} */ (find(form, "textarea"));
  const conversation = /** @type {HTMLInputElement} */ (find(form, '[name="conversation_id"]'));
  const model = /** @type {HTMLSelectElement | null} */ (form.querySelector('[name="model"]'));
  const sendButton = /** @type {HTMLButtonElement} */ (find(form, '[data-testid="send"]'));
  const stopButton = /** @type {HTMLButtonElement} */ (find(form, '[data-testid="stop"]'));
  const count = part(form, "count");
  const limit = Number(form.dataset.maxLength) || Infinity;
  /** What the conversation is doing: nothing, waiting for `accepted`, or answering. @type {"idle" | "sending" | "answering"} */
  let state = "idle";

  const draftKey = () => `draft:${conversation.value}`;
  // Characters as the server counts them: code points.
  const length = () => (input.value.length < limit * COUNT_FROM ? input.value.length : [...input.value.trim()].length);
  const sendable = () => state === "idle" && input.value.trim() !== "" && length() <= limit;

  function resize() {
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight}px`;
  }

  function draw() {
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
    sessionStorage.setItem(draftKey(), content);
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
    if (!sendable()) return;
    const content = input.value.trim();
    write("");
    send(content, model?.value);
  });
  stopButton.addEventListener("click", () => {
    stopButton.disabled = true;
    stop();
  });
  addEventListener("resize", resize);
  write(input.value || (sessionStorage.getItem(draftKey()) ?? ""));

  return {
    focus: () => input.focus(),
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
     * @param {string} content
     */
    restore(content) {
      write(input.value.trim() ? `${content}\n\n${input.value}` : content);
      input.focus();
    },
    /** @param {string} id the conversation has come into being */
    setConversation(id) {
      const draft = input.value;
      sessionStorage.removeItem(draftKey());
      conversation.value = id;
      write(draft);
    },
    /** @param {"idle" | "sending" | "answering"} next */
    setState(next) {
      if (next !== state) stopButton.disabled = false;
      state = next;
      draw();
    },
    stoppable: () => (stopButton.disabled = false),
  };
}
