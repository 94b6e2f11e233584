/** Which keys do what, how they are written on this reader's keyboard, and whether single letters are among them. */

/**
 * Keys by the name of their command. `Mod` is Ctrl, or ⌘ on a Mac. The first is the one that is shown first.
 * @type {Record<string, string[]>}
 */
export const KEYS = {
  palette: ["Mod+k"],
  help: ["?", "Mod+/"],
  "new-chat": ["n", "Mod+Shift+o"],
  "temporary-chat": ["t"],
  search: ["/"],
  write: ["m"],
  stop: ["Mod+."],
  regenerate: ["g"],
  edit: ["e"],
  copy: ["c"],
  latest: ["l"],
  previous: ["k"],
  next: ["j"],
  rename: ["r"],
  pin: ["p"],
  archive: ["a"],
  share: ["s"],
  export: ["x"],
  delete: ["d"],
  undo: ["z"],
  "toggle-sidebar": ["b", "Mod+b"],
  settings: [","],
};

const SETTING = "single-keys";
const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** @returns {boolean} */
export function singleKeysAreOn() {
  try {
    return localStorage.getItem(SETTING) !== "off";
  } catch {
    return true;
  }
}

/** @param {boolean} on */
export function setSingleKeys(on) {
  try {
    if (on) localStorage.removeItem(SETTING);
    else localStorage.setItem(SETTING, "off");
  } catch {
    // The choice cannot be kept.
  }
}

/** @param {EventTarget | null} target @returns {boolean} whether letters that are typed there are text, or choose something */
export function isField(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["button", "checkbox", "radio", "submit", "range"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

/** @param {string} keys @returns {boolean} whether one letter does it */
export const isSingle = (keys) => !keys.includes("Mod+");

/**
 * @param {KeyboardEvent} event
 * @returns {string | undefined} the command that these keys stand for
 */
export function commandOf(event) {
  if (event.isComposing || event.altKey) return undefined;
  const modified = MAC ? event.metaKey : event.ctrlKey;
  if ((event.metaKey || event.ctrlKey) && !modified) return undefined;
  if (!modified && (isField(event.target) || !singleKeysAreOn())) return undefined;
  const key = event.key.toLowerCase();
  const pressed = `${modified ? "Mod+" : ""}${event.shiftKey && /[a-z]/.test(key) ? "Shift+" : ""}${key}`;
  return Object.keys(KEYS).find((name) => KEYS[name]?.includes(pressed));
}

/** @type {Record<string, string>} */
const NAMES = MAC ? { Mod: "⌘", Shift: "⇧" } : { Mod: "Ctrl" };

/**
 * @param {string} keys
 * @returns {DocumentFragment} them as they are written on the keys
 */
export function written(keys) {
  const fragment = document.createDocumentFragment();
  for (const name of keys.split("+")) {
    const key = document.createElement("kbd");
    key.textContent = NAMES[name] ?? (name.length === 1 ? name.toUpperCase() : name);
    fragment.append(key);
  }
  return fragment;
}
