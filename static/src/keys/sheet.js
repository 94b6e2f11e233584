/** The help sheet: every shortcut, and the switch that turns those of one letter off. */
import { clone, find, part } from "../dom.js";
import { isSingle, KEYS, setSingleKeys, singleKeysAreOn, written } from "./shortcuts.js";

/** @import { Command } from "./commands.js" */

/** Keys of the page that are no commands, by group. @type {Record<string, [string, string][]>} */
const OTHERS = {
  Messages: [
    ["Send", "Enter"],
    ["New line", "Shift+Enter"],
    ["Change the last question, from the empty field", "↑"],
  ],
  Help: [["Close what is open, or leave the field", "Esc"]],
};

/** Groups in an order in which both columns are about as long. */
const ORDER = ["Help", "Go to", "This page", "Messages", "This conversation"];

/** @param {(name: string) => Command | undefined} command */
export function createSheet(command) {
  const dialog = /** @type {HTMLDialogElement} */ (find(document, "#keys-sheet"));
  const groups = part(dialog, "key-groups");
  const toggle = /** @type {HTMLInputElement} */ (part(dialog, "single-keys"));

  /** @param {string} label @param {string[]} keys */
  function row(label, keys) {
    const element = clone("key-row");
    part(element, "key-label").textContent = label;
    for (const one of keys) {
      const way = document.createElement("span");
      way.toggleAttribute("data-single", isSingle(one) && Object.values(KEYS).some((all) => all.includes(one)));
      way.append(written(one));
      part(element, "key-ways").append(way);
    }
    return element;
  }

  function draw() {
    /** @type {Map<string, HTMLElement[]>} */
    const rows = new Map();
    for (const [name, keys] of Object.entries(KEYS)) {
      const known = command(name);
      if (known) rows.set(known.group, [...(rows.get(known.group) ?? []), row(known.label, keys)]);
    }
    for (const [group, more] of Object.entries(OTHERS)) {
      rows.set(group, [...(rows.get(group) ?? []), ...more.map(([label, keys]) => row(label, [keys]))]);
    }
    groups.replaceChildren(
      ...ORDER.map((name) => {
        const element = clone("key-group");
        part(element, "key-group-name").textContent = name;
        part(element, "key-rows").append(...(rows.get(name) ?? []));
        return element;
      }),
    );
  }

  function drawSwitch() {
    toggle.checked = singleKeysAreOn();
    dialog.toggleAttribute("data-single-off", !toggle.checked);
  }

  toggle.addEventListener("change", () => {
    setSingleKeys(toggle.checked);
    drawSwitch();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

  return {
    open() {
      if (!groups.childElementCount) draw();
      drawSwitch();
      dialog.showModal();
    },
  };
}
