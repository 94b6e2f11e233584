/** Formulas in a text: which dollars and backslashes mean one, and the element that becomes it. */
import { drawFormula } from "../math/formula.js";

/** Longest formula that is looked for, within a line of text and set apart. */
const LONGEST = 1000;
const LONGEST_DISPLAY = 5000;
/** Words of a sentence: two or more, with nothing of mathematics in them. */
const PROSE = /(?:^|[\s,.;:])[a-z]{2,}[,.;:]?(?:\s|$)/i;
const AMOUNT = /^\d[\d.,]*(?:[kmb]|bn|mio)?(?:[\s/–—-]|$)/i;
/** What no sentence has. */
export const MATH_SIGN = /[\\^_=<>{}+]/;
const ESCAPED_WORDS = /^[\p{L}'’-]{4,}(?:[\s,.;:]+[\p{L}\d'’-]+)*[.!?…]?$|^[\p{L}'’-]+(?:[\s,]+[\p{L}'’-]{2,})+[.!?…]?$/u;

/**
 * @typedef {object} Found
 * @property {string} source
 * @property {boolean} display set apart from the text
 * @property {number} end
 */

/** @param {string} source @returns {boolean} whether two dollars hold an amount of money and words, not a formula */
function isMoney(source) {
  const words = source.replace(/\\[a-z]+\s*\{[^}]*\}|\\[a-z]+/gi, "");
  return (AMOUNT.test(source) && PROSE.test(words)) || (PROSE.test(words) && !MATH_SIGN.test(source) && /\s/.test(source));
}

/**
 * One dollar on each side, as pandoc reads it, and less greedy: `$5 and $10` is money.
 * @param {string} text
 * @param {number} at
 * @returns {Found | null | undefined} undefined: it may become one
 */
function inlineAt(text, at) {
  if (/[\w$\\]/.test(text[at - 1] ?? "") || /^[\s$]?$/.test(text[at + 1] ?? "")) {
    return text[at + 1] === undefined ? undefined : null;
  }
  let end = at + 1;
  const last = Math.min(text.length, end + LONGEST);
  while (end < last && text[end] !== "$") end += text[end] === "\\" ? 2 : 1;
  if (end >= last) return last === text.length ? undefined : null;
  const source = text.slice(at + 1, end);
  const fine = !/\s$/.test(source) && !/^[\w$]/.test(text[end + 1] ?? "") && !/[`]|\n\s*\n/.test(source);
  return fine && !isMoney(source) ? { source, display: false, end: end + 1 } : null;
}

/**
 * @param {string} text
 * @param {number} at
 * @param {string} mark that ends it; as long as the one that begins it
 * @param {boolean} display
 * @returns {Found | null | undefined}
 */
function between(text, at, mark, display) {
  const longest = display ? LONGEST_DISPLAY : LONGEST;
  const end = text.slice(at + 2, at + 2 + longest).indexOf(mark);
  if (end < 0) return text.length < at + 2 + longest ? undefined : null;
  const source = text.slice(at + 2, at + 2 + end);
  return /[\p{L}\p{N}]/u.test(source) && !source.includes("`") ? { source: source.trim(), display, end: at + 4 + end } : null;
}

/**
 * @param {string} text
 * @param {number} at of a dollar or a backslash
 * @returns {Found | null | undefined} null: none begins there; undefined: none as far as the text goes
 */
export function formulaAt(text, at) {
  if (text.startsWith("$$", at)) return between(text, at, "$$", true);
  if (text[at] === "$") return inlineAt(text, at);
  const display = text[at + 1] === "[";
  if (!display && text[at + 1] !== "(") return null;
  const found = between(text, at, display ? "\\]" : "\\)", display);
  if (!found) return found;
  // A bracket may also be escaped to be nothing but a bracket.
  const escaped = ESCAPED_WORDS.test(found.source) || (display && !MATH_SIGN.test(found.source));
  return escaped ? null : found;
}

/**
 * @param {string} source TeX
 * @param {boolean} display
 * @returns {HTMLElement}
 */
export function formula(source, display) {
  const element = document.createElement("span");
  element.className = display ? "math math-block" : "math";
  drawFormula(element, source, display);
  return element;
}
