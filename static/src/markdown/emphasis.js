/** Runs of `*`, `_` and `~~` in a text, and which of them belong together: CommonMark's algorithm, on the nodes themselves. */

const SPACE = /^\s?$/u;
const PUNCTUATION = /^[\p{P}\p{S}]$/u;
/** Scripts without spaces between words: there, punctuation inside of emphasis does not keep it from ending. */
const CLOSE_SET = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\u3000-\u303f\uff00-\uffef]$/u;
/** Emphasis within emphasis; more would only slow the browser down, or overflow it. */
const DEEPEST = 40;
/** Runs that wait for their other half, beyond which nobody asks whether they could be settled. */
const MANY = 100;

/**
 * @typedef {object} Run
 * @property {string} mark
 * @property {number} length as it was written
 * @property {Text} node what is left of it
 * @property {boolean} opens
 * @property {boolean} closes
 * @property {Run | null} previous
 * @property {Run | null} next
 */

/**
 * @param {string} mark
 * @param {string} before the character before the run; nothing: the text begins
 * @param {string} after the character after it
 */
export function flanks(mark, before, after) {
  const [spaceBefore, spaceAfter] = [SPACE.test(before), SPACE.test(after)];
  const [markBefore, markAfter] = [PUNCTUATION.test(before), PUNCTUATION.test(after)];
  const left = !spaceAfter && (!markAfter || spaceBefore || markBefore || CLOSE_SET.test(before));
  const right = !spaceBefore && (!markBefore || spaceAfter || markAfter || CLOSE_SET.test(after));
  if (mark !== "_") return { opens: left, closes: right };
  return { opens: left && (!right || markBefore), closes: right && (!left || markAfter) };
}

export class Emphasis {
  constructor() {
    /** The newest run. @type {Run | null} */
    this.last = null;
    this.count = 0;
    /** How many elements of emphasis are in each other. @type {Map<Node, number>} */
    this.depths = new Map();
  }

  /**
   * @param {Text} node holds the run
   * @param {{ opens: boolean, closes: boolean }} flanking
   */
  push(node, { opens, closes }) {
    /** @type {Run} */
    const run = { mark: node.data[0] ?? "", length: node.length, node, opens, closes, previous: this.last, next: null };
    if (this.last) this.last.next = run;
    this.last = run;
    this.count += 1;
  }

  /** @param {Run} run */
  drop(run) {
    if (run.previous) run.previous.next = run.next;
    if (run.next) run.next.previous = run.previous;
    else this.last = run.previous;
    this.count -= 1;
  }

  /** @param {Run | null} bottom the runs above it are dropped */
  dropAbove(bottom) {
    while (this.last && this.last !== bottom) this.drop(this.last);
  }

  /** @returns {boolean} whether some run may still wait for what comes */
  waits() {
    if (this.count > MANY) return true;
    this.join(null);
    for (let run = this.last; run; run = run.previous) if (run.opens) return true;
    return false;
  }

  /**
   * Joins the runs above `bottom` that belong together.
   * @param {Run | null} bottom
   */
  join(bottom) {
    /** By kind of closing run: below here nothing opens it. @type {Map<string, Run | null>} */
    const floors = new Map();
    let closer = bottom ? bottom.next : this.first();
    while (closer) {
      if (!closer.closes) {
        closer = closer.next;
        continue;
      }
      const key = `${closer.mark}${closer.opens}${closer.mark === "~" ? 0 : closer.length % 3}`;
      const opener = findOpener(closer, bottom, floors.has(key) ? floors.get(key) : undefined);
      if (opener) {
        closer = this.wrap(opener, closer);
        continue;
      }
      floors.set(key, closer.previous);
      const { next } = closer;
      if (!closer.opens) this.drop(closer);
      closer = next;
    }
  }

  /** @returns {Run | null} */
  first() {
    let run = this.last;
    while (run?.previous) run = run.previous;
    return run;
  }

  /**
   * @param {Run} opener
   * @param {Run} closer
   * @returns {Run | null} where to go on
   */
  wrap(opener, closer) {
    const double = opener.node.length >= 2 && closer.node.length >= 2;
    const used = double ? 2 : 1;
    this.enclose(opener.node, closer.node, opener.mark === "~" ? "del" : double ? "strong" : "em");
    while (closer.previous && closer.previous !== opener) this.drop(closer.previous);
    for (const run of [opener, closer]) run.node.data = run.node.data.slice(used);
    if (!opener.node.length) this.remove(opener);
    if (closer.node.length) return closer;
    const { next } = closer;
    this.remove(closer);
    return next;
  }

  /**
   * Puts what stands between two nodes into an element.
   * @param {Node} from
   * @param {Node | null} to null: all that follows
   * @param {string} name
   */
  enclose(from, to, name) {
    const content = [];
    let depth = 0;
    for (let node = from.nextSibling; node && node !== to && depth < DEEPEST; node = node.nextSibling) {
      content.push(node);
      depth = Math.max(depth, this.depths.get(node) ?? 0);
    }
    if (depth >= DEEPEST) {
      // Those around it need not look that far again.
      if (from.nextSibling) this.depths.set(from.nextSibling, depth);
      return;
    }
    const element = document.createElement(name);
    for (const node of content) element.append(node);
    from.parentNode?.insertBefore(element, to);
    this.depths.set(element, depth + 1);
  }

  /** @param {Run} run of which nothing is left */
  remove(run) {
    run.node.remove();
    this.drop(run);
  }
}

/**
 * @param {Run} closer
 * @param {Run | null} bottom
 * @param {Run | null | undefined} floor
 * @returns {Run | null}
 */
function findOpener(closer, bottom, floor) {
  for (let run = closer.previous; run && run !== bottom && run !== floor; run = run.previous) {
    if (run.mark !== closer.mark || !run.opens) continue;
    const either = closer.opens || run.closes;
    const odd = closer.mark !== "~" && either && closer.length % 3 !== 0 && (run.length + closer.length) % 3 === 0;
    if (!odd) return run;
  }
  return null;
}
