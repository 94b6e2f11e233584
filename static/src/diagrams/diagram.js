/**
 * Diagrams: the picture that a block of Mermaid code describes, above its code. It is drawn by a page of its own in a
 * sandbox and shown as an image, so that nothing in it runs; what cannot be drawn stays the code that it is.
 */
import { clone, find, part } from "../dom.js";
import { drawPicture } from "./sandbox.js";
import { isDark, onThemeChange } from "./theme.js";

/** Characters of code beyond which drawing would be felt. */
const LONGEST = 20_000;
/** Pictures kept for when they come back into sight. */
const KEPT = 40;

/** @typedef {{ address: string, width: number, height: number }} Picture */

/** By theme and code. @type {Map<string, Promise<Picture>>} */
const pictures = new Map();
/** The code of the blocks on the page. @type {WeakMap<HTMLElement, string>} */
const codes = new WeakMap();

/**
 * @param {string} code
 * @param {boolean} dark
 * @returns {Promise<Picture>} throws Error with a reason for the reader
 */
function pictureOf(code, dark) {
  const key = `${dark ? "dark" : "light"} ${code}`;
  const known = pictures.get(key);
  const picture =
    known ??
    drawPicture(code, dark).then(({ svg, width, height }) => {
      return { address: URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" })), width, height };
    });
  pictures.delete(key);
  pictures.set(key, picture);
  for (const [oldest, forgotten] of pictures) {
    if (pictures.size <= KEPT) break;
    pictures.delete(oldest);
    forgotten.then(({ address }) => URL.revokeObjectURL(address)).catch(() => {});
  }
  return picture;
}

/** @param {HTMLElement} figure @param {string} code */
async function draw(figure, code) {
  if (figure.dataset.diagram !== "drawn") figure.dataset.diagram = "drawing";
  const notice = part(figure, "diagram-notice");
  try {
    if (code.length > LONGEST) throw new Error("It is too long to be drawn.");
    const { address, width, height } = await pictureOf(code, isDark());
    const image = /** @type {HTMLImageElement} */ (part(figure, "diagram-image"));
    image.width = Math.ceil(width);
    image.height = Math.ceil(height);
    image.src = address;
    await image.decode();
    figure.dataset.diagram = "drawn";
  } catch (error) {
    figure.dataset.diagram = "failed";
    notice.textContent = `This diagram is shown as its source. ${error instanceof Error ? error.message : ""}`.trim();
  }
  showSource(figure, figure.dataset.diagram === "failed");
}

/** @param {HTMLElement} figure @param {boolean} shown */
function showSource(figure, shown) {
  const drawn = figure.dataset.diagram === "drawn";
  const button = part(figure, "diagram-toggle");
  button.hidden = !drawn;
  button.setAttribute("aria-expanded", String(shown));
  button.textContent = shown ? "Hide source" : "Show source";
  find(figure, "pre").hidden = drawn && !shown;
  part(figure, "diagram-view").hidden = !drawn;
  part(figure, "diagram-notice").hidden = figure.dataset.diagram !== "failed";
}

/**
 * Adds the picture to a block of code.
 * @param {HTMLElement} figure
 * @param {string} code
 */
export function addDiagram(figure, code) {
  codes.set(figure, code);
  const parts = clone("diagram");
  const pre = find(figure, "pre");
  for (const name of ["diagram-notice", "diagram-view"]) pre.before(part(parts, name));
  const toggle = part(parts, "diagram-toggle");
  find(figure, ".code-copy").before(toggle);
  toggle.addEventListener("click", () => showSource(figure, Boolean(pre.hidden)));
  draw(figure, code);
}

onThemeChange(() => {
  for (const figure of /** @type {Iterable<HTMLElement>} */ (document.querySelectorAll('[data-diagram="drawn"]'))) {
    const code = codes.get(figure);
    if (code !== undefined) draw(figure, code);
  }
});
