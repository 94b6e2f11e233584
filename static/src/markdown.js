/**
 * The view of one growing Markdown text. What a model writes is never trusted: HTML in it is shown as text, images become
 * links, and what it shapes passes an allow-list. What cannot be rendered is shown as the plain text that it is.
 */
import { BlockParser } from "./markdown/blocks.js";
import { clone } from "./dom.js";

/** Said to the page when a text could not be rendered: an event on its element, with the error in `detail`. */
export const RENDER_ERROR = "chatbot:render-error";

/**
 * @param {HTMLElement} container
 */
export function createMarkdownView(container) {
  /** @type {BlockParser | null} */
  let parser = null;
  /** The plain text in the place of what failed. @type {Text | null} */
  let plain = null;
  let revision = -1;
  /** Characters of the source that have been shown, and whether they were said to be all. */
  let shown = 0;
  let finished = false;

  function clear() {
    container.replaceChildren();
    container.classList.remove("prose-plain");
    parser = null;
    plain = null;
    shown = 0;
    finished = false;
  }

  /** @param {string} text what is new @param {boolean} ends */
  function render(text, ends) {
    parser ??= new BlockParser(container);
    if (text) parser.feed(text);
    if (ends) parser.finish();
  }

  /** @param {string} source @param {unknown} error */
  function showPlain(source, error) {
    clear();
    container.classList.add("prose-plain");
    plain = document.createTextNode(source);
    container.append(plain, clone("plain-notice"));
    container.dispatchEvent(new CustomEvent(RENDER_ERROR, { bubbles: true, detail: { error } }));
  }

  return {
    /**
     * @param {string} source the whole text so far
     * @param {number} sourceRevision another number than before: the text was replaced
     * @param {boolean} ends no more will come
     */
    show(source, sourceRevision, ends) {
      if (sourceRevision !== revision || source.length < shown || (finished && source.length > shown)) clear();
      revision = sourceRevision;
      const text = source.slice(shown);
      if (!text && (finished || !ends)) return;
      try {
        if (plain) plain.appendData(text);
        else render(text.replaceAll("\r", "").replaceAll("\0", "\ufffd"), ends);
      } catch (error) {
        showPlain(source, error);
      }
      shown = source.length;
      finished = ends;
    },
  };
}
