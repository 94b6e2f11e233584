/**
 * Markdown of a model to safe DOM. What a model writes is never trusted: HTML in it is shown as text, images become
 * links, and everything passes an allow-list before it reaches the page.
 */
import DOMPurify from "dompurify";
import { Marked } from "marked";

import { codeBlock, highlight } from "./code.js";

/** @import { Token, Tokens } from "marked" */

const TAGS = [
  "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "kbd", "li", "ol", "p", "pre",
  "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
];
/** Tags without attributes that models like to write inside Markdown, mostly in tables. */
const HARMLESS = /^<\/?(?:br|kbd|sub|sup)\s*\/?>$/i;
const REFERENCE = /^ {0,3}\[[^\]]+\]:\s/m;
const LINK = /^(?:https?:|mailto:)/i;

const purifier = DOMPurify(window);
purifier.addHook("afterSanitizeAttributes", (node) => {
  if (node.nodeName !== "A") return;
  if (!LINK.test(node.getAttribute("href") ?? "")) {
    node.removeAttribute("href");
    return;
  }
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener noreferrer nofollow");
});

/** @param {string} text */
function escaped(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text }) => (HARMLESS.test(text.trim()) ? text : escaped(text)),
    image: ({ href, text }) => `<a href="${escaped(href)}">${escaped(text || href)}</a>`,
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
    listitem(item) {
      return `<li${item.task ? ' class="task"' : ""}>${this.parser.parse(item.tokens)}</li>\n`;
    },
  },
});

/**
 * @param {Token[]} tokens
 * @returns {DocumentFragment}
 */
function build(tokens) {
  const fragment = purifier.sanitize(marked.parser(tokens), {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["align", "class", "href", "start"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const pre of fragment.querySelectorAll("pre")) {
    const code = pre.querySelector("code");
    const language = code?.className.match(/language-(\S+)/)?.[1] ?? "";
    pre.replaceWith(codeBlock((code ?? pre).textContent ?? "", language));
  }
  for (const table of fragment.querySelectorAll("table")) {
    const frame = document.createElement("div");
    frame.className = "table";
    frame.tabIndex = 0; // A wide table is scrolled with the arrow keys.
    table.replaceWith(frame);
    frame.append(table);
  }
  return fragment;
}

/**
 * A view of one growing Markdown text. Blocks that are finished are built once and left alone; only the open one at the
 * end is built again on each `show`.
 * @param {HTMLElement} container
 */
export function createMarkdownView(container) {
  let settled = 0;
  let revision = -1;
  /** The nodes of the open block. @type {ChildNode[]} */
  let tail = [];
  /** The open block, when it is a fence. @type {{ element: HTMLElement, language: string | undefined } | null} */
  let fence = null;

  function clear() {
    container.replaceChildren();
    container.classList.remove("prose-plain");
    settled = 0;
    tail = [];
    fence = null;
  }

  /** @param {Token[]} tokens */
  function append(tokens) {
    const fragment = build(tokens);
    const nodes = [...fragment.childNodes];
    container.append(fragment);
    return nodes;
  }

  function dropTail() {
    for (const node of tail) node.remove();
    tail = [];
    fence = null;
  }

  /** @param {Token} token the open block */
  function showOpen(token) {
    const code = token.type === "code" ? /** @type {Tokens.Code} */ (token) : null;
    if (code && fence && code.lang === fence.language) {
      fence.element.textContent = code.text;
      return;
    }
    dropTail();
    tail = append([token]);
    const element = code && /** @type {HTMLElement | null | undefined} */ (container.lastElementChild?.querySelector("pre code"));
    if (code && element) fence = { element, language: code.lang };
  }

  return {
    /**
     * @param {string} source the whole text so far
     * @param {number} sourceRevision another number than before: the text was replaced
     * @param {boolean} finished no more will come
     */
    show(source, sourceRevision, finished) {
      const text = source.replaceAll("\r", "");
      // A reference may stand after the links that use it, in a block already built.
      if (sourceRevision !== revision || (finished && REFERENCE.test(text))) clear();
      revision = sourceRevision;
      const tokens = marked.lexer(text.slice(settled));
      let open = tokens.length - 1;
      while (open > 0 && tokens[open]?.type === "space") open -= 1;
      const done = tokens.slice(0, finished ? tokens.length : Math.max(open, 0));
      const last = tokens[open];
      if (done.length) {
        dropTail();
        append(done);
        settled += done.reduce((sum, token) => sum + token.raw.length, 0);
        highlight(container);
      }
      if (!finished && last && last.type !== "space") showOpen(last);
      if (finished && !done.length) dropTail();
    },
  };
}
