/** Links: where they may lead, and that they say where they lead. */

const ALLOWED = new Set(["http:", "https:", "mailto:"]);
/** Characters that are not seen, or turn the order of what is seen around. */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;
/** Text that reads like the address of a site. */
const SITE = /^(?:https?:\/\/|www\.)?((?:[\p{L}\p{N}-]+\.)+[\p{L}]{2,})(?::\d+)?(?:[/?#]\S*)?$/iu;
/** Ends of names that are files more often than sites. */
const FILE = /\.(?:cpp|cs|css|csv|go|html?|ini|java|js|json|jsx|lock|log|md|mjs|php|pdf|png|jpe?g|py|rb|rs|sh|sql|svg|toml|ts|tsx|txt|xml|ya?ml|zip)$/i;
/** Ends an address that stands in a text: spaces, and the punctuation of scripts that write none. */
const ADDRESS = /(?:https?:\/\/|www\.)[^\s<>`\u3000-\u303f\uff01-\uff0f\uff1a-\uff1f\uff3b-\uff40\uff5b-\uff65]{1,4000}/iy;
/** Punctuation of the sentence that an address ends. */
const TRAILING = /^[?!.,:;*_~'"\]]$/;
const LONGEST_ENTITY = 34;
const MAIL_BEFORE = /[a-z0-9](?:[a-z0-9._+-]{0,62}[a-z0-9+_-])?$/i;
const MAIL_AFTER = /@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+/iy;
const POINTED = /<(?:([a-z][a-z0-9+.-]{1,31}:[^\s<>]{0,4000})|([a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)*))>/iy;

/** @param {string} address @returns {URL | null} null: a link may not lead there */
function allowed(address) {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url && ALLOWED.has(url.protocol) ? url : null;
}

/** @param {string} host @returns {string} without what everybody leaves out */
const bare = (host) => host.replace(/^www\./i, "").toLowerCase();

/**
 * @param {string} text of a link
 * @param {URL} url
 * @returns {boolean} whether the text names another site than the one it leads to
 */
function misleads(text, url) {
  const site = text.trim().match(SITE)?.[1];
  if (!site || FILE.test(site)) return false;
  const named = `https://${site}`;
  return URL.canParse(named) && bare(new URL(named).hostname) !== bare(url.hostname);
}

/** @param {Element} element of which nothing invisible stays */
function showHonestly(element) {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = /** @type {Text} */ (texts.currentNode);
    if (text.data.search(INVISIBLE) >= 0) text.data = text.data.replace(INVISIBLE, "");
  }
}

/**
 * @param {string} address
 * @param {Node[]} content
 * @returns {HTMLElement} a link; when it may not lead there, what it says
 */
export function link(address, content) {
  const url = allowed(address);
  if (!url) {
    const words = document.createElement("span");
    words.className = "no-link";
    for (const node of content) words.append(node);
    return words;
  }
  const element = document.createElement("a");
  element.href = address.replaceAll("\\", "%5C"); // Browsers would take it for a slash.
  for (const node of content) element.append(node);
  for (const inner of element.querySelectorAll("a")) inner.replaceWith(...inner.childNodes);
  showHonestly(element);
  if (misleads(element.textContent ?? "", url)) {
    const host = document.createElement("span");
    host.className = "link-host";
    host.textContent = ` (${url.hostname || url.pathname})`;
    element.append(host);
  }
  return element;
}

/** @param {string} address @param {string} text @returns {HTMLElement} */
const plainLink = (address, text) => link(address, [document.createTextNode(text)]);

/**
 * @param {string} found what looks like an address
 * @returns {string} without what belongs to the sentence around it
 */
function trimmed(found) {
  let unopened = found.split(")").length - found.split("(").length;
  let end = found.length;
  for (;;) {
    const last = found[end - 1] ?? "";
    const entity = last === ";" && found.slice(Math.max(0, end - LONGEST_ENTITY), end).match(/&[a-z0-9]+;$/i);
    if (entity) end -= entity[0].length;
    else if (TRAILING.test(last)) end -= 1;
    else if (last === ")" && unopened > 0) {
      end -= 1;
      unopened -= 1;
    } else return found.slice(0, end);
  }
}

/**
 * @param {string} text
 * @param {number} at
 * @param {boolean} inBrackets it ends where they do
 * @returns {{ element: HTMLElement, end: number } | null} the address that stands there
 */
export function addressAt(text, at, inBrackets) {
  if (/[a-z0-9_]/i.test(text[at - 1] ?? "")) return null;
  ADDRESS.lastIndex = at;
  const written = ADDRESS.exec(text)?.[0] ?? "";
  const found = trimmed(inBrackets ? written.replace(/\].*/, "") : written);
  const address = /^www\./i.test(found) ? `http://${found}` : found;
  if (!/^https?:\/\/[^/?#.]/i.test(address) || !URL.canParse(address)) return null;
  if (/^www\./i.test(found) && !/^www\.[^.]+/i.test(found)) return null;
  return { element: plainLink(address, found), end: at + found.length };
}

/**
 * @param {string} text
 * @param {number} at of an @
 * @param {number} from where the address may begin
 * @returns {{ element: HTMLElement, before: number, end: number } | null} with the characters before the @ that belong to it
 */
export function mailAt(text, at, from) {
  const before = text.slice(Math.max(from, at - 64), at).match(MAIL_BEFORE)?.[0];
  MAIL_AFTER.lastIndex = at;
  const after = before && MAIL_AFTER.exec(text)?.[0];
  if (!before || !after) return null;
  return { element: plainLink(`mailto:${before}${after}`, before + after), before: before.length, end: at + after.length };
}

/**
 * @param {string} text
 * @param {number} at of a <
 * @returns {{ element: HTMLElement, end: number } | null}
 */
export function pointedAddressAt(text, at) {
  POINTED.lastIndex = at;
  const match = POINTED.exec(text);
  if (!match) return null;
  const address = match[1] ?? match[2] ?? "";
  return { element: plainLink(match[1] ? address : `mailto:${address}`, address), end: at + match[0].length };
}
