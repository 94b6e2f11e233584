/** Brackets in a text: links, pictures (which become links), references and footnotes. */
import { link } from "./addresses.js";
import { labelAt, normalLabel, targetAt } from "./links.js";

/** @import { InlineParser } from "./inline.js" */
/** @import { Run } from "./emphasis.js" */

/** Characters of a label: of a link that is defined elsewhere, or of a footnote. */
const LONGEST_LABEL = 1000;

/**
 * @typedef {object} Bracket
 * @property {Text} node
 * @property {number} end where its text begins
 * @property {boolean} image
 * @property {number} number the how-manieth of its text
 * @property {boolean} outer another bracket begins in it
 * @property {Run | null} bottom the newest run of emphasis before it
 * @property {Bracket | null} previous
 */

export class Brackets {
  /** @param {InlineParser} parser */
  constructor(parser) {
    this.parser = parser;
    /** The newest one that is open. @type {Bracket | null} */
    this.last = null;
    this.count = 0;
    /** Those before this number stand around a link: none of them begins another. */
    this.linked = 0;
  }

  /** @param {boolean} image */
  open(image) {
    const { parser } = this;
    const node = parser.append(image ? "![" : "[");
    parser.at += node.length;
    if (this.last) this.last.outer = true;
    const bottom = parser.emphasis.last;
    this.count += 1;
    this.last = { node, end: parser.at, image, number: this.count, outer: false, bottom, previous: this.last };
    return true;
  }

  /** @returns {boolean} whether something ended here that is more than a bracket */
  close() {
    const bracket = this.last;
    if (!bracket) return false;
    // What a tag has taken in, or what stands around a link, is nothing but a bracket.
    const whole = bracket.node.parentNode === this.parser.root && (bracket.image || bracket.number > this.linked);
    const target = whole ? this.target(bracket) : null;
    this.last = bracket.previous;
    if (!target) return false;
    const { parser } = this;
    parser.at = target.end;
    if ("note" in target) this.putNote(bracket, target.note);
    else this.putLink(bracket, target.address);
    return true;
  }

  /**
   * @param {Bracket} bracket whose text ends here
   * @returns {{ address: string, end: number } | { note: HTMLElement, end: number } | null}
   */
  target(bracket) {
    const { text, at, page } = this.parser;
    const inner = text.slice(bracket.end, at);
    const short = inner.length <= LONGEST_LABEL;
    const note = !bracket.image && short && /^\^\S+$/.test(inner) ? page.noteReference(inner.slice(1)) : null;
    if (note) return { note, end: at + 1 };
    const inline = targetAt(text, at + 1);
    if (inline) return inline;
    const named = labelAt(text, at + 1);
    const label = named?.label ? named.label : bracket.outer ? "" : inner;
    const address = label.length <= LONGEST_LABEL && label.trim() ? page.addressOf(normalLabel(label)) : undefined;
    return address === undefined ? null : { address, end: named ? named.end : at + 1 };
  }

  /**
   * @param {Bracket} bracket
   * @param {HTMLElement} note
   */
  putNote(bracket, note) {
    const { emphasis } = this.parser;
    emphasis.dropAbove(bracket.bottom);
    while (bracket.node.nextSibling) bracket.node.nextSibling.remove();
    bracket.node.replaceWith(note);
  }

  /**
   * @param {Bracket} bracket
   * @param {string} address
   */
  putLink(bracket, address) {
    const { emphasis } = this.parser;
    emphasis.join(bracket.bottom);
    emphasis.dropAbove(bracket.bottom);
    const content = [];
    for (let node = bracket.node.nextSibling; node; node = node.nextSibling) content.push(node);
    if (bracket.image) {
      // No picture is fetched from elsewhere: it becomes a link that says what it shows.
      const words = content.map((node) => node.textContent).join("");
      for (const node of content) node.remove();
      bracket.node.replaceWith(link(address, [document.createTextNode(words || address)]));
      return;
    }
    bracket.node.replaceWith(link(address, content));
    this.linked = this.count;
  }
}
