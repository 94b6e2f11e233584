/** What stands within a paragraph, a heading or a cell: CommonMark's inlines with GitHub's, formulas and footnotes. */
import { addressAt, mailAt, pointedAddressAt } from "./addresses.js";
import { Brackets } from "./brackets.js";
import { Emphasis, flanks } from "./emphasis.js";
import { entityAt } from "./entities.js";
import { formula, formulaAt } from "./formulas.js";
import { TickRuns } from "./ticks.js";

/** @import { Page } from "./page.js" */

/** Text up to the next character that may mean something. */
const PLAIN = /(?:[^\n\\`*_~[\]!<&$@hw]+|(?<=[a-z0-9])[hw]|[hw](?!ttps?:\/\/|ww\.))+/giy;
/** Characters between two places where the text may be settled. */
const STEP = 100;
const ESCAPABLE = /[!-/:-@[-`{-~]/;
const RUN = /\*+|_+|~+/y;
/** A run that is longer is no emphasis but a line that somebody has drawn. */
const LONGEST_RUN = 40;
const TAG = /<(\/?)(kbd|sub|sup|b|strong|i|em|u|s|del|mark|small)>|<br ?\/?>/iy;

export class InlineParser {
  /**
   * @param {string} text
   * @param {string} before the character before it, or nothing
   * @param {Page} page
   * @param {Element} root where the nodes go
   */
  constructor(text, before, page, root) {
    this.text = text;
    this.before = before;
    this.page = page;
    this.root = root;
    this.at = 0;
    this.emphasis = new Emphasis();
    this.brackets = new Brackets(this);
    this.ticks = new TickRuns(text);
    /** Elements that the text has opened by tags. @type {{ name: string, node: Text, bottom: import("./emphasis.js").Run | null }[]} */
    this.tags = [];
    /** Whether something that has begun may end in text that is yet to come. */
    this.undecided = false;
    /** Up to here nothing that comes can change what the text means. */
    this.safe = 0;
  }

  /** Reads the whole text. */
  parse() {
    while (this.at < this.text.length) {
      PLAIN.lastIndex = this.at;
      const plain = PLAIN.exec(this.text)?.[0];
      if (plain) this.readPlain(plain);
      else this.readMark();
    }
    this.emphasis.join(null);
    joinTexts(this.root);
  }

  /** @param {string} text @returns {Text} */
  append(text) {
    const node = document.createTextNode(text);
    this.root.append(node);
    return node;
  }

  /** @param {string} plain */
  readPlain(plain) {
    this.append(plain);
    const word = plain.search(/\s(?=\S+$)/);
    if (word >= 0) this.note(this.at + word + 1);
    this.at += plain.length;
  }

  /** @param {number} at where a word begins: perhaps all before it is settled */
  note(at) {
    if (this.undecided || this.tags.length || this.brackets.last || at - this.safe < STEP) return;
    if (/<br $/i.test(this.text.slice(at - 4, at))) return;
    if (!this.emphasis.waits()) this.safe = at;
  }

  readMark() {
    const character = this.text[this.at] ?? "";
    const read = READERS[character.toLowerCase()]?.(this);
    if (!read) this.readPlainMark(character);
  }

  /** @param {string} character that means itself */
  readPlainMark(character) {
    this.append(character);
    this.at += character.length;
  }

  /** @param {Node} node @param {number} end where the text goes on */
  take(node, end) {
    this.root.append(node);
    this.at = end;
    return true;
  }

  /** @param {{ element: Node, end: number } | null} found */
  takeFound(found) {
    return found !== null && this.take(found.element, found.end);
  }

  readLineEnd() {
    const { lastChild } = this.root;
    if (lastChild instanceof Text) lastChild.data = lastChild.data.trimEnd();
    this.root.append(document.createElement("br"));
    this.at += 1;
    while (/[ \t]/.test(this.text[this.at] ?? "")) this.at += 1;
    if (this.at < this.text.length) this.note(this.at);
    return true;
  }

  readBackslash() {
    const next = this.text[this.at + 1] ?? "";
    if (next === "\n") {
      this.at += 1;
      return this.readLineEnd();
    }
    if (next === "(" || next === "[") {
      if (this.readFormula()) return true;
    }
    if (!ESCAPABLE.test(next)) return false;
    this.append(next);
    this.at += 2;
    return true;
  }

  readFormula() {
    const found = formulaAt(this.text, this.at);
    if (found === undefined) this.undecided = true;
    return Boolean(found) && this.take(formula(found?.source ?? "", Boolean(found?.display)), found?.end ?? 0);
  }

  readTicks() {
    const run = this.ticks.at(this.at);
    if (run.close < 0) {
      this.undecided = true;
      return this.take(document.createTextNode(this.text.slice(this.at, run.end)), run.end);
    }
    const code = this.text.slice(run.end, run.close).replaceAll("\n", " ");
    const element = document.createElement("code");
    element.textContent = /^ .* $/.test(code) && code.trim() ? code.slice(1, -1) : code;
    return this.take(element, run.close + run.end - this.at);
  }

  readRun() {
    RUN.lastIndex = this.at;
    const run = RUN.exec(this.text)?.[0] ?? "";
    const end = this.at + run.length;
    const mark = run[0] ?? "";
    const node = this.append(run);
    const before = this.at ? lastCharacter(this.text.slice(Math.max(0, this.at - 2), this.at)) : this.before;
    const after = String.fromCodePoint(this.text.codePointAt(end) ?? 32);
    const fine = run.length <= LONGEST_RUN && (mark !== "~" || run.length === 2);
    if (fine) this.emphasis.push(node, flanks(mark, before, end < this.text.length ? after : ""));
    this.at = end;
    return true;
  }

  readPointed() {
    TAG.lastIndex = this.at;
    const tag = TAG.exec(this.text);
    if (!tag) return this.takeFound(pointedAddressAt(this.text, this.at));
    const name = tag[2]?.toLowerCase();
    if (!name) return this.take(document.createElement("br"), this.at + tag[0].length);
    if (tag[1] && this.closeTag(name)) this.at += tag[0].length;
    else {
      const node = this.append(tag[0]);
      if (!tag[1] && this.tags.length < LONGEST_RUN) this.tags.push({ name, node, bottom: this.emphasis.last });
      this.at += tag[0].length;
    }
    return true;
  }

  /** @param {string} name @returns {boolean} whether a tag had opened it */
  closeTag(name) {
    const index = this.tags.findLastIndex((tag) => tag.name === name);
    const tag = this.tags[index];
    if (!tag || tag.node.parentNode !== this.root) return false;
    this.tags.length = index;
    this.emphasis.join(tag.bottom);
    this.emphasis.dropAbove(tag.bottom);
    this.emphasis.enclose(tag.node, null, name);
    tag.node.remove();
    return true;
  }

  readAddress() {
    return this.takeFound(addressAt(this.text, this.at, this.brackets.last !== null));
  }

  readMail() {
    const { lastChild } = this.root;
    const written = lastChild instanceof Text ? lastChild.length : 0;
    const found = written ? mailAt(this.text, this.at, this.at - written) : null;
    if (!found || !(lastChild instanceof Text)) return false;
    lastChild.data = lastChild.data.slice(0, -found.before);
    return this.take(found.element, found.end);
  }
}

/**
 * Makes one text of those that stand side by side, below all of `root`. Node.normalize() would do it pair by pair, which
 * takes long when there are thousands.
 * @param {Node} root
 */
function joinTexts(root) {
  for (let node = root.firstChild; node; node = node.nextSibling) {
    if (!(node instanceof Text)) {
      joinTexts(node);
      continue;
    }
    const parts = [];
    while (node.nextSibling instanceof Text) {
      parts.push(node.nextSibling.data);
      node.nextSibling.remove();
    }
    if (parts.length) node.appendData(parts.join(""));
  }
}

/** @param {string} text @returns {string} its last character, also one of two halves */
const lastCharacter = (text) => [...text].at(-1) ?? "";

/** Reads what begins with a character; false: it means itself. @type {Record<string, (parser: InlineParser) => boolean>} */
const READERS = {
  "\n": (parser) => parser.readLineEnd(),
  "\\": (parser) => parser.readBackslash(),
  "`": (parser) => parser.readTicks(),
  "*": (parser) => parser.readRun(),
  _: (parser) => parser.readRun(),
  "~": (parser) => parser.readRun(),
  "[": (parser) => parser.brackets.open(false),
  "!": (parser) => parser.text[parser.at + 1] === "[" && parser.brackets.open(true),
  "]": (parser) => parser.brackets.close(),
  "<": (parser) => parser.readPointed(),
  "&": (parser) => {
    const found = entityAt(parser.text, parser.at);
    if (!found) return false;
    parser.append(found.text);
    parser.at = found.end;
    return true;
  },
  $: (parser) => parser.readFormula(),
  "@": (parser) => parser.readMail(),
  h: (parser) => parser.readAddress(),
  w: (parser) => parser.readAddress(),
};
