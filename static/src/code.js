/** Code blocks: their frame with language and copy button; what becomes of them once they are complete. */
import { clone, copyFrom, find, part } from "./dom.js";
import { whenSpare } from "./spare.js";

/** Characters above which colouring would be felt. */
const LONGEST = 40_000;
const NAMES = /^[\w#+.-]{1,40}$/;

/**
 * @param {string} code
 * @param {string} language as the model named it; may be empty
 * @returns {HTMLElement}
 */
export function codeBlock(code, language) {
  const figure = clone("code");
  part(figure, "language").textContent = language || "text";
  figure.dataset.language = language.toLowerCase();
  find(figure, "pre code").textContent = code;
  return figure;
}

/**
 * Colours a block whose code is complete, or draws what it describes. The parts that do it are loaded with the first block
 * that needs them; without them it stays as it is.
 * @param {HTMLElement} figure
 * @param {string} code
 * @param {boolean} ended whether the block was closed, not just cut
 */
export function finishCode(figure, code, ended) {
  const { language = "" } = figure.dataset;
  if (language === "mermaid" && ended) {
    import("./diagrams/diagram.js").then(({ addDiagram }) => addDiagram(figure, code)).catch(() => {});
  } else if (NAMES.test(language) && code.length <= LONGEST) {
    import("./highlight.js")
      .then(({ colour }) => whenSpare(() => find(figure, "pre code").replaceChildren(colour(code, language))))
      .catch(() => {});
  }
}

/** Lets every copy button below `root` copy its block. @param {HTMLElement} root */
export function copyCodeOnClick(root) {
  root.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest('[data-action="copy-code"]');
    if (!(button instanceof HTMLElement)) return;
    copyFrom(button, button.closest(".code")?.querySelector("pre")?.textContent ?? "");
  });
}
