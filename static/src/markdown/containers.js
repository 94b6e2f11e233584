/** The open quotes, lists, items and footnotes of a text, each in the one before it. */
import { Place } from "./place.js";

/** @import { Page } from "./page.js" */
/** @import { Start } from "./plan.js" */

/**
 * @typedef {object} Container
 * @property {"document" | "quote" | "list" | "item" | "note"} kind
 * @property {HTMLElement} element
 * @property {boolean} filled whether it holds a block
 * @property {number} lastLine the number of its last line that is not empty
 * @property {number} indent of an item or a footnote: columns that its lines stand to the right
 * @property {string} mark of a list
 */

export class Containers {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** The number of the line that is being read. */
    this.line = 0;
    /** The outermost first. @type {Container[]} */
    this.open = [];
    this.push({ kind: "document", element: page.container, indent: 0, mark: "" });
  }

  /** @returns {Container} */
  get innermost() {
    return /** @type {Container} */ (this.open[this.open.length - 1]);
  }

  /** @param {number} depth so many of them stay open */
  close(depth) {
    this.open.length = Math.max(depth, 1);
  }

  /** @param {boolean} empty whether nothing stands in this line but the marks of quotes */
  endLine(empty) {
    // An empty line in a quote is a line of the quote, and of what the quote is in.
    const until = empty ? this.open.findLastIndex(({ kind }) => kind === "quote") : this.open.length - 1;
    for (const container of this.open.slice(0, until + 1)) container.lastLine = this.line;
  }

  /** Makes room for a block in the innermost container that holds blocks. */
  place() {
    this.leaveList();
    const container = this.innermost;
    const list = this.open[this.open.length - 2];
    if (container.kind === "item" && container.filled && container.lastLine < this.line - 1) {
      list?.element.classList.add("loose");
    }
    container.filled = true;
    if (this.open.some(({ kind }) => kind === "note")) this.page.notes.changed = true;
    const around = this.open.filter(({ kind, element }) => kind !== "document" && !element.dir);
    return new Place(container, around, () => this.page.notes.section);
  }

  /** A list holds nothing but items: what is none ends it. */
  leaveList() {
    if (this.innermost.kind === "list") this.open.pop();
  }

  /** @param {Omit<Container, "filled" | "lastLine">} container */
  push(container) {
    this.open.push({ ...container, filled: false, lastLine: this.line });
  }

  /** @param {Start} start */
  begin(start) {
    if (start.kind === "item") {
      this.beginItem(start);
      return;
    }
    if (start.kind === "note") {
      this.leaveList();
      this.push({ kind: "note", element: this.page.defineNote(start.label), indent: 4, mark: "" });
      return;
    }
    const element = document.createElement("blockquote");
    this.place().put(element);
    this.push({ kind: "quote", element, indent: 0, mark: "" });
  }

  /** @param {Extract<Start, { kind: "item" }>} start */
  beginItem({ ordered, mark, start, indent }) {
    if (this.innermost.kind !== "list" || this.innermost.mark !== mark) {
      const element = document.createElement(ordered ? "ol" : "ul");
      if (ordered && start !== 1) element.setAttribute("start", String(start));
      this.place().put(element);
      this.push({ kind: "list", element, indent: 0, mark });
    }
    const list = this.innermost;
    if (list.filled && list.lastLine < this.line - 1) list.element.classList.add("loose");
    list.filled = true;
    const element = document.createElement("li");
    list.element.append(element);
    this.push({ kind: "item", element, indent, mark: "" });
  }
}
