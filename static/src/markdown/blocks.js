/**
 * A Markdown text that grows, as blocks on the page. It is read line by line, each line once: what a line does to the
 * page depends on the lines before it alone, so a text that came in pieces looks like one that came at once.
 */
import { Containers } from "./containers.js";
import { CodeLeaf, HeadingLeaf, MathLeaf, TextLeaf } from "./leaves.js";
import { Page } from "./page.js";
import { planLine } from "./plan.js";
import { TableLeaf } from "./table.js";

/** @import { Ending, Plan } from "./plan.js" */
/** @typedef {TextLeaf | HeadingLeaf | CodeLeaf | MathLeaf | TableLeaf} Leaf */

/** A beginning of a line that is still uncertain at this length is read again only when the line has ended. */
const LONGEST_BEGINNING = 2000;
const TASK = /^\[([ xX])\][ \t]+(?=\S)/;

export class BlockParser {
  /** @param {HTMLElement} container where the text is shown */
  constructor(container) {
    this.page = new Page(container);
    this.containers = new Containers(this.page);
    /** The leaf that may still grow. @type {Leaf | null} */
    this.leaf = null;
    /** The beginning of a line whose meaning is not certain. */
    this.beginning = "";
    /** Whether the line is a part of the leaf already, as far as it is known. */
    this.within = false;
  }

  /** @param {string} text what has come */
  feed(text) {
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      this.readPiece(text.slice(from, end), true);
      from = end + 1;
    }
    if (from < text.length) this.readPiece(text.slice(from), false);
    this.leaf?.draw();
    this.page.settle(false);
  }

  /** No more will come. */
  finish() {
    if (this.beginning || this.within) this.readPiece("", true);
    this.closeLeaf();
    this.containers.close(1);
    this.page.settle(true);
  }

  /**
   * @param {string} piece of a line
   * @param {boolean} ends whether the line ends with it
   */
  readPiece(piece, ends) {
    if (this.within) this.leaf?.extend(piece);
    else {
      this.beginning += piece;
      if (!ends && this.beginning.length > LONGEST_BEGINNING && this.beginning.length > piece.length) return;
      const plan = planLine(this.beginning, this.containers.open, this.leaf, ends);
      if (!plan.certain) return;
      this.beginning = "";
      this.within = true;
      this.containers.line += 1;
      this.apply(plan);
    }
    if (!ends) return;
    this.leaf?.endLine();
    this.within = false;
    if (this.leaf?.kind === "heading") this.closeLeaf();
  }

  /** @param {Plan} plan */
  apply({ depth, lazy, starts, ending }) {
    if (!lazy) {
      const goesOn = depth === this.containers.open.length && !starts.length && this.staysIn(ending);
      if (!goesOn) this.closeLeaf();
      this.containers.close(depth);
    }
    for (const start of starts) this.containers.begin(start);
    this.end(ending);
    const empty = ending.kind === "blank" || (ending.kind === "indented" && !ending.text.trim());
    this.containers.endLine(empty && !starts.length);
  }

  /** @param {Ending} ending @returns {boolean} whether it is a matter of the leaf that is open */
  staysIn({ kind }) {
    switch (this.leaf?.kind) {
      case "text":
        return kind === "text" || kind === "underline" || kind === "table";
      case "table":
        return kind === "row";
      case "fence":
        return kind === "verbatim" || kind === "fenceEnd";
      case "math":
        return kind === "verbatim" || kind === "mathEnd";
      case "indented":
        return kind === "indented";
      default:
        return false;
    }
  }

  /** @param {Ending} ending */
  end(ending) {
    switch (ending.kind) {
      case "text":
        if (this.leaf?.kind !== "text") this.leaf = new TextLeaf(this.containers.place(), this.page);
        this.addLine(this.withoutTask(ending.text));
        break;
      case "verbatim":
      case "row":
        this.addLine(ending.text);
        break;
      case "indented":
        if (this.leaf?.kind !== "indented") this.leaf = new CodeLeaf("indented", this.containers.place());
        this.addLine(ending.text);
        break;
      case "heading":
        this.leaf = new HeadingLeaf(ending.level, this.containers.place(), this.page);
        this.leaf?.extend(ending.text);
        break;
      case "fence":
        this.leaf = new CodeLeaf("fence", this.containers.place(), ending);
        break;
      case "math":
        this.leaf = new MathLeaf(ending, this.containers.place(), this.page);
        break;
      case "rule":
        this.containers.place().put(document.createElement("hr"));
        break;
      default:
        this.change(ending);
    }
  }

  /** @param {Ending} ending that makes the open leaf another one, or ends it */
  change(ending) {
    const { leaf } = this;
    if (ending.kind === "fenceEnd" && leaf?.kind === "fence") {
      this.leaf = null;
      leaf.close(true);
    } else if (ending.kind === "mathEnd" && leaf?.kind === "math") {
      this.leaf = null;
      leaf.complete(ending.text);
      if (ending.after) this.end({ kind: "text", text: ending.after });
    } else if (ending.kind === "underline" && leaf?.kind === "text") {
      this.leaf = null;
      leaf.close(`h${ending.level}`);
    } else if (ending.kind === "table" && leaf?.kind === "text") {
      const head = leaf.takeLastLine();
      this.closeLeaf();
      this.leaf = new TableLeaf(head, ending.aligns, this.containers.place(), this.page);
    }
  }

  /** @param {string} text @returns {string} without the box of a task, which the item takes over */
  withoutTask(text) {
    const item = this.containers.innermost;
    const first = item.kind === "item" && !item.element.firstChild && this.leaf?.kind === "text" && !this.leaf.text;
    const task = first && text.match(TASK);
    if (!task) return text;
    const done = task[1] !== " ";
    const box = document.createElement("span");
    box.className = "task-box";
    box.role = "img";
    box.ariaLabel = done ? "Done" : "Not done";
    item.element.classList.add("task");
    item.element.toggleAttribute("data-done", done);
    item.element.append(box);
    return text.slice(task[0].length);
  }

  /** @param {string} text */
  addLine(text) {
    if (this.leaf && "addLine" in this.leaf) this.leaf.addLine(text);
  }

  closeLeaf() {
    const { leaf } = this;
    this.leaf = null;
    leaf?.close();
  }
}
