/** TeX to MathML; a chunk of its own, loaded with the first formula. */
import temml from "temml";

import { purify } from "../markdown/purify.js";

/** Longer ones, or macros that unfold further, would be felt. */
const LONGEST = 5000;
const MOST_STEPS = 1000;
/** Em: sizes beyond would cover the page. */
const LARGEST = [20, 200];

/**
 * @param {string} source TeX
 * @param {boolean} display
 * @returns {Element} MathML; the source with a notice when it is not understood
 */
export function draw(source, display) {
  const place = document.createElement("span");
  try {
    if (source.length > LONGEST) throw new Error("It is too long to be drawn.");
    temml.render(source, place, {
      displayMode: display,
      throwOnError: true,
      trust: false,
      strict: false,
      maxExpand: MOST_STEPS,
      maxSize: /** @type {[number, number]} */ (LARGEST),
    });
    purify(place);
    const [math] = place.children;
    if (math) return math;
    throw new Error("Nothing was drawn.");
  } catch (error) {
    const code = document.createElement("code");
    code.textContent = source;
    code.className = "math-error";
    code.title = `This formula could not be read. ${error instanceof Error ? error.message : ""}`.trim();
    return code;
  }
}
