/**
 * What a line means, given the blocks that are open: CommonMark's rules with tables, footnotes and formulas. Nothing is
 * changed here. Of a line that has not ended yet it is told whether its meaning is certain, whatever comes.
 */
import { Cursor } from "./cursor.js";
import { isCertainText, mayBeRule } from "./certain.js";
import { continueLeaf, startContainer, startLeaf } from "./starts.js";

/** @import { Leaf } from "./blocks.js" */
/** @import { Container } from "./containers.js" */

/**
 * @typedef {{ kind: "quote" } | { kind: "note", label: string }
 *   | { kind: "item", ordered: boolean, mark: string, start: number, indent: number }} Start a container that begins
 */
/**
 * @typedef {{ kind: "blank" } | { kind: "text", text: string } | { kind: "heading", level: number, text: string }
 *   | { kind: "underline", level: number } | { kind: "rule" }
 *   | { kind: "fence", mark: string, indent: number, info: string } | { kind: "fenceEnd" } | { kind: "verbatim", text: string }
 *   | { kind: "indented", text: string } | { kind: "table", aligns: string[] } | { kind: "row", text: string }
 *   | { kind: "math", end: string, text: string } | { kind: "mathEnd", text: string, after: string }} Ending
 *   what the rest of the line is
 */
/**
 * @typedef {object} Plan
 * @property {number} depth how many of the open containers stay open
 * @property {boolean} lazy the line continues a paragraph although containers around it do not go on
 * @property {Start[]} starts
 * @property {Ending} ending
 * @property {boolean} certain
 */

/** Containers in each other: more would only slow the browser down, or overflow it. */
const DEEPEST = 40;

/**
 * @param {Container} container
 * @param {Cursor} cursor goes behind what belongs to the container
 * @returns {boolean} whether the container goes on in this line
 */
function goesOn(container, cursor) {
  switch (container.kind) {
    case "quote":
      if (cursor.indent >= 4 || cursor.character !== ">") return false;
      cursor.skipSpaces();
      cursor.skip(1);
      if (/[ \t]/.test(cursor.line[cursor.offset] ?? "")) cursor.skipColumns(1);
      return true;
    case "item":
    case "note":
      if (cursor.blank) {
        if (!container.filled) return false;
        cursor.skipSpaces();
        return true;
      }
      if (cursor.indent < container.indent) return false;
      cursor.skipColumns(container.indent);
      return true;
    default:
      return true;
  }
}

/**
 * @param {string} line without its end
 * @param {Container[]} open the open containers, the outermost first
 * @param {Leaf | null} leaf the open leaf in the innermost of them
 * @param {boolean} complete whether the line has ended
 * @returns {Plan}
 */
export function planLine(line, open, leaf, complete) {
  const cursor = new Cursor(line);
  let depth = 1;
  for (; depth < open.length; depth += 1) {
    const container = open[depth];
    if (!container || !goesOn(container, cursor)) break;
  }
  const whole = depth === open.length;
  /** @type {Start[]} */
  const starts = [];
  const held = whole && leaf ? continueLeaf(leaf, cursor) : null;
  if (held) return { depth, lazy: false, starts, ending: held, certain: complete || isCertainHeld(held, leaf) };

  const paragraph = leaf?.kind === "text" ? leaf : null;
  let certain = true;
  while (depth + starts.length < DEEPEST) {
    certain = certain && !mayBeRule(cursor.text);
    const started = cursor.indent < 4 && startContainer(cursor, whole && !starts.length ? paragraph : null);
    if (!started) break;
    starts.push(started);
  }
  const first = starts.length === 0;
  const last = starts[starts.length - 1] ?? (whole ? open[depth - 1] : undefined);
  const inItem = last?.kind === "item" && !("filled" in last && last.filled);
  const ending = startLeaf(cursor, { leaf: whole && first ? leaf : null, goesOn: first && paragraph !== null });
  const lazy = first && !whole && paragraph !== null && ending.kind === "text";
  return { depth, lazy, starts, ending, certain: complete || (certain && isCertain(ending, inItem)) };
}

/**
 * @param {Ending} ending
 * @param {Leaf | null} leaf
 * @returns {boolean}
 */
function isCertainHeld(ending, leaf) {
  if (leaf?.kind === "math") return false;
  if (ending.kind !== "verbatim") return ending.kind === "indented" && ending.text.trim() !== "";
  const mark = leaf?.kind === "fence" ? leaf.mark[0] : "";
  return [...ending.text.trim()].some((character) => character !== mark);
}

/**
 * @param {Ending} ending
 * @param {boolean} inItem it would be the first block of an item
 * @returns {boolean}
 */
function isCertain(ending, inItem) {
  switch (ending.kind) {
    case "heading":
      return /[^#\s]/.test(ending.text);
    case "indented":
      return true;
    case "row":
      return ending.text.startsWith("|") || isCertainText(ending.text, false);
    case "text":
      return isCertainText(ending.text, inItem);
    default:
      return false;
  }
}
