/** Ways in which files come to the page: chosen, dropped anywhere on it, pasted into the field. */
import { part } from "../dom.js";

/**
 * @param {HTMLElement} main
 * @param {HTMLFormElement} form
 * @param {(files: File[]) => void} take
 */
export function gatherFiles(main, form, take) {
  const picker = /** @type {HTMLInputElement} */ (part(form, "picker"));
  const drop = part(main, "drop");
  /** How many elements, one inside the other, the dragged files are over. */
  let depth = 0;

  part(form, "attach").addEventListener("click", () => picker.click());
  picker.addEventListener("change", () => {
    take([...(picker.files ?? [])]);
    picker.value = "";
  });

  form.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    // A table copied from a spreadsheet comes as a text and as a picture of it: the text is meant.
    if (event.clipboardData?.types.includes("text/plain")) return;
    event.preventDefault();
    take(files);
  });

  /** @param {DragEvent} event */
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;
  /** @param {number} next */
  function over(next) {
    depth = next;
    drop.hidden = depth <= 0;
  }
  main.addEventListener("dragenter", (event) => {
    if (hasFiles(event)) over(depth + 1);
  });
  main.addEventListener("dragleave", (event) => {
    if (hasFiles(event)) over(depth - 1);
  });
  main.addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  main.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    over(0);
    take([...(event.dataTransfer?.files ?? [])]);
  });
}
