/** Formulas: shown as their source until the chunk that draws them is loaded, with the first one. */
import { whenSpare } from "../spare.js";
import { addStyles } from "../dom.js";

/** Formulas kept drawn: those that stand in text which is read again as it grows, or come back into sight. */
const KEPT = 500;

/** By source: what is drawn, or an element that says why it could not be. @type {Map<string, Element>} */
const drawn = new Map();
/** @type {Promise<typeof import("./engine.js")> | null} */
let engine = null;

/** @param {string} source @param {boolean} display */
const key = (source, display) => `${display ? "$$" : "$"}${source}`;

/**
 * Draws a formula at once if it was drawn before, else soon.
 * @param {HTMLElement} element
 * @param {string} source TeX
 * @param {boolean} display set apart from the text
 */
export function drawFormula(element, source, display) {
  const known = drawn.get(key(source, display));
  if (known) {
    show(element, known);
    return;
  }
  element.append(document.createElement("code"));
  /** @type {Element} */ (element.firstElementChild).textContent = source;
  engine ??= load();
  engine.then(({ draw }) => whenSpare(() => show(element, drawOnce(draw, source, display)))).catch(() => {
    engine = null; // The next formula tries again; this one stays as its source.
  });
}

function load() {
  addStyles("math");
  return import("./engine.js");
}

/**
 * @param {(source: string, display: boolean) => Element} draw
 * @param {string} source
 * @param {boolean} display
 */
function drawOnce(draw, source, display) {
  const known = drawn.get(key(source, display));
  const made = known ?? draw(source, display);
  drawn.delete(key(source, display));
  drawn.set(key(source, display), made);
  const [oldest] = drawn.keys();
  if (drawn.size > KEPT && oldest) drawn.delete(oldest);
  return made;
}

/** @param {HTMLElement} element @param {Element} made */
function show(element, made) {
  element.replaceChildren(made.cloneNode(true));
}
