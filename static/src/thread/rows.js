/**
 * The messages as rows of which only those near the reader are on the page: the others are blank space, as high as they
 * were when last seen, or as rows are on average. Rows stand in the normal flow, in order.
 */

/** How far beyond the visible part rows are ready, in heights of it. */
const AHEAD = 1.5;
/** Milliseconds of one frame that may go into rows nobody sees yet. */
const BUDGET_MS = 12;
/** Rows that stay built although they are off the page, for readers who scroll back and forth. */
const KEPT = 120;
/** Pixels of a row before any was measured. */
const FIRST_GUESS = 160;

/**
 * @param {HTMLElement} list
 * @param {ReturnType<typeof import("./viewport.js").createViewport>} viewport
 * @param {object} doors
 * @param {(key: string) => HTMLElement} doors.build
 * @param {(key: string) => void} doors.release the row's element is forgotten
 */
export function createRows(list, viewport, { build, release }) {
  /** All rows, on the page or not. @type {string[]} */
  let keys = [];
  /** The part of `keys` that is on the page. */
  let first = 0;
  let last = 0;
  /** @type {Map<string, HTMLElement>} */
  const built = new Map();
  /** @type {Map<string, number>} */
  const heights = new Map();
  let whole = 0;
  let gap = 0;
  let frame = 0;

  /** @param {string} key */
  function element(key) {
    let found = built.get(key);
    if (!found) {
      found = build(key);
      found.dataset.key = key;
    }
    built.delete(key);
    built.set(key, found);
    return found;
  }

  /** @param {number} from @param {number} to @returns {number} pixels of these rows, with the gap that each has */
  function space(from, to) {
    const guess = heights.size ? whole / heights.size : FIRST_GUESS;
    let sum = 0;
    for (let index = from; index < to; index += 1) sum += (heights.get(keys[index] ?? "") ?? guess) + gap;
    return sum;
  }

  /** Notes how high the rows on the page are. */
  function measure() {
    gap = Number.parseFloat(getComputedStyle(list).rowGap) || 0;
    for (let index = first; index < last; index += 1) {
      const key = keys[index] ?? "";
      const height = built.get(key)?.offsetHeight ?? 0;
      whole += height - (heights.get(key) ?? 0);
      heights.set(key, height);
    }
  }

  /** @param {number} beyond pixels @returns {[number, number]} the rows that stand in the visible part or so near it */
  function around(beyond) {
    const { top, height } = viewport.seen();
    let from = 0;
    let y = 0;
    for (let next = space(0, 1); from < keys.length - 1 && y + next < top - beyond; next = space(from, from + 1)) {
      y += next;
      from += 1;
    }
    let to = from;
    while (to < keys.length && y < top + height + beyond) {
      y += space(to, to + 1);
      to += 1;
    }
    return [from, to];
  }

  /** @param {[number, number]} visible @param {[number, number]} wanted @returns {[number, number]} what this frame has time for */
  function affordable([from, to], [start, end]) {
    const began = performance.now();
    const mayBuild = (/** @type {string | undefined} */ key) => {
      if (key === undefined) return false;
      if (!built.has(key) && performance.now() - began > BUDGET_MS) return false;
      element(key);
      return true;
    };
    for (let index = from; index < to; index += 1) element(keys[index] ?? "");
    let below = to < end;
    let above = from > start;
    while (below || above) {
      below = below && mayBuild(keys[to]) && (to += 1) < end;
      above = above && mayBuild(keys[from - 1]) && (from -= 1) > start;
    }
    return [from, to];
  }

  /** @param {number} from @param {number} to */
  function place(from, to) {
    const wanted = keys.slice(from, to).map(element);
    const staying = new Set(wanted);
    for (const row of /** @type {HTMLElement[]} */ ([...list.children])) {
      if (staying.has(row)) continue;
      // The focus would fall to the page, and the keys of the reader with it.
      if (row.contains(document.activeElement)) viewport.focus();
      row.remove();
    }
    let next = list.firstElementChild;
    for (const row of wanted) {
      if (row === next) next = next.nextElementSibling;
      else list.insertBefore(row, next);
    }
    first = from;
    last = to;
    pad();
    measure();
    pad();
  }

  function pad() {
    list.style.paddingTop = `${space(0, first)}px`;
    list.style.paddingBottom = `${space(last, keys.length)}px`;
  }

  function forget() {
    for (const [key, row] of built) {
      if (built.size <= KEPT) return;
      if (row.isConnected) continue;
      built.delete(key);
      release(key);
    }
  }

  /** Brings the page in step with where the reader is. */
  function update() {
    measure();
    const ahead = AHEAD * viewport.seen().height;
    const enough = around(ahead / 2);
    if (enough[0] >= first && enough[1] <= last && last - first === list.childElementCount) {
      const most = around(ahead * 2);
      if (first >= most[0] && last <= most[1]) return;
    }
    const wanted = around(ahead);
    const [from, to] = affordable(around(0), wanted);
    viewport.keep(() => place(from, to));
    forget();
    if (from > wanted[0] || to < wanted[1]) later();
  }

  function later() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      update();
    });
  }

  /** @param {string} key */
  function drop(key) {
    const row = built.get(key);
    row?.remove();
    if (built.delete(key)) release(key);
    whole -= heights.get(key) ?? 0;
    heights.delete(key);
  }

  return {
    update,
    /** @returns {readonly string[]} */
    keys: () => keys,
    /** @param {string} key @returns {HTMLElement | undefined} the row, if it is on the page */
    onPage: (key) => (built.get(key)?.isConnected ? built.get(key) : undefined),
    /**
     * Makes these the rows, in this order. What is on the page and stays does not move under the reader.
     * @param {string[]} next
     */
    set(next) {
      const staying = new Set(next);
      viewport.keep(() => {
        measure();
        const top = keys[first];
        const bottom = keys[last - 1];
        for (const key of keys) if (!staying.has(key)) drop(key);
        keys = next;
        first = Math.max(0, top === undefined ? 0 : keys.indexOf(top));
        last = Math.max(first, bottom === undefined ? 0 : keys.indexOf(bottom) + 1);
        place(first, last);
      });
      update();
    },
    /**
     * Gives a row another key and keeps its element.
     * @param {string} before
     * @param {string} after
     */
    rename(before, after) {
      const row = built.get(before);
      keys = keys.map((key) => (key === before ? after : key));
      if (!row) return;
      row.dataset.key = after;
      built.delete(before);
      built.set(after, row);
      heights.set(after, heights.get(before) ?? 0);
      heights.delete(before);
    },
    /**
     * Takes over a row that stands on the page already, as the last one.
     * @param {string} key
     * @param {HTMLElement} row
     */
    adopt(key, row) {
      row.dataset.key = key;
      keys = [...keys, key];
      built.set(key, row);
      last = keys.length;
    },
    /**
     * Scrolls to a row, wherever it is.
     * @param {string} key
     * @returns {HTMLElement | undefined}
     */
    reveal(key) {
      const index = keys.indexOf(key);
      if (index < 0) return undefined;
      // Rows between here and there may be higher than guessed: the second look is at real ones.
      for (let look = 0; look < 3; look += 1) {
        viewport.goTo(space(0, index));
        update();
      }
      return built.get(key);
    },
  };
}
