/** What is written as an escape or an entity, and means a character. */
import { plainText } from "./purify.js";

const ENTITY = /&(?:#[xX][a-fA-F0-9]{1,6}|#[0-9]{1,7}|[a-zA-Z][a-zA-Z0-9]{1,31});/g;
const ENTITY_OR_ESCAPE = new RegExp(`\\\\[!-/:-@[-\`{-~]|${ENTITY.source}`, "g");
const STICKY = new RegExp(ENTITY.source, "y");

/** Named entities that have been looked up. @type {Map<string, string>} */
const known = new Map();

/** @param {string} entity @returns {string} what it means; itself when it means nothing */
function meaning(entity) {
  if (entity[1] === "#") {
    const hex = entity[2] === "x" || entity[2] === "X";
    const code = hex ? Number.parseInt(entity.slice(3, -1), 16) : Number.parseInt(entity.slice(2, -1), 10);
    const fine = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000);
    return fine ? String.fromCodePoint(code) : "\ufffd";
  }
  const found = known.get(entity) ?? plainText(entity);
  known.set(entity, found);
  return found;
}

/**
 * @param {string} text
 * @param {number} at of an ampersand
 * @returns {{ text: string, end: number } | null}
 */
export function entityAt(text, at) {
  STICKY.lastIndex = at;
  const match = STICKY.exec(text);
  return match ? { text: meaning(match[0]), end: at + match[0].length } : null;
}

/** @param {string} text @returns {string} with what escapes and entities in it mean */
export function unescapeText(text) {
  if (!/[\\&]/.test(text)) return text;
  return text.replace(ENTITY_OR_ESCAPE, (found) => (found[0] === "\\" ? found.slice(1) : meaning(found)));
}
