/** Feeds answers to views as they come from the socket: what came is drawn in the next frame, one event in each. */

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/**
 * @param {string} text
 * @param {number} step characters of an event
 * @returns {Promise<number[]>} how long each frame took, in milliseconds
 */
globalThis.stream = async (text, step) => {
  const { element, show } = view();
  const frames = [];
  let last = await frame();
  for (let end = step; end < text.length + step; end += step) {
    show(text.slice(0, end), 0, end >= text.length);
    const now = await frame();
    frames.push(now - last);
    last = now;
  }
  globalThis.shown = element;
  return frames;
};

/**
 * The same with the whole text built anew in each frame, at some lengths only: it would take hours.
 * @param {string} text
 * @param {number} lengths how many
 * @param {number} draws at each
 * @returns {Promise<number>} milliseconds of a frame, on average over all lengths
 */
globalThis.streamNaively = async (text, lengths, draws) => {
  const { element, show } = view();
  let whole = 0;
  let revision = 0;
  for (let index = 1; index <= lengths; index += 1) {
    const part = text.slice(0, (text.length * (index - 0.5)) / lengths);
    let last = await frame();
    for (let draw = 0; draw < draws; draw += 1) {
      revision += 1;
      show(part, revision, false);
      const now = await frame();
      whole += now - last;
      last = now;
    }
  }
  element.remove();
  return whole / (lengths * draws);
};

/** Takes the last answer off the page. */
globalThis.forget = () => {
  globalThis.shown?.remove();
  globalThis.shown = null;
};
