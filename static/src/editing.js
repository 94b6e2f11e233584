/** The field in which a question is changed, in the place of its text. */
import { clone, find, part } from "./dom.js";

/**
 * Opens the editor; Enter sends, Escape gives up, and the focus returns to where it came from.
 * @param {HTMLElement} row of a question
 * @param {string} content
 * @param {(content: string) => void} send
 */
export function editInPlace(row, content, send) {
  if (row.querySelector('[data-part="editor"]')) return;
  const text = part(row, "text");
  const form = /** @type {HTMLFormElement} */ (clone("editor"));
  const input = /** @type {HTMLTextAreaElement} */ (find(form, "textarea"));
  const opener = /** @type {HTMLElement | null} */ (row.querySelector('[data-gesture="edit"]'));

  function resize() {
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight}px`;
  }

  function close() {
    form.remove();
    text.hidden = false;
    row.removeAttribute("data-editing");
  }

  input.value = content;
  input.addEventListener("input", resize);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
      opener?.focus();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const written = input.value.trim();
    if (!written) return;
    close();
    opener?.focus();
    send(written);
  });
  find(form, '[data-action="cancel"]').addEventListener("click", () => {
    close();
    opener?.focus();
  });
  text.hidden = true;
  text.after(form);
  row.dataset.editing = "";
  resize();
  input.focus();
  input.setSelectionRange(content.length, content.length);
}
