/** The files of a message, as they stand above it. */
import { clone, part } from "../dom.js";

/** @import { Attachment } from "../types.js" */

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"];

/** @param {number} bytes @returns {string} for people */
export function sizeText(bytes) {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const format = { style: /** @type {const} */ ("unit"), unit: UNITS[step] ?? "byte", maximumSignificantDigits: 3 };
  return new Intl.NumberFormat(document.documentElement.lang, format).format(bytes / 1000 ** step);
}

/**
 * @param {HTMLElement} list
 * @param {Attachment[]} files
 */
export function drawFiles(list, files) {
  list.hidden = !files.length;
  list.replaceChildren(...files.map(row));
}

/** @param {Attachment} file */
function row({ id, name, kind, size, deleted = false }) {
  const element = clone("file");
  const link = /** @type {HTMLAnchorElement} */ (part(element, "link"));
  part(element, "name").textContent = name;
  part(element, "about").textContent = deleted ? "deleted" : sizeText(size);
  if (deleted) return element;
  link.href = `/api/v1/attachments/${id}/file/`;
  link.download = name;
  if (kind === "image") {
    const image = /** @type {HTMLImageElement} */ (part(element, "thumbnail"));
    image.src = `/api/v1/attachments/${id}/thumbnail/`;
    image.hidden = false;
  }
  return element;
}
