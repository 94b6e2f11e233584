/** The name of the conversation, above it and in the window's title. */
import { part } from "./dom.js";

/** What a conversation is called before it has a title. */
export const UNTITLED = "New conversation";

/** @param {HTMLElement} main */
export function createTitle(main) {
  const heading = part(main, "title");

  /** @param {string} title nothing: that of a new conversation */
  return function setTitle(title) {
    heading.textContent = title;
    heading.hidden = !title;
    document.title = `${title || "New chat"} · ${main.dataset.siteName}`;
  };
}
