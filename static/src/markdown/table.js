/** A table that grows by rows, and its last row by cells. */
import { InlineText } from "./inline-text.js";
import { cellEnd, cellText, splitRow } from "./rows.js";

/** @import { Page } from "./page.js" */
/** @import { Place } from "./place.js" */

/** Rows that are too short get empty cells, up to so many in a table: a short text could ask for millions. */
const MOST_EMPTY = 5000;

export class TableLeaf {
  /**
   * @param {string} head the first line
   * @param {string[]} aligns of the columns: left, right, center or nothing
   * @param {Place} place
   * @param {Page} page
   */
  constructor(head, aligns, place, page) {
    this.kind = /** @type {const} */ ("table");
    this.aligns = aligns;
    this.page = page;
    const frame = document.createElement("div");
    frame.className = "table";
    frame.tabIndex = 0; // A wide table is scrolled with the arrow keys.
    this.table = document.createElement("table");
    frame.append(this.table);
    const row = this.table.createTHead().insertRow();
    splitRow(head).forEach((text, index) => this.fill(this.addCell(row, "th", index), text, true));
    /** The row that is being written. @type {HTMLTableRowElement | null} */
    this.element = null;
    /** @type {HTMLTableSectionElement | null} */
    this.body = null;
    /** What is written in it, and its cells. */
    this.row = "";
    /** Where its current cell begins, and which one it is. */
    this.from = 0;
    this.column = 0;
    /** @type {InlineText[]} */
    this.cells = [];
    /** Cells that rows have got although nothing was written in them. */
    this.empty = 0;
    place.put(frame);
    place.direct(frame, head);
  }

  /**
   * @param {HTMLTableRowElement} row
   * @param {"td" | "th"} tag
   * @param {number} column
   * @returns {InlineText}
   */
  addCell(row, tag, column) {
    const cell = document.createElement(tag);
    const align = this.aligns[column];
    if (align) cell.setAttribute("align", align);
    row.append(cell);
    return new InlineText(cell, this.page);
  }

  /** @returns {InlineText | undefined} the cell that is being written; undefined: there are too many in this row */
  cell() {
    const row = this.element;
    if (row && this.column < this.aligns.length) this.cells[this.column] ??= this.addCell(row, "td", this.column);
    return this.cells[this.column];
  }

  /**
   * @param {InlineText | undefined} cell
   * @param {string} text
   * @param {boolean} finished
   */
  fill(cell, text, finished) {
    if (!cell) return;
    cell.replace(text);
    if (finished) cell.finish();
    else cell.draw();
  }

  /** @param {string} line the beginning of a row, at least */
  addLine(line) {
    this.body ??= this.table.createTBody();
    const row = this.body.insertRow();
    this.element = row;
    this.cells = this.empty < MOST_EMPTY ? this.aligns.map((_, column) => this.addCell(row, "td", column)) : [];
    this.row = line;
    this.from = line.startsWith("|") ? 1 : 0;
    this.column = 0;
  }

  /** @param {string} text */
  extend(text) {
    this.row += text;
  }

  /** Sets down the cells of the row that have ended. */
  fillEnded() {
    for (let end = cellEnd(this.row, this.from); end >= 0; end = cellEnd(this.row, this.from)) {
      this.fill(this.cell(), cellText(this.row.slice(this.from, end)), true);
      this.column += 1;
      this.from = end + 1;
    }
  }

  endLine() {
    this.drawRow(true);
    this.empty += Math.max(0, this.cells.length - this.column);
    this.element = null;
    this.cells = [];
    this.row = "";
  }

  /** @param {boolean} finished */
  drawRow(finished) {
    this.fillEnded();
    const text = cellText(this.row.slice(this.from));
    if (text) this.fill(this.cell(), text, finished);
  }

  draw() {
    if (this.element) this.drawRow(false);
  }

  close() {
    if (this.element) this.endLine();
  }
}
