/** The public page of a shared conversation: answers as Markdown. Without it they are readable as plain text. */
import { copyCodeOnClick } from "./code.js";
import { find } from "./dom.js";
import { createMarkdownView } from "./markdown.js";
import { followNotesOnClick } from "./markdown/notes.js";

const main = find(document, "#shared");
for (const element of /** @type {Iterable<HTMLElement>} */ (main.querySelectorAll(".prose-plain"))) {
  createMarkdownView(element).show(element.textContent ?? "", 0, true);
}
copyCodeOnClick(main);
followNotesOnClick(main);
