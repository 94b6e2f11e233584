/** Work that nobody waits for: done in small parts between frames, so that the page never stands still. */

/** Milliseconds of a frame that may go into it. */
const BUDGET_MS = 8;

/** @type {(() => void)[]} */
const waiting = [];
let running = false;

function run() {
  const end = performance.now() + BUDGET_MS;
  while (waiting.length && performance.now() < end) {
    try {
      waiting.shift()?.();
    } catch (error) {
      reportError(error);
    }
  }
  running = waiting.length > 0;
  if (running) setTimeout(run);
}

/** @param {() => void} task a part of the work; what it throws is reported, and keeps nothing else from being done */
export function whenSpare(task) {
  waiting.push(task);
  if (running) return;
  running = true;
  setTimeout(run);
}
