/** The blocks that hold text and no other blocks: paragraphs, headings, code, formulas. Each draws itself as it grows. */
import { codeBlock, finishCode } from "../code.js";
import { find } from "../dom.js";
import { unescapeText } from "./entities.js";
import { formula } from "./formulas.js";
import { InlineText } from "./inline-text.js";
import { mayDefine, withoutDefinitions } from "./links.js";

/** @import { Page } from "./page.js" */
/** @import { Place } from "./place.js" */

/** A line that may be the first row of a table is not shown before the next one has come, unless it is longer. */
const LONGEST_ROW = 1000;

/** A paragraph; its first lines may define links. */
export class TextLeaf {
  /**
   * @param {Place} place
   * @param {Page} page
   */
  constructor(place, page) {
    this.kind = /** @type {const} */ ("text");
    this.place = place;
    this.page = page;
    /** @type {HTMLElement} */
    this.element = document.createElement("p");
    this.inline = new InlineText(this.element, page);
    this.lineStart = 0;
    this.isPut = false;
  }

  get text() {
    return this.inline.text;
  }

  get lastLine() {
    return this.inline.text.slice(this.lineStart);
  }

  /** @param {string} text */
  addLine(text) {
    if (this.inline.text) this.inline.text += "\n";
    this.lineStart = this.inline.text.length;
    this.inline.text += text;
  }

  /** @param {string} text */
  extend(text) {
    this.inline.text += text;
  }

  endLine() {}

  show() {
    if (!this.isPut) this.place.put(this.element);
    this.isPut = true;
    this.place.direct(this.element, this.inline.text);
  }

  draw() {
    const { text } = this.inline;
    if (!text || mayDefine(text)) return;
    const held = text[this.lineStart] === "|" && text.length - this.lineStart <= LONGEST_ROW;
    const end = held ? Math.max(0, this.lineStart - 1) : text.length;
    if (!end) return;
    this.show();
    this.inline.draw(end);
  }

  /** @returns {boolean} whether anything is left of it but definitions */
  takeDefinitions() {
    const { text } = this.inline;
    const left = withoutDefinitions(text, (label, address) => this.page.define(label, address));
    if (left !== text) {
      this.inline.replace(left);
      this.lineStart = 0;
    }
    return left !== "";
  }

  /** @returns {string} its last line, which it no longer has */
  takeLastLine() {
    const line = this.lastLine;
    this.inline.replace(this.inline.text.slice(0, Math.max(0, this.lineStart - 1)));
    return line;
  }

  /** @param {string} [tag] what it becomes in the place of a paragraph */
  close(tag = "p") {
    if (!this.takeDefinitions()) {
      this.element.remove();
      return;
    }
    this.inline.replace(this.inline.text.trimEnd());
    if (tag !== "p") {
      const element = document.createElement(tag);
      element.dir = this.element.dir;
      if (this.isPut) this.element.replaceWith(element);
      while (this.element.firstChild) element.append(this.element.firstChild);
      this.element = this.inline.element = element;
    }
    this.show();
    this.inline.finish();
  }
}

export class HeadingLeaf {
  /**
   * @param {number} level
   * @param {Place} place
   * @param {Page} page
   */
  constructor(level, place, page) {
    this.kind = /** @type {const} */ ("heading");
    this.place = place;
    this.element = document.createElement(`h${level}`);
    this.inline = new InlineText(this.element, page);
    place.put(this.element);
  }

  /** @param {string} text */
  extend(text) {
    this.inline.text += text;
  }

  endLine() {}

  draw() {
    this.place.direct(this.element, this.inline.text);
    this.inline.draw(this.inline.text.trimEnd().length);
  }

  close() {
    this.place.direct(this.element, this.inline.text);
    const text = this.inline.text.trim();
    this.inline.replace(text.replace(/(?:^|[ \t]+)#+$/, "").trimEnd());
    this.inline.finish();
  }
}

/** Code between fences, or set in by four columns. */
export class CodeLeaf {
  /**
   * @param {"fence" | "indented"} kind
   * @param {Place} place
   * @param {{ mark?: string, indent?: number, info?: string }} [fence]
   */
  constructor(kind, place, { mark = "", indent = 0, info = "" } = {}) {
    this.kind = kind;
    this.mark = mark;
    this.indent = indent;
    this.language = unescapeText(info.trim().split(/\s/)[0] ?? "");
    this.figure = codeBlock("", this.language);
    this.code = document.createTextNode("");
    find(this.figure, "pre code").replaceChildren(this.code);
    /** What is not on the page yet. */
    this.fresh = "";
    this.lines = 0;
    /** Empty lines that belong to it only if more code follows. @type {string[]} */
    this.gap = [];
    place.put(this.figure);
  }

  /** @param {string} text */
  addLine(text) {
    if (this.kind === "indented" && !text.trim()) {
      this.gap.push(text);
      return;
    }
    for (const line of [...this.gap, text]) {
      if (this.lines > 0) this.fresh += "\n";
      this.fresh += line;
      this.lines += 1;
    }
    this.gap = [];
  }

  /** @param {string} text */
  extend(text) {
    this.fresh += text;
  }

  endLine() {}

  draw() {
    if (this.fresh) this.code.appendData(this.fresh);
    this.fresh = "";
  }

  /** @param {boolean} [ended] whether the fence that ends it has come */
  close(ended = false) {
    this.draw();
    finishCode(this.figure, this.code.data, ended);
  }
}

/** A formula of several lines. When it never ends it is the text that it is. */
export class MathLeaf {
  /**
   * @param {{ end: string, text: string }} start
   * @param {Place} place
   * @param {Page} page
   */
  constructor({ end, text }, place, page) {
    this.kind = /** @type {const} */ ("math");
    this.end = end;
    this.place = place;
    this.page = page;
    this.isEnvironment = end.startsWith("\\end");
    this.source = text;
    this.element = document.createElement("p");
    this.element.className = "math-source";
    this.shown = document.createTextNode("");
    this.element.append(this.shown);
    place.put(this.element);
  }

  /** @param {string} text */
  addLine(text) {
    this.source += `\n${text}`;
  }

  extend() {}

  endLine() {}

  draw() {
    const fresh = this.source.slice(this.shown.length);
    if (fresh) this.shown.appendData(fresh);
  }

  /** @param {string} text its last line, without the mark of its end */
  complete(text) {
    this.addLine(this.isEnvironment ? text + this.end : text);
    const paragraph = document.createElement("p");
    paragraph.append(formula(this.source.trim(), true));
    this.element.replaceWith(paragraph);
  }

  close() {
    const begin = this.isEnvironment ? "" : this.end === "$$" ? "$$" : "\\[";
    const text = new TextLeaf(this.place, this.page);
    this.element.remove();
    text.addLine(begin + this.source);
    text.close();
  }
}
