/** How blocks begin, go on and end: the marks at the beginning of lines. */
import { MATH_SIGN } from "./formulas.js";
import { splitRow } from "./rows.js";
import { withoutDefinitions } from "./links.js";

/** @import { Cursor } from "./cursor.js" */
/** @import { Leaf } from "./blocks.js" */
/** @import { TextLeaf } from "./leaves.js" */
/** @import { Ending, Start } from "./plan.js" */

const HEADING = /^(#{1,6})(?:[ \t]+|$)/;
const RULE = /^(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$/;
const UNDERLINE = /^(?:=+|-+)[ \t]*$/;
const FENCE = /^(?:(`{3,})([^`]*)|(~{3,})(.*))$/;
const BULLET = /^[*+-]/;
const NUMBER = /^(\d{1,9})([.)])/;
const NOTE = /^\[\^([^\]\s]+)\]:[ \t]*/;
const DELIMITERS = /^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?$/;
const ENVIRONMENT = /^\\begin\{((?:equation|align|alignat|gather|multline|eqnarray|cases|(?:[pbvBV]|small)?matrix|aligned|split)\*?)\}/;

/**
 * A list item. The text after the mark decides how far the lines of the item stand to the right.
 * @param {Cursor} cursor goes behind the mark
 * @param {TextLeaf | null} paragraph that would be interrupted
 * @returns {Start | null}
 */
function startItem(cursor, paragraph) {
  const text = cursor.text;
  const bullet = RULE.test(text) ? null : text.match(BULLET);
  const number = bullet ? null : text.match(NUMBER);
  const mark = bullet?.[0] ?? number?.[0];
  if (!mark || (number && paragraph && Number(number[1]) !== 1)) return null;
  const after = text.slice(mark.length);
  if (after && !/^[ \t]/.test(after)) return null;
  if (paragraph && !after.trim()) return null;
  const outer = cursor.indent;
  cursor.skipSpaces();
  cursor.skip(mark.length);
  // Five columns or more: one space, and indented code begins.
  const spaces = cursor.blank || cursor.indent > 4 ? 1 : cursor.indent;
  cursor.skipColumns(cursor.blank ? Math.min(1, cursor.indent) : spaces);
  const indent = outer + mark.length + spaces;
  return { kind: "item", ordered: Boolean(number), mark: number?.[2] ?? mark, start: Number(number?.[1] ?? 1), indent };
}

/**
 * @param {Cursor} cursor goes behind the mark of the container
 * @param {TextLeaf | null} paragraph that would be interrupted
 * @returns {Start | null}
 */
export function startContainer(cursor, paragraph) {
  if (cursor.character === ">") {
    cursor.skipSpaces();
    cursor.skip(1);
    if (/[ \t]/.test(cursor.line[cursor.offset] ?? "")) cursor.skipColumns(1);
    return { kind: "quote" };
  }
  const note = cursor.character === "[" && cursor.text.match(NOTE);
  if (note) {
    cursor.skipSpaces();
    cursor.skip(note[0].length);
    return { kind: "note", label: note[1] ?? "" };
  }
  // The line below a paragraph makes it a heading before it may be the mark of an empty item.
  return startItem(cursor, paragraph);
}

/**
 * @param {Leaf} leaf that is open
 * @param {Cursor} cursor behind its containers
 * @returns {Ending | null} the line as a part of the leaf; null: it begins like any other
 */
export function continueLeaf(leaf, cursor) {
  switch (leaf.kind) {
    case "fence": {
      const mark = cursor.text.trimEnd();
      const char = leaf.mark[0] ?? "";
      const ends = cursor.indent < 4 && mark.length >= leaf.mark.length && mark === char.repeat(mark.length);
      if (ends) return { kind: "fenceEnd" };
      cursor.skipColumns(Math.min(leaf.indent, cursor.indent));
      return { kind: "verbatim", text: cursor.rest };
    }
    case "indented":
      if (cursor.indent < 4 && !cursor.blank) return null;
      cursor.skipColumns(Math.min(4, cursor.indent));
      return { kind: "indented", text: cursor.rest };
    case "math": {
      if (cursor.blank) return null;
      const at = cursor.text.indexOf(leaf.end);
      if (at < 0) return { kind: "verbatim", text: cursor.text };
      const after = at + leaf.end.length;
      return { kind: "mathEnd", text: cursor.text.slice(0, at), after: cursor.text.slice(after).trim() };
    }
    default:
      return null;
  }
}

/**
 * A formula of several lines; one that ends in its line is a part of a paragraph.
 * @param {string} text
 * @returns {Ending | null}
 */
function startMath(text) {
  const environment = text.match(ENVIRONMENT);
  if (environment) {
    const end = `\\end{${environment[1]}}`;
    return text.includes(end) ? null : { kind: "math", end, text };
  }
  const end = text.startsWith("$$") ? "$$" : text.startsWith("\\[") ? "\\]" : "";
  if (!end || text.indexOf(end, 2) >= 0 || (text.slice(2).trim() && !MATH_SIGN.test(text.slice(2)))) return null;
  return { kind: "math", end, text: text.slice(2) };
}

/**
 * @param {string} text a line
 * @param {Leaf | null} leaf above it
 * @returns {string[] | null} how the columns of a table are aligned, of which this is the second line
 */
function delimiterRow(text, leaf) {
  if (leaf?.kind !== "text" || !/[|:]/.test(text) || !DELIMITERS.test(text.trimEnd())) return null;
  const columns = splitRow(text);
  if (splitRow(leaf.lastLine).length !== columns.length) return null;
  return columns.map((column) => {
    const left = column.startsWith(":");
    const right = column.endsWith(":");
    return left && right ? "center" : right ? "right" : left ? "left" : "";
  });
}

/**
 * @param {Cursor} cursor behind all containers
 * @param {{ leaf: Leaf | null, goesOn: boolean }} before the leaf in the same containers, and whether a paragraph may go on
 * @returns {Ending}
 */
export function startLeaf(cursor, { leaf, goesOn }) {
  if (cursor.blank) return { kind: "blank" };
  if (cursor.indent >= 4 && !goesOn) {
    cursor.skipColumns(4);
    return { kind: "indented", text: cursor.rest };
  }
  const text = cursor.text;
  if (cursor.indent < 4) {
    const started = startMarked(text, leaf);
    if (started?.kind === "fence") started.indent = cursor.indent;
    if (started) return started;
  }
  return leaf?.kind === "table" ? { kind: "row", text } : { kind: "text", text };
}

/**
 * @param {string} text
 * @param {Leaf | null} leaf above it
 * @returns {Ending | null}
 */
function startMarked(text, leaf) {
  const heading = text.match(HEADING);
  if (heading) return { kind: "heading", level: heading[1]?.length ?? 1, text: text.slice(heading[0].length) };
  if (/^(?:```|~~~)/.test(text)) {
    const fence = text.match(FENCE);
    if (fence) return { kind: "fence", mark: fence[1] ?? fence[3] ?? "", indent: 0, info: fence[2] ?? fence[4] ?? "" };
  }
  if (leaf?.kind === "text" && UNDERLINE.test(text) && withoutDefinitions(leaf.text)) {
    return { kind: "underline", level: text.startsWith("=") ? 1 : 2 };
  }
  if (RULE.test(text)) return { kind: "rule" };
  const aligns = delimiterRow(text, leaf);
  if (aligns) return { kind: "table", aligns };
  return startMath(text);
}
