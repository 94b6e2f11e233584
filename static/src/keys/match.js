/** How well what was typed fits a name: its letters in their order, from the beginning of a word on. */

const WORD_START = 8;
const IN_A_ROW = 5;
const FOUND = 1;
/** Taken off for each letter that was passed over, up to so many. */
const PASSED = 0.2;
const MOST_PASSED = 10;
/** For each letter; names that have them just by chance fit worse. */
const ENOUGH = 3;

/** @param {string} text @returns {string} without case and accents */
const simple = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** @param {string} text @param {number} at @returns {boolean} whether a word begins there */
const begins = (text, at) => at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1] ?? "");

/** @param {string} text @param {string} letter @returns {number} where the first word begins that begins so; -1: nowhere */
const wordWith = (text, letter) => [...text.matchAll(/[\p{L}\p{N}]+/gu)].find(([word]) => word.startsWith(letter))?.index ?? -1;

/**
 * @param {string} typed
 * @param {string} name
 * @returns {number} 0: does not fit
 */
export function score(typed, name) {
  const words = simple(typed).trim();
  const text = simple(name);
  const whole = text.indexOf(words);
  // What was typed as it stands fits better than its letters ever do.
  if (whole >= 0) return (begins(text, whole) ? 2 : 1) * WORD_START * words.length;
  const letters = [...words.replace(/\s+/g, "")];
  let at = wordWith(text, letters[0] ?? "");
  let sum = at < 0 ? 0 : WORD_START;
  for (const letter of letters.slice(1)) {
    const next = at < 0 ? -1 : text.indexOf(letter, at + 1);
    if (next < 0) return 0;
    if (next === at + 1) sum += IN_A_ROW;
    else sum += begins(text, next) ? WORD_START : FOUND - PASSED * Math.min(MOST_PASSED, next - at);
    at = next;
  }
  return sum >= ENOUGH * letters.length ? sum : 0;
}
