/**
 * The text of one growing paragraph, heading or cell on the page. What is certain stays as it is; only the end is read
 * again as it grows, and a long end that never becomes certain less often, so that the work stays linear.
 */
import { InlineParser } from "./inline.js";
import { purify } from "./purify.js";

/** @import { Page } from "./page.js" */

/** Characters at the end that are read again each time; beyond, the certain part is set down. */
const SHORT = 400;
/** An uncertain end longer than this is read again only when it has grown by a share. */
const LONG = 3000;
const SHARE = 0.2;

export class InlineText {
  /**
   * @param {HTMLElement} element
   * @param {Page} page
   */
  constructor(element, page) {
    this.element = element;
    this.page = page;
    /** All of it as it was written. */
    this.text = "";
    /** Up to here it is set down. */
    this.settled = 0;
    /** The last node of that. @type {ChildNode | null} */
    this.settledNode = null;
    /** Up to here it was read, and up to here it is shown. */
    this.parsed = 0;
    this.shown = 0;
    this.finished = false;
    /** Characters that were drawn again because something had become known. */
    this.drawnAgain = 0;
  }

  /**
   * Shows the text up to a place.
   * @param {number} [end] all of it by default
   */
  draw(end = this.text.length) {
    if (end === this.shown || this.finished) return;
    const tail = end - this.settled;
    if (tail > LONG && end > this.shown && end - this.parsed < SHARE * tail) {
      this.element.append(this.text.slice(this.shown, end));
      this.shown = end;
      return;
    }
    this.dropTail();
    const safe = this.read(this.settled, end);
    if (tail > SHORT && safe > this.settled) {
      this.dropTail();
      this.read(this.settled, safe);
      this.settled = safe;
      this.settledNode = this.element.lastChild;
      this.read(safe, end);
    }
    this.parsed = end;
    this.shown = end;
  }

  /** Shows all of it for good. */
  finish() {
    if (this.finished) return;
    this.dropTail();
    this.read(this.settled, this.text.length);
    this.element.normalize();
    this.finished = true;
  }

  /** @param {string} text in the place of what was there; a part of it stays as it is, as a rule */
  replace(text) {
    if (!text.startsWith(this.text.slice(0, this.settled))) this.clear();
    if (!text.startsWith(this.text.slice(0, Math.max(0, this.shown)))) {
      this.parsed = 0;
      this.shown = -1;
    }
    this.text = text;
  }

  /** Shows it anew: something that it refers to has become known. */
  drawAgain() {
    const { finished, shown } = this;
    this.clear();
    this.finished = false;
    if (finished) this.finish();
    else this.draw(shown);
  }

  clear() {
    this.element.replaceChildren();
    this.settledNode = null;
    this.settled = this.parsed = this.shown = 0;
  }

  dropTail() {
    while (this.element.lastChild !== this.settledNode) this.element.lastChild?.remove();
  }

  /**
   * Appends what a part of the text means.
   * @param {number} from
   * @param {number} to
   * @returns {number} up to where it is certain
   */
  read(from, to) {
    const root = document.createElement("span");
    const parser = new InlineParser(this.text.slice(from, to), this.text[from - 1] ?? "", this.page, root);
    parser.parse();
    this.page.wait(this);
    if (root.firstElementChild) purify(root);
    while (root.firstChild) this.element.append(root.firstChild);
    return from + parser.safe;
  }
}
