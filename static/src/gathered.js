/** Changes that come close together are answered once. */

/** Milliseconds over which they are gathered. */
const GATHER = 400;

/**
 * @param {() => void} work
 * @returns {() => void} has the work done a little later, once for all calls until then
 */
export function gathered(work) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, GATHER);
  };
}
