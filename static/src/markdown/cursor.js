/** A place in a line, in characters and in columns: a tab reaches to the next multiple of four columns. */

const TAB = 4;

export class Cursor {
  /** @param {string} line without its end */
  constructor(line) {
    this.line = line;
    this.offset = 0;
    this.column = 0;
    /** Whether only some columns of the tab at `offset` are behind the cursor. */
    this.insideTab = false;
    /** Where the next character stands that is no space. */
    this.next = 0;
    /** Columns up to there. */
    this.indent = 0;
    this.look();
  }

  /** Looks for the next character that is no space. */
  look() {
    let column = this.column;
    let offset = this.offset;
    for (; offset < this.line.length; offset += 1) {
      const character = this.line[offset];
      if (character === " ") column += 1;
      else if (character === "\t") column += TAB - (column % TAB);
      else break;
    }
    this.next = offset;
    this.indent = column - this.column;
  }

  /** @returns {boolean} whether nothing but spaces follows */
  get blank() {
    return this.next >= this.line.length;
  }

  /** @returns {string} the next character that is no space */
  get character() {
    return this.line[this.next] ?? "";
  }

  /** @returns {string} what follows, from there on */
  get text() {
    return this.line.slice(this.next);
  }

  /** @returns {string} what follows, with the spaces before it */
  get rest() {
    if (!this.insideTab) return this.line.slice(this.offset);
    return " ".repeat(TAB - (this.column % TAB)) + this.line.slice(this.offset + 1);
  }

  /** @param {number} count of characters */
  skip(count) {
    for (let left = count; left > 0 && this.offset < this.line.length; left -= 1) {
      this.column += this.line[this.offset] === "\t" ? TAB - (this.column % TAB) : 1;
      this.offset += 1;
    }
    this.insideTab = false;
    this.look();
  }

  /** Goes to the next character that is no space. */
  skipSpaces() {
    this.skip(this.next - this.offset);
  }

  /** @param {number} count of columns */
  skipColumns(count) {
    for (let left = count; left > 0 && this.offset < this.line.length; ) {
      const width = this.line[this.offset] === "\t" ? TAB - (this.column % TAB) : 1;
      const taken = Math.min(width, left);
      this.insideTab = taken < width;
      this.column += taken;
      if (!this.insideTab) this.offset += 1;
      left -= taken;
    }
    this.look();
  }
}
