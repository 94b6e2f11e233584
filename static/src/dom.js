/** Finding and cloning the parts of the page that the templates have rendered. */

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {T} the first match
 * @throws {Error} when the template does not hold it
 */
export function find(root, selector) {
  const element = root.querySelector(selector);
  if (!element) throw new Error(`The page has no ${selector}`);
  return /** @type {T} */ (element);
}

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} name
 * @returns {T} the element with this data-part
 */
export function part(root, name) {
  return find(root, `[data-part="${name}"]`);
}

/**
 * @param {string} name
 * @returns {HTMLElement} a fresh copy of the element in <template data-template="name">
 */
export function clone(name) {
  const template = /** @type {HTMLTemplateElement} */ (find(document, `template[data-template="${name}"]`));
  const element = template.content.firstElementChild;
  if (!element) throw new Error(`The template ${name} is empty`);
  return /** @type {HTMLElement} */ (element.cloneNode(true));
}

/**
 * Puts text on the clipboard and marks the button for two seconds.
 * @param {HTMLElement} button
 * @param {string} text
 */
export async function copyFrom(button, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text); // Plain http gives no clipboard API.
  }
  const label = button.querySelector('[data-part="label"]');
  button.dataset.copied = "";
  if (label) label.textContent = "Copied";
  setTimeout(() => {
    delete button.dataset.copied;
    if (label) label.textContent = "Copy";
  }, 2000);
}

/** @param {string} text */
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.className = "visually-hidden";
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/**
 * Adds a style sheet that the page knows of but has not needed so far, once.
 * @param {string} name of the <template> that holds its link
 */
export function addStyles(name) {
  const id = `styles-${name}`;
  if (document.getElementById(id)) return;
  const link = clone(id);
  link.id = id;
  document.head.append(link);
}
