/** Keeps the newest text in sight, lets go when the reader scrolls up, and offers the way back. */

/** Pixels from the end within which the reader counts as being at the end. */
const NEAR = 40;

/**
 * @param {HTMLElement} thread the scrolling element
 * @param {HTMLElement} button "jump to latest"
 */
export function createFollower(thread, button) {
  let held = true;
  let lastTop = thread.scrollTop;

  const distance = () => thread.scrollHeight - thread.scrollTop - thread.clientHeight;

  function showButton() {
    button.hidden = held || distance() <= NEAR;
  }

  function settle() {
    if (held) thread.scrollTop = thread.scrollHeight;
    showButton();
  }

  /** @param {boolean} smooth */
  function toEnd(smooth) {
    held = true;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    thread.scrollTo({ top: thread.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
    showButton();
  }

  thread.addEventListener("scroll", () => {
    if (distance() <= NEAR) held = true;
    else if (thread.scrollTop < lastTop - 1) held = false;
    lastTop = thread.scrollTop;
    showButton();
  }, { passive: true });
  button.addEventListener("click", () => {
    toEnd(true);
    thread.focus({ preventScroll: true }); // The button goes away and would take the focus with it.
  });

  const observer = new ResizeObserver(settle);
  observer.observe(thread);
  if (thread.firstElementChild) observer.observe(thread.firstElementChild);
  return { toEnd };
}
