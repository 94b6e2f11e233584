/** Footnotes: numbered in the order in which the text refers to them, at its end, with ways back. */
import { clone, part } from "../dom.js";

/** So many footnotes are arranged each time. */
const OFTEN = 40;

let views = 0;

export class Notes {
  /** @param {HTMLElement} container the text's element */
  constructor(container) {
    this.container = container;
    views += 1;
    /** Makes the ids of this text its own on the page. */
    this.prefix = `note-${views}`;
    /** The footnotes that are defined, by label. @type {Map<string, HTMLElement>} */
    this.defined = new Map();
    /** Which label an element refers to. @type {WeakMap<Element, string>} */
    this.labels = new WeakMap();
    /** @type {HTMLElement | null} */
    this.section = null;
    this.changed = false;
    /** How often something changed since the footnotes were arranged. */
    this.skipped = 0;
  }

  /** @param {string} label @returns {HTMLElement | null} null: there is no such footnote yet */
  refer(label) {
    if (!this.defined.has(label)) return null;
    const reference = document.createElement("sup");
    reference.className = "note-reference";
    reference.append(document.createElement("a"));
    this.labels.set(reference, label);
    this.changed = true;
    return reference;
  }

  /** @param {string} label @returns {HTMLElement} where its text goes */
  define(label) {
    const item = document.createElement("li");
    // A second one with this label is a footnote that nothing refers to.
    this.defined.set(this.defined.has(label) ? `${label}\n${this.defined.size}` : label, item);
    this.changed = true;
    return item;
  }

  /**
   * Numbers the references, and shows the footnotes in this order; last those that nothing refers to.
   * @param {boolean} finished no more will come
   */
  arrange(finished) {
    if (!this.changed) return;
    this.skipped += 1;
    // All of them are looked at each time: when there are many, less often.
    if (!finished && this.skipped * OFTEN < this.defined.size) return;
    this.skipped = 0;
    this.changed = false;
    /** In order, with the references to each. @type {Map<string, HTMLElement[]>} */
    const used = new Map();
    this.collect(this.container, used);
    // A footnote may refer to others.
    for (const label of used.keys()) this.collect(this.defined.get(label) ?? this.container, used, true);
    for (const [label, item] of this.defined) {
      if (used.has(label)) continue;
      used.set(label, []);
      this.collect(item, used, true);
    }
    const items = [...used].map(([label, references], index) => this.number(label, references, index + 1));
    if (!items.length) {
      this.section?.remove();
      this.section = null;
      return;
    }
    if (!this.section) {
      this.section = clone("footnotes");
      this.container.append(this.section);
    }
    const list = part(this.section, "notes");
    if (items.some((item, index) => list.children[index] !== item) || list.children.length !== items.length) {
      list.replaceChildren(...items);
    }
  }

  /**
   * @param {Element} root
   * @param {Map<string, HTMLElement[]>} used
   * @param {boolean} [inNote]
   */
  collect(root, used, inNote = false) {
    for (const reference of /** @type {Iterable<HTMLElement>} */ (root.querySelectorAll(".note-reference"))) {
      const label = this.labels.get(reference);
      if (label === undefined || (!inNote && this.section?.contains(reference))) continue;
      const references = used.get(label);
      if (references) references.push(reference);
      else used.set(label, [reference]);
    }
  }

  /**
   * @param {string} label
   * @param {HTMLElement[]} references
   * @param {number} number
   * @returns {HTMLElement} the footnote
   */
  number(label, references, number) {
    const id = `${this.prefix}-${number}`;
    references.forEach((reference, index) => {
      const anchor = /** @type {HTMLAnchorElement} */ (reference.firstElementChild);
      anchor.id = `${id}-from-${index + 1}`;
      anchor.href = `#${id}`;
      anchor.textContent = String(number);
      anchor.setAttribute("aria-label", `Footnote ${number}`);
    });
    const item = this.defined.get(label) ?? document.createElement("li");
    item.id = id;
    item.tabIndex = -1;
    this.drawWaysBack(item, id, references.length);
    return item;
  }

  /**
   * @param {HTMLElement} item
   * @param {string} id
   * @param {number} count of references
   */
  drawWaysBack(item, id, count) {
    const ways = item.querySelector(":scope > .note-back") ?? document.createElement("span");
    ways.className = "note-back";
    const anchors = Array.from({ length: count }, (_, index) => {
      const anchor = document.createElement("a");
      anchor.href = `#${id}-from-${index + 1}`;
      anchor.textContent = count > 1 ? `↩${index + 1}` : "↩";
      anchor.setAttribute("aria-label", count > 1 ? `Back to the text, ${index + 1}` : "Back to the text");
      return anchor;
    });
    ways.replaceChildren(...anchors);
    item.append(ways);
  }
}

/**
 * Goes to a footnote and back without a step in the browser's history. For a click anywhere below `root`.
 * @param {HTMLElement} root
 */
export function followNotesOnClick(root) {
  root.addEventListener("click", (event) => {
    const anchor = /** @type {Element} */ (event.target).closest('a[href^="#note-"]');
    const place = anchor && document.getElementById(anchor.getAttribute("href")?.slice(1) ?? "");
    if (!place) return;
    event.preventDefault();
    place.scrollIntoView({ block: "nearest" });
    place.focus({ preventScroll: true });
  });
}
