/** Where a block goes, and in which direction its text and the containers around it are read: that of the first letter. */

/** @import { Container } from "./containers.js" */

const LETTER = /\p{L}/u;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]/u;

/** @param {string} text @returns {"ltr" | "rtl" | null} null: no letter tells yet */
function directionOf(text) {
  const letter = text.match(LETTER)?.[0];
  return letter ? (RIGHT_TO_LEFT.test(letter) ? "rtl" : "ltr") : null;
}

export class Place {
  /**
   * @param {Container} container
   * @param {Container[]} around it and those around it, of which the direction is not known yet
   * @param {() => Element | null} end of the text, before which blocks go
   */
  constructor(container, around, end) {
    this.container = container;
    this.around = around;
    this.end = end;
    this.isDirected = false;
  }

  /** @param {Element} element a block */
  put(element) {
    const end = this.container.kind === "document" ? this.end() : null;
    if (end) end.before(element);
    else this.container.element.append(element);
  }

  /**
   * Sets the direction once a letter tells it. A browser would find it out as well (dir="auto"), but looks again, all the
   * way up, whenever a word is added.
   * @param {HTMLElement} element of the block
   * @param {string} text its beginning, at least
   */
  direct(element, text) {
    if (this.isDirected) return;
    const direction = directionOf(text);
    if (!direction) return;
    this.isDirected = true;
    element.dir = direction;
    for (const container of this.around) {
      if (!container.element.dir) container.element.dir = direction;
    }
  }
}
