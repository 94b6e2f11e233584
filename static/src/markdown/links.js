/** The parts of links as they are written: destinations, titles, labels, definitions. */
import { unescapeText } from "./entities.js";

/** Longest destination and title that are looked for, so that no text makes a search of every character in every other. */
const LONGEST_DESTINATION = 4000;
const POINTED = /<((?:[^<>\n\\]|\\.){0,4000})>/y;
const TITLE = /"(?:[^"\\]|\\[\s\S]){0,1000}"|'(?:[^'\\]|\\[\s\S]){0,1000}'|\((?:[^()\\]|\\[\s\S]){0,1000}\)/y;
const LABEL = /\[((?:[^\\[\]]|\\[\s\S]){0,1000})\]/y;
const DEFINITION = /^\[(?:[^\]\\]|\\.){1,1000}\]:/s;
/** A label, a word, and more words in the same line that are no title. */
const NO_DEFINITION = /^\[(?:[^\]\\]|\\.){1,1000}\]:[ \t]*[^\s<]\S*[ \t]+[^\s"'(]/s;
const SPACE = /[ \t]*(?:\n[ \t]*)?/y;
const LINE_END = /[ \t]*(?:\n|$)/y;

/**
 * @param {RegExp} pattern a sticky one
 * @param {string} text
 * @param {number} at
 * @returns {RegExpExecArray | null}
 */
function matchAt(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/**
 * @param {string} text
 * @param {number} at
 * @returns {number} where the spaces end that begin there, with at most one end of a line
 */
const skipSpace = (text, at) => at + (matchAt(SPACE, text, at)?.[0].length ?? 0);

/** @param {string} label @returns {string} the same for all labels that mean the same */
export function normalLabel(label) {
  return label.trim().replace(/\s+/g, " ").toLowerCase().toUpperCase();
}

/**
 * @param {string} text
 * @param {number} at
 * @returns {{ label: string, end: number } | null}
 */
export function labelAt(text, at) {
  const match = matchAt(LABEL, text, at);
  return match ? { label: match[1] ?? "", end: at + match[0].length } : null;
}

/**
 * @param {string} text
 * @param {number} at
 * @returns {{ address: string, end: number } | null}
 */
function destinationAt(text, at) {
  if (text[at] === "<") {
    const pointed = matchAt(POINTED, text, at);
    return pointed ? { address: unescapeText(pointed[1] ?? ""), end: at + pointed[0].length } : null;
  }
  let depth = 0;
  let end = at;
  const last = Math.min(text.length, at + LONGEST_DESTINATION);
  for (; end < last; end += 1) {
    const code = text.charCodeAt(end);
    if (code === 92 && end + 1 < text.length && text[end + 1] !== "\n") end += 1;
    else if (code === 40) depth += 1;
    else if (code === 41 && (depth -= 1) < 0) break;
    else if (code <= 32 || code === 127) break;
  }
  if (depth > 0 || end > text.length) return null;
  return { address: unescapeText(text.slice(at, end)), end };
}

/**
 * @param {string} text
 * @param {number} at of the opening parenthesis behind a link's text
 * @returns {{ address: string, end: number } | null}
 */
export function targetAt(text, at) {
  if (text[at] !== "(") return null;
  const destination = destinationAt(text, skipSpace(text, at + 1));
  if (!destination) return null;
  let end = skipSpace(text, destination.end);
  if (end > destination.end) {
    const title = matchAt(TITLE, text, end);
    if (title) end = skipSpace(text, end + title[0].length);
  }
  return text[end] === ")" ? { address: destination.address, end: end + 1 } : null;
}

/**
 * @param {string} text that begins with a definition of a link, perhaps
 * @returns {{ label: string, address: string, end: number } | null}
 */
function definitionAt(text) {
  const name = labelAt(text, 0);
  if (!name || !name.label.trim() || text[name.end] !== ":") return null;
  const from = skipSpace(text, name.end + 1);
  const destination = destinationAt(text, from);
  if (!destination || destination.end === from) return null;
  const plain = matchAt(LINE_END, text, destination.end);
  let end = plain ? destination.end + plain[0].length : -1;
  const titleFrom = skipSpace(text, destination.end);
  const title = titleFrom > destination.end ? matchAt(TITLE, text, titleFrom) : null;
  if (title) {
    const after = matchAt(LINE_END, text, titleFrom + title[0].length);
    if (after) end = titleFrom + title[0].length + after[0].length;
  }
  return end < 0 ? null : { label: normalLabel(name.label), address: destination.address, end };
}

/**
 * @param {string} text of a paragraph
 * @param {(label: string, address: string) => void} [found] told of the definitions that it begins with
 * @returns {string} what is left of it
 */
export function withoutDefinitions(text, found = () => {}) {
  let left = text;
  while (left.startsWith("[")) {
    const definition = definitionAt(left);
    if (!definition) break;
    found(definition.label, definition.address);
    left = left.slice(definition.end).trimStart();
  }
  return left;
}

/** @param {string} text of a paragraph @returns {boolean} whether it may turn out to begin with a definition */
export const mayDefine = (text) => DEFINITION.test(text) && !NO_DEFINITION.test(text);
