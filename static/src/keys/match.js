/** How well what was typed fits a name: its letters in their order, best at the beginnings of words. */

const WORD_START = 8;
const IN_A_ROW = 5;
const FOUND = 1;
/** Taken off for each letter that was passed over, up to so many. */
const PASSED = 0.2;
const MOST_PASSED = 10;

/** @param {string} text @returns {string} without case and accents */
const simple = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * @param {string} typed
 * @param {string} name
 * @returns {number} 0: does not fit
 */
export function score(typed, name) {
  const letters = [...simple(typed).replace(/\s+/g, "")];
  const text = simple(name);
  const whole = text.indexOf(simple(typed).trim());
  // A name that holds what was typed as it stands fits better than any that only has its letters.
  let sum = whole < 0 ? 0 : 50 + (whole === 0 || /\W/.test(text[whole - 1] ?? "") ? WORD_START : 0);
  let at = -1;
  for (const letter of letters) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return 0;
    if (next === at + 1) sum += IN_A_ROW;
    else if (next === 0 || /[\s\p{P}]/u.test(text[next - 1] ?? "")) sum += WORD_START;
    else sum += FOUND - PASSED * Math.min(MOST_PASSED, next - at);
    at = next;
  }
  return Math.max(sum, 0.1);
}
