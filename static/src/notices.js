/** What the page says about itself: the notice above the composer, the state of the connection, the screen reader's line. */
import { part } from "./dom.js";

/** Milliseconds a loss must last before it is worth a word. */
const PATIENCE = 1200;
/** Milliseconds that a short word stays. */
const TOAST = 4000;
const TOAST_TO_UNDO = 7000;
/** Lines for screen readers that stay. */
const LINES = 8;

/** @param {HTMLElement} root */
export function createNotices(root) {
  const bar = part(root, "notice-bar");
  const text = part(root, "notice-bar-text");
  const link = /** @type {HTMLAnchorElement} */ (part(root, "notice-bar-link"));
  const connection = part(root, "connection");
  const announcer = part(root, "announcer");
  const toast = part(root, "toast");
  const button = part(toast, "toast-button");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let toasting;
  /** @type {(() => void) | undefined} */
  let afterToast;

  /** A word that the reader has turned to stays until they leave it. */
  function stay() {
    clearTimeout(toasting);
  }

  function leave() {
    if (!toast.hidden && !toast.matches(":hover, :focus-within")) toasting = setTimeout(endToast, TOAST);
  }

  toast.addEventListener("pointerenter", stay);
  toast.addEventListener("focusin", stay);
  toast.addEventListener("pointerleave", leave);
  toast.addEventListener("focusout", () => setTimeout(leave));

  function endToast() {
    clearTimeout(toasting);
    toast.hidden = true;
    const after = afterToast;
    afterToast = undefined;
    after?.();
  }

  /** @type {ReturnType<typeof setInterval> | undefined} */
  let countdown;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let patience;

  function hide() {
    clearInterval(countdown);
    bar.hidden = true;
  }

  part(root, "notice-bar-close").addEventListener("click", hide);

  return {
    hide,
    /**
     * @param {string} message
     * @param {{ retryAfter?: number | null | undefined, signIn?: boolean }} [more] retryAfter in seconds, counted down
     */
    show(message, { retryAfter, signIn = false } = {}) {
      clearInterval(countdown);
      const due = retryAfter ? Date.now() + retryAfter * 1000 : 0;
      const draw = () => {
        const seconds = Math.ceil((due - Date.now()) / 1000);
        text.textContent = seconds > 0 ? `${message} Try again in ${seconds} s.` : message;
        if (seconds <= 0) clearInterval(countdown);
      };
      if (due) countdown = setInterval(draw, 500);
      draw();
      link.hidden = !signIn;
      if (signIn) link.href = `/accounts/login/?next=${encodeURIComponent(location.pathname)}`;
      bar.hidden = false;
    },
    /** @param {string | null} words nothing: connected */
    connection(words) {
      if (words === null) {
        clearTimeout(patience);
        patience = undefined;
        connection.hidden = true;
        return;
      }
      part(connection, "connection-text").textContent = words;
      patience ??= setTimeout(() => (connection.hidden = false), PATIENCE);
    },
    /**
     * Says something that stays for a moment.
     * @param {string} words
     * @param {{ label: string, act: () => void, ended?: () => void }} [undo] a button; `ended`: the moment has passed
     */
    toast(words, undo) {
      endToast();
      part(toast, "toast-text").textContent = words;
      button.hidden = !undo;
      button.textContent = undo?.label ?? "";
      button.onclick = () => {
        afterToast = undefined;
        endToast();
        undo?.act();
      };
      afterToast = undo?.ended;
      toast.hidden = false;
      toasting = setTimeout(endToast, undo ? TOAST_TO_UNDO : TOAST);
    },
    /** @param {string} words for screen readers only */
    announce(words) {
      const line = document.createElement("p");
      line.textContent = words;
      // What is added is spoken, after what came before it; what is taken away was spoken long ago.
      announcer.append(line);
      while (announcer.childElementCount > LINES) announcer.firstElementChild?.remove();
    },
  };
}
