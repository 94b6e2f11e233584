/**
 * What a growing answer sounds like: whole sentences of its text, and one phrase for each block of code, formula or table.
 * Every character is looked at once, however often it is asked.
 */
import { plain, splitSentences } from "./sentences.js";

/** Characters without the end of a sentence, after which what there is is spoken. */
const LONGEST = 400;
/** Characters by which a text that is read again is recognised. */
const TAIL = 48;
const FENCE = /^[\s>]*(?:[-*+]\s+|\d+[.)]\s+)?(`{3,}|~{3,})\s*([^\s`{]*)/;
const FORMULA = /^\s*(\$\$|\\\[)\s*$/;
const ROW = /^\s*\|.*\|\s*$/;
const RULE = /^\s*(?:(?:[-*_]\s*){3,}|=+)$/;
const HEADING = /^\s{0,3}#{1,6}\s+/;
const ITEM = /^\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?/;
const OPEN_LINK = /\[[^\]]*$|\]\([^)]*$/;
const LEAD = /^\s*(?:>\s?)*/;

/** @typedef {{ end: RegExp, lines: number, words: (lines: number) => string }} Block something that is not read out */

/** @param {number} count @param {string} one @returns {string} */
const counted = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;

/** @param {string} line @returns {Block | null} the block that begins with this line */
function blockAt(line) {
  const [, mark, language = ""] = FENCE.exec(line) ?? [];
  if (mark) {
    const name = language ? `, ${language}` : "";
    const words = (/** @type {number} */ lines) => `Code block${name}, ${counted(lines, "line")}.`;
    return { end: new RegExp(`^[\\s>]*[${mark[0]}]{${mark.length},}\\s*$`), lines: 0, words };
  }
  return FORMULA.test(line) ? { end: /(?:\$\$|\\\])\s*$/, lines: 0, words: () => "Formula." } : null;
}

export function createSpeech() {
  let taken = 0;
  let tail = "";
  /** Of a sentence that goes on. */
  let pending = "";
  /** @type {Block | null} */
  let block = null;
  /** Rows of the table, and what its columns are called. @type {{ rows: number, names: string } | null} */
  let table = null;
  /** Whether a part of the line was spoken already. */
  let within = false;
  /** @type {string[]} */
  let out = [];

  function flush() {
    if (pending.trim()) out.push(pending.trim());
    pending = "";
    if (table) out.push(`Table, ${counted(Math.max(0, table.rows - 2), "row")}: ${table.names}.`);
    table = null;
  }

  /** @param {string} text which may end in the middle of a sentence */
  function say(text) {
    const sentences = splitSentences(`${pending}${pending && text ? " " : ""}${text}`);
    pending = sentences.pop() ?? "";
    out.push(...sentences);
  }

  /** @param {string} row */
  function tableRow(row) {
    if (!table) flush();
    table ??= { rows: 0, names: plain(row.trim().slice(1, -1)).split("|").map((name) => name.trim()).join(", ") };
    table.rows += 1;
  }

  /** @param {string} line a whole one, or the rest of it */
  function take(line) {
    if (block) {
      if (block.end.test(line)) {
        out.push(block.words(block.lines));
        block = null;
      } else block.lines += 1;
      return;
    }
    block = within ? null : blockAt(line);
    if (!within && ROW.test(line) && !block) return tableRow(line);
    if (table || block || !line.trim() || (!within && RULE.test(line))) flush();
    if (block || (!within && RULE.test(line))) return;
    const heading = !within && HEADING.test(line);
    if (!within && (heading || ITEM.test(line))) flush();
    say(plain(within ? line : line.replace(LEAD, "").replace(HEADING, "").replace(ITEM, "")).trim());
    if (heading) flush();
  }

  /** @param {string} rest of a line that goes on @returns {number} characters of it that can be spoken */
  function speakable(rest) {
    if (block || table || (!within && /^\s*(?:[|`~#>$\\=-]|\d*[.)]?$)/.test(rest))) return 0;
    const sentences = splitSentences(rest);
    const open = sentences.pop()?.length ?? 0;
    const length = open > LONGEST ? rest.lastIndexOf(" ") + 1 : rest.length - open;
    // Code, links and formulas are read whole.
    const part = rest.slice(0, length);
    const whole = (part.split("`").length + part.split("$$").length) % 2 === 0 && !OPEN_LINK.test(part);
    return whole || rest.length > 2 * LONGEST ? length : 0;
  }

  return {
    /** @param {string} source @returns {boolean} whether it goes on from what was spoken */
    continues: (source) => source.slice(Math.max(0, taken - tail.length), taken) === tail,
    /** @returns {number} characters that were put into words */
    position: () => taken,
    /**
     * @param {string} source the answer so far
     * @param {boolean} complete whether no more of it will come
     * @returns {string[]} what is to be said now
     */
    read(source, complete) {
      out = [];
      for (let end = source.indexOf("\n", taken); end >= 0; end = source.indexOf("\n", taken)) {
        take(source.slice(taken, end));
        within = false;
        taken = end + 1;
      }
      const rest = source.slice(taken);
      const length = complete ? rest.length : speakable(rest);
      if (length) {
        take(rest.slice(0, length));
        // These are whole sentences, or what has been waited for long enough.
        if (!block && !table) flush();
        within = true;
        taken += length;
      }
      if (complete) {
        if (block) out.push(block.words(block.lines));
        block = null;
        flush();
      }
      tail = source.slice(Math.max(0, taken - TAIL), taken);
      return out;
    },
  };
}
