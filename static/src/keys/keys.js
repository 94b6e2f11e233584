/** What the keys of the reader do. Those of one letter do nothing where text is written, and can be turned off. */
import { ApiError } from "../api.js";
import { find, part } from "../dom.js";
import { failureText } from "../errors.js";
import { createCommands } from "./commands.js";
import { createPalette } from "./palette.js";
import { createSheet } from "./sheet.js";
import { commandOf } from "./shortcuts.js";

/** @import { Command, Parts } from "./commands.js" */

const OPEN = "dialog[open], :popover-open";
const HELP = "Help";

/** @param {Parts} parts */
export function createKeys(parts) {
  const { main, notices } = parts;
  const composer = /** @type {HTMLTextAreaElement} */ (find(main, "#composer-input"));
  const thread = part(main, "thread");
  /** @type {Command[]} */
  const help = [
    { name: "palette", label: "Command palette", also: "go to conversation", group: HELP, run: () => palette.open() },
    { name: "help", label: "Keyboard shortcuts", also: "help keys", group: HELP, run: () => sheet.open() },
  ];
  const commands = createCommands(parts, help);
  const palette = createPalette({ sidebar: parts.sidebar, visit: parts.visit, commands: commands.all, run });
  const sheet = createSheet(commands.get);

  /** @param {Command} command */
  async function run(command) {
    try {
      await commands.run(command);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      notices.show(failureText(error, "That did not work. Please try again."), { retryAfter: error.retryAfter });
    }
  }

  /** Nothing is open, so Escape leaves the field: letters are shortcuts from there. */
  function leaveField() {
    if (document.activeElement !== composer || document.querySelector(OPEN)) return;
    composer.blur();
    thread.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  function editLast(event) {
    const command = commands.all().find(({ name }) => name === "edit");
    if (event.target !== composer || composer.value || event.shiftKey || !command) return;
    event.preventDefault();
    run(command);
  }

  return {
    /** @param {KeyboardEvent} event */
    press(event) {
      const bare = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
      if (event.key === "Escape" && bare) return leaveField();
      if (event.key === "ArrowUp" && bare) return editLast(event);
      const name = commandOf(event);
      if (!name) return undefined;
      if (document.querySelector(OPEN)) {
        if (name === "palette") event.preventDefault();
        if (name === "palette" && palette.isOpen()) palette.close();
        return undefined;
      }
      const command = commands.all().find((one) => one.name === name);
      if (!command) return undefined;
      event.preventDefault();
      return run(command);
    },
  };
}
