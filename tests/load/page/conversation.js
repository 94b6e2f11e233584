/** Measures how a conversation opens and scrolls. Runs before the scripts of the page. */

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
const rows = () => [...document.querySelectorAll('[data-part="messages"] > [data-message-id]')];

/** Whether the newest message stands in sight, and the page is at work. */
function isOpen() {
  const last = rows().at(-1)?.getBoundingClientRect();
  const ready = document.querySelector('#composer-input[aria-invalid="false"]');
  return Boolean(ready && last && last.height > 0 && last.top < innerHeight);
}

/** Milliseconds since the navigation began, when it was open. */
globalThis.opened = (async () => {
  while (!isOpen()) await nextFrame();
  return performance.now();
})();

/**
 * @param {string} path of the conversation
 * @returns {Promise<number>} milliseconds from the click on its link
 */
globalThis.openFromList = async (path) => {
  document.querySelector('[data-testid="new-chat"]').click();
  while (rows().length) await nextFrame();
  const began = performance.now();
  document.querySelector(`[data-part="conversations"] a[href="${path}"]`).click();
  while (!isOpen()) await nextFrame();
  return performance.now() - began;
};

/**
 * Scrolls up, most of a screen in each frame, until the first message has been seen.
 * @param {number} count of the messages
 */
globalThis.scrollThrough = async (count) => {
  const thread = document.querySelector('[data-part="thread"]');
  const seen = new Set();
  const frames = [];
  let most = 0;
  let last = await nextFrame();
  while (seen.size < count) {
    thread.scrollTop -= 600;
    const now = await nextFrame();
    frames.push(now - last);
    last = now;
    const shown = rows();
    most = Math.max(most, shown.length);
    for (const row of shown) seen.add(row.dataset.messageId);
    if (frames.length > 20_000) break; // It goes no further.
  }
  return { frames, seen: seen.size, rows: most };
};
