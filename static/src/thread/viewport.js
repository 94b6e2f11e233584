/**
 * The visible part of the thread, and what must not move in it: the newest text, as long as the reader is at the end;
 * else the row that is being read, whatever changes above it.
 */

/** Pixels from the end within which the reader counts as being at the end. */
const NEAR = 40;
/** Pixels above a row that was asked for. */
const MARGIN = 24;

/**
 * @param {HTMLElement} thread the scrolling element
 * @param {HTMLElement} list the rows in it
 * @param {HTMLElement} button "jump to latest"
 * @param {object} doors
 * @param {() => void} doors.moved the visible part is another one
 * @param {() => boolean} doors.isEnd whether the last row is the newest message
 * @param {() => void} doors.latest the reader wants the newest message
 */
export function createViewport(thread, list, button, { moved, isEnd, latest }) {
  let held = true;
  let lastTop = thread.scrollTop;
  /** Rows in sight with their distance from the top of the thread, in pixels. @type {{ row: Element, top: number }[]} */
  let sight = [];
  let keeping = false;

  const distance = () => thread.scrollHeight - thread.scrollTop - thread.clientHeight;
  const edge = () => thread.getBoundingClientRect().top;

  function showButton() {
    button.hidden = held || (distance() <= NEAR && isEnd());
  }

  function remember() {
    const top = edge();
    sight = [];
    for (const row of list.children) {
      const rect = row.getBoundingClientRect();
      if (rect.bottom <= top) continue;
      if (rect.top > top + thread.clientHeight) break;
      sight.push({ row, top: rect.top - top });
    }
  }

  function restore() {
    if (held) thread.scrollTop = thread.scrollHeight;
    else {
      const known = sight.find(({ row }) => row.isConnected);
      const shift = known ? known.row.getBoundingClientRect().top - edge() - known.top : 0;
      if (Math.abs(shift) >= 1) thread.scrollTop += shift;
    }
    lastTop = thread.scrollTop;
    showButton();
  }

  /** @param {() => void} change of rows, after which the reader sees what was seen before */
  function keep(change) {
    if (keeping) {
      change();
      return;
    }
    keeping = true;
    if (!held) remember();
    change();
    restore();
    keeping = false;
  }

  function scrolled() {
    if (distance() <= NEAR && isEnd()) held = true;
    else if (thread.scrollTop < lastTop - 1) held = false;
    lastTop = thread.scrollTop;
    showButton();
    moved();
    if (!held) remember();
  }

  /** @param {boolean} smooth */
  function toEnd(smooth) {
    held = true;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const near = distance() < 3 * thread.clientHeight;
    thread.scrollTo({ top: thread.scrollHeight, behavior: smooth && near && !calm ? "smooth" : "instant" });
    showButton();
  }

  thread.addEventListener("scroll", scrolled, { passive: true });
  button.addEventListener("click", () => {
    latest();
    thread.focus({ preventScroll: true }); // The button goes away and would take the focus with it.
  });
  // Sizes change before they are painted: text flows, colours and pictures arrive, the window turns.
  const observer = new ResizeObserver(() => {
    restore();
    moved();
  });
  observer.observe(thread);
  observer.observe(list);

  return {
    keep,
    toEnd,
    focus: () => thread.focus({ preventScroll: true }),
    /** @returns {{ top: number, height: number }} pixels from the first row's top to the visible part, and its height */
    seen: () => ({ top: edge() - list.getBoundingClientRect().top, height: thread.clientHeight }),
    /** @param {number} y pixels from the first row's top */
    goTo(y) {
      held = false;
      thread.scrollTop += list.getBoundingClientRect().top + y - edge() - MARGIN;
      lastTop = thread.scrollTop;
      remember();
    },
  };
}
