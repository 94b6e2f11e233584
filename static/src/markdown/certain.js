/**
 * Whether the beginning of a line can only be text, so that it may be shown before the line has ended. What may still
 * become a rule, a list, a table, a fence or the like is held back: those are a few characters, or one row of a table.
 */

/** Characters after which the first row of a table that never came is shown as text. */
const LONGEST_ROW = 1000;

/** By the first character: what may still become something else. @type {Record<string, RegExp>} */
const OPEN = {
  "#": /^#{1,6}$/,
  "*": /^[*\s]*$/,
  "_": /^[_\s]*$/,
  "+": /^\+\s*$/,
  "-": /^[-|:\s]*$/,
  ":": /^[-|:\s]*$/,
  "=": /^[=\s]*$/,
  "`": /^(?:`{1,2}|`{3}[^`]*|`{4,}[^`]*)$/,
  "~": /^(?:~{1,2}|~{3}.*)$/s,
  "$": /^\$(?:\$.*)?$/s,
  "\\": /^\\(?:\[.*|b(?:e(?:g(?:i(?:n(?:\{.*)?)?)?)?)?)?$/s,
  "[": /^\[(?:\^[^\]\s]*\]?)?$/,
};
const NUMBER = /^\d{1,9}(?:[.)]\s*)?$/;
const RULE = /^(?:[*\s]+|[-\s]+|[_\s]+)$/;
const TASK = /^\[(?:[ xX](?:\][ \t]*)?)?$/;

/**
 * @param {string} text the beginning of a line, behind its containers and spaces
 * @param {boolean} inItem it would be the first text of an item
 * @returns {boolean}
 */
export function isCertainText(text, inItem) {
  const first = text[0] ?? "";
  if (!first) return false;
  if (first === "|") return text.length > LONGEST_ROW;
  if (first >= "0" && first <= "9") return !NUMBER.test(text);
  if (inItem && first === "[" && TASK.test(text)) return false;
  return !OPEN[first]?.test(text);
}

/** @param {string} text as above @returns {boolean} whether it may still become a rule, whatever else it may be so far */
export const mayBeRule = (text) => RULE.test(text);
