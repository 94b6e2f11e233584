/** Very long messages: of those that come whole, the beginning is shown, and the rest when the reader wants it. */
import { clone } from "./dom.js";

/** Characters from which a message is folded, and that are shown of it then. */
const LONG = 20_000;
const FIRST = 8_000;

/** What the reader wants of a message: to see the whole of it, or not. Rows come and go; this stays. @type {Map<string, boolean>} */
const whole = new Map();

/** @typedef {ReturnType<typeof createFold>} Fold */

/**
 * @param {HTMLElement} text where the message stands
 * @param {() => string} key of the message
 * @param {() => void} redraw
 */
export function createFold(text, key, redraw) {
  /** @type {HTMLButtonElement | null} */
  let button = null;

  function toggle() {
    whole.set(key(), !whole.get(key()));
    redraw();
    button?.scrollIntoView({ block: "nearest" });
  }

  /** @param {boolean} folded @param {number} length of the message, in characters */
  function drawButton(folded, length) {
    if (!button) {
      button = /** @type {HTMLButtonElement} */ (clone("fold"));
      button.addEventListener("click", toggle);
      text.after(button);
    }
    button.setAttribute("aria-expanded", String(!folded));
    button.textContent = folded ? `Show more (${length.toLocaleString("en")} characters)` : "Show less";
  }

  return {
    /**
     * @param {string} source the message
     * @param {boolean} complete whether no more of it will come
     * @returns {{ text: string, whole: boolean }} what is shown of it, and whether that is all
     */
    cut(source, complete) {
      const long = complete && source.length > LONG;
      // What the reader has seen being written does not vanish before their eyes.
      if (!complete && source.length > LONG) whole.set(key(), true);
      const folded = long && !whole.get(key());
      if (long) drawButton(folded, source.length);
      else {
        button?.remove();
        button = null;
      }
      text.toggleAttribute("data-folded", folded);
      return folded ? { text: firstOf(source), whole: false } : { text: source, whole: true };
    },
  };
}

/** @param {string} source @returns {string} its beginning, up to the end of a line or a word */
function firstOf(source) {
  const first = source.slice(0, FIRST);
  const ends = [first.lastIndexOf("\n") + 1, first.lastIndexOf(" ") + 1, FIRST];
  return first.slice(0, ends.find((end) => end > FIRST / 2));
}
