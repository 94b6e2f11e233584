/**
 * The allow-list that everything a model can shape passes before it reaches the page. Elements are made one by one, never
 * from HTML, so this is the second door of two; it works on nodes, which Trusted Types let pass.
 */
import DOMPurify from "dompurify";

const TAGS = [
  "a", "b", "br", "code", "del", "em", "i", "kbd", "mark", "s", "small", "span", "strong", "sub", "sup", "u",
];
const MATH_TAGS = [
  "math", "menclose", "merror", "mfrac", "mi", "mlabeledtr", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom",
  "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext",
  "mtr", "munder", "munderover",
];
const ATTRIBUTES = [
  "aria-label", "class", "href", "role", "title",
  "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "columnspan", "depth", "dir", "display",
  "displaystyle", "fence", "frame", "height", "largeop", "linethickness", "lspace", "mathbackground", "mathcolor",
  "mathsize", "mathvariant", "maxsize", "minsize", "movablelimits", "notation", "rowalign", "rowlines", "rowspacing",
  "rowspan", "rspace", "scriptlevel", "separator", "stretchy", "symmetric", "voffset", "width",
];
/** Where links may lead: addresses, and footnotes of the same message. */
const LINK = /^(?:https?:|mailto:|#note-)/i;

// One object: DOMPurify reads a configuration anew whenever it is another one.
const CONFIG = {
  ALLOWED_TAGS: [...TAGS, ...MATH_TAGS],
  ALLOWED_ATTR: ATTRIBUTES,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  IN_PLACE: true,
};

DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  if (node.nodeName !== "A") return;
  const address = node.getAttribute("href") ?? "";
  if (!LINK.test(address)) node.removeAttribute("href");
  else if (!address.startsWith("#")) {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer nofollow");
  }
});

/** Elements that are purified in one document. */
const MOST = 100;
let place = document.implementation.createHTMLDocument("");
let count = 0;

/**
 * Takes away what is not allowed.
 * @param {Element} element not on the page yet; its children may go there afterwards
 */
export function purify(element) {
  // DOMPurify leaves an iterator behind in the document, which slows down each removal of a node there until it is
  // collected as garbage: after a thousand of them nothing would be fast on the page any more.
  count += 1;
  if (count % MOST === 0) place = document.implementation.createHTMLDocument("");
  place.adoptNode(element);
  DOMPurify.sanitize(element, CONFIG);
}

/** @param {string} html such as an entity @returns {string} its text */
export function plainText(html) {
  return DOMPurify.sanitize(html, { ALLOWED_TAGS: [], RETURN_DOM_FRAGMENT: true }).textContent ?? "";
}
