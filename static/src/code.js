/** Code blocks: their frame with language and copy button, and colours that arrive later. */
import DOMPurify from "dompurify";

import { clone, copyFrom, find, part } from "./dom.js";

/** Characters above which colouring would be felt. */
const LONGEST = 40_000;

/**
 * @param {string} code
 * @param {string} language as the model named it; may be empty
 * @returns {HTMLElement}
 */
export function codeBlock(code, language) {
  const figure = clone("code");
  part(figure, "language").textContent = language || "text";
  figure.dataset.language = language.toLowerCase();
  find(figure, "pre code").textContent = code.replace(/\n$/, "");
  return figure;
}

/**
 * Colours the blocks in `root` that are not coloured yet. The colouring code is loaded with the first block that needs it.
 * @param {ParentNode} root
 */
export async function highlight(root) {
  const figures = /** @type {HTMLElement[]} */ ([...root.querySelectorAll(".code[data-language]:not([data-coloured])")]);
  const waiting = figures.filter((figure) => figure.dataset.language);
  for (const figure of waiting) figure.dataset.coloured = "";
  if (!waiting.length) return;
  const { colour } = await import("./highlight.js");
  for (const figure of waiting) {
    const code = find(figure, "pre code");
    const text = code.textContent ?? "";
    const html = text.length <= LONGEST ? colour(text, figure.dataset.language ?? "") : null;
    if (html === null) continue;
    const options = { ALLOWED_TAGS: ["span"], ALLOWED_ATTR: ["class"], RETURN_DOM_FRAGMENT: /** @type {const} */ (true) };
    code.replaceChildren(DOMPurify.sanitize(html, options));
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
