/** Runs of backticks in a text, and which of them end which: each is looked at once, however many there are. */

export class TickRuns {
  /** @param {string} text */
  constructor(text) {
    /** Where runs of a length begin, in order. @type {Map<number, number[]>} */
    this.starts = new Map();
    /** By length: how many of the runs lie behind. @type {Map<number, number>} */
    this.passed = new Map();
    this.text = text;
    this.read = false;
  }

  /** Notes all runs of the text. */
  index() {
    this.read = true;
    for (const { 0: run, index } of this.text.matchAll(/`+/g)) {
      const same = this.starts.get(run.length);
      if (same) same.push(index);
      else this.starts.set(run.length, [index]);
    }
  }

  /**
   * @param {number} at of a run, not before one that was asked for already
   * @returns {{ end: number, close: number }} where it ends, and where the run begins that closes it: -1 when none does
   */
  at(at) {
    if (!this.read) this.index();
    let end = at;
    while (this.text[end] === "`") end += 1;
    const same = this.starts.get(end - at) ?? [];
    let passed = this.passed.get(end - at) ?? 0;
    while ((same[passed] ?? Infinity) <= at) passed += 1;
    this.passed.set(end - at, passed);
    return { end, close: same[passed] ?? -1 };
  }
}
