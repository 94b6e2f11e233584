/** What the parts of one text share: the links and footnotes it defines, and who waits for them. */
import { Notes } from "./notes.js";
import { normalLabel } from "./links.js";

/** @import { InlineText } from "./inline-text.js" */

/** Characters of one text that are drawn again while it grows. */
const MOST_AGAIN = 20_000;

export class Page {
  /** @param {HTMLElement} container the text's element */
  constructor(container) {
    this.container = container;
    this.notes = new Notes(container);
    /** By label. @type {Map<string, string>} */
    this.addresses = new Map();
    /** Labels that nobody has defined yet, and the texts in which they stand. @type {Map<string, Set<InlineText>>} */
    this.waiting = new Map();
    /** Texts to be drawn again. @type {Set<InlineText>} */
    this.stale = new Set();
    /** Labels that were looked for in vain since this was last emptied. @type {string[]} */
    this.missing = [];
  }

  /** @param {string} label a normal one @returns {string | undefined} where the link leads */
  addressOf(label) {
    const address = this.addresses.get(label);
    if (address === undefined) this.missing.push(label);
    return address;
  }

  /** @param {string} label of a footnote @returns {HTMLElement | null} a reference to it */
  noteReference(label) {
    const reference = this.notes.refer(normalLabel(label));
    if (!reference) this.missing.push(`^${normalLabel(label)}`);
    return reference;
  }

  /**
   * Keeps the first definition of a label.
   * @param {string} label a normal one
   * @param {string} address
   */
  define(label, address) {
    if (this.addresses.has(label)) return;
    this.addresses.set(label, address);
    this.arrived(label);
  }

  /** @param {string} label of a footnote @returns {HTMLElement} where its text goes */
  defineNote(label) {
    const element = this.notes.define(normalLabel(label));
    this.arrived(`^${normalLabel(label)}`);
    return element;
  }

  /** @param {string} label */
  arrived(label) {
    for (const text of this.waiting.get(label) ?? []) this.stale.add(text);
    this.waiting.delete(label);
  }

  /** @param {InlineText} text is drawn again when one of the missing labels is defined */
  wait(text) {
    for (const label of this.missing) {
      const others = this.waiting.get(label);
      if (others) others.add(text);
      else this.waiting.set(label, new Set([text]));
    }
    this.missing = [];
  }

  /**
   * Draws what has become known since the last time.
   * @param {boolean} finished no more will come
   */
  settle(finished) {
    // A text that is drawn again may refer to a footnote for the first time, but it defines nothing.
    for (const text of [...this.stale]) {
      // A long text with many links that are defined one by one waits for the last of them.
      if (!finished && text.drawnAgain > MOST_AGAIN) continue;
      text.drawnAgain += text.text.length;
      this.stale.delete(text);
      text.drawAgain();
    }
    this.notes.arrange(finished);
  }
}
