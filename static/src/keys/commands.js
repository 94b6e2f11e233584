/** Everything that can be done by name: in the command palette, and by keys. */
import { copyFrom, find, part } from "../dom.js";

/**
 * @typedef {object} Command
 * @property {string} name
 * @property {string} label
 * @property {string} group
 * @property {string} [also] other words by which it is found
 * @property {() => boolean} [can] whether it can be done now; always, when it is not said
 * @property {() => unknown} run
 *
 * @typedef {object} Parts
 * @property {HTMLElement} main
 * @property {HTMLElement} sidebarElement
 * @property {ReturnType<typeof import("../conversation.js").createConversation>} conversation
 * @property {ReturnType<typeof import("../sidebar/sidebar.js").createSidebar>} sidebar
 * @property {ReturnType<typeof import("../composer.js").createComposer>} composer
 * @property {ReturnType<typeof import("../notices.js").createNotices>} notices
 * @property {ReturnType<typeof import("../drawer.js").createDrawer>} drawer
 * @property {(href: string) => void} visit goes to a conversation
 */

const CONVERSATION = "This conversation";
const ANSWERS = "Messages";
const GO = "Go to";
const PAGE = "This page";

/** @param {string} name @returns {HTMLElement | null} what stands on the page for a command */
const elementOf = (name) => document.querySelector(`[data-command="${CSS.escape(name)}"]:not([disabled], [hidden])`);

/** @param {HTMLElement} main @param {string} selector @returns {HTMLElement | null} the last one on the page */
const last = (main, selector) => [.../** @type {Iterable<HTMLElement>} */ (main.querySelectorAll(selector))].at(-1) ?? null;

/** @param {Parts} parts @returns {Command[]} what is done with the conversation that is shown */
function ofConversation({ conversation, sidebar }) {
  const can = () => Boolean(conversation.id());
  /** @type {(name: string, label: string, also?: string) => Command} */
  const act = (name, label, also = "") => ({
    name, label, also, can, group: CONVERSATION, run: () => sidebar.act(name, conversation.id() ?? ""),
  });
  return [
    act("rename", "Rename", "title name"),
    act("pin", "Pin or unpin", "favourite"),
    act("folder", "Move to a folder"),
    act("archive", "Archive"),
    act("share", "Share", "link"),
    act("export", "Export", "download save"),
    act("delete", "Delete", "remove"),
    act("settings", "Settings", "system prompt parameters"),
  ];
}

/** @param {Parts} parts @returns {Command[]} */
function ofAnswers({ main, conversation, composer, notices }) {
  const stop = find(main, '[data-testid="stop"]');
  const jump = part(main, "jump");
  const answer = '.message-assistant:not([data-status="pending"]) [data-gesture="regenerate"]';
  const question = '.message-user:not([data-status="sending"]) [data-gesture="edit"]';
  /** Comes to the newest message first, for only what is near the reader is on the page. @param {string} selector */
  async function newest(selector) {
    if (!jump.hidden) {
      jump.click();
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    }
    return last(main, selector);
  }
  /** @type {(name: string, label: string, also: string, selector: string, run: (found: HTMLElement) => unknown) => Command} */
  const onNewest = (name, label, also, selector, run) => ({
    name, label, also, group: ANSWERS,
    can: () => stop.hidden && last(main, selector) !== null,
    run: async () => {
      const found = await newest(selector);
      if (found) await run(found);
    },
  });
  /** @param {HTMLElement} button */
  async function copy(button) {
    const message = conversation.message(button.closest("article")?.dataset.messageId ?? "");
    if (!message) return;
    await copyFrom(button, message.content);
    notices.toast("Copied.");
  }
  return [
    { name: "write", label: "Write a message", group: ANSWERS, run: composer.focus },
    { name: "stop", label: "Stop the answer", also: "cancel", group: ANSWERS, can: () => !stop.hidden, run: conversation.stop },
    onNewest("regenerate", "Answer again", "regenerate retry", answer, (button) => button.click()),
    onNewest("edit", "Change the last question", "edit", question, (button) => button.click()),
    onNewest("copy", "Copy the last answer", "", '[data-action="copy-answer"]', copy),
    { name: "latest", label: "Newest message", also: "jump end bottom", group: GO, can: () => !jump.hidden, run: () => jump.click() },
  ];
}

/** @param {Parts} parts @returns {Command[]} */
function ofPlaces({ main, sidebarElement, sidebar, drawer }) {
  const links = () => /** @type {HTMLAnchorElement[]} */ ([...sidebarElement.querySelectorAll('[data-part="conversations"] a')]);
  /** @param {number} by */
  function step(by) {
    const all = links();
    const at = all.findIndex((link) => link.hasAttribute("aria-current"));
    all[at < 0 ? 0 : at + by]?.click();
  }
  const can = () => links().length > 0;
  return [
    { name: "new-chat", label: "New chat", group: GO, run: () => find(sidebarElement, ".new-chat").click() },
    { name: "temporary-chat", label: "Temporary chat", also: "private", group: GO, run: () => part(main, "begin-temporary").click() },
    { name: "search", label: "Search", also: "find", group: GO, run: () => (drawer.show(), sidebar.search()) },
    { name: "previous", label: "Previous conversation", group: GO, can, run: () => step(-1) },
    { name: "next", label: "Next conversation", group: GO, can, run: () => step(1) },
  ];
}

/** @param {Parts} parts @returns {Command[]} */
function ofPage({ main, sidebarElement, drawer }) {
  const undo = part(main, "toast-button");
  /** @type {(choice: string, label: string) => Command} */
  const theme = (choice, label) => ({
    name: `theme-${choice}`, label, also: "colour appearance mode", group: PAGE,
    run: () => /** @type {HTMLElement | null} */ (document.querySelector(`[data-theme-choice="${choice}"]`))?.click(),
  });
  const logout = /** @type {HTMLFormElement} */ (part(sidebarElement, "logout"));
  return [
    { name: "undo", label: "Undo", group: PAGE, can: () => Boolean(undo.offsetParent), run: () => undo.click() },
    { name: "toggle-sidebar", label: "Show or hide the list", also: "sidebar", group: PAGE, run: drawer.toggle },
    theme("light", "Light theme"),
    theme("dark", "Dark theme"),
    theme("auto", "Theme of the system"),
    { name: "log-out", label: "Sign out", also: "log out", group: PAGE, run: () => logout.requestSubmit() },
  ];
}

/**
 * @param {Parts} parts
 * @param {Command[]} more
 */
export function createCommands(parts, more) {
  const own = [...ofPlaces(parts), ...ofAnswers(parts), ...ofConversation(parts), ...more, ...ofPage(parts)];

  /** @returns {Command[]} of the elements of the page that name one: `data-command`, and `data-command-label` or their text */
  function ofElements() {
    const known = new Set(own.map(({ name }) => name));
    const elements = /** @type {Iterable<HTMLElement>} */ (document.querySelectorAll("[data-command]:not([disabled])"));
    return [...elements]
      .map((element) => ({ name: element.dataset.command ?? "", element }))
      .filter(({ name }) => !known.has(name) && known.add(name))
      .map(({ name, element }) => ({
        name,
        label: element.dataset.commandLabel || element.getAttribute("aria-label") || (element.textContent ?? "").trim(),
        group: PAGE,
        run: () => element.click(),
      }));
  }

  return {
    /** @returns {Command[]} what can be done now */
    all: () => [...own, ...ofElements()].filter(({ name, can }) => elementOf(name) || (can?.() ?? true)),
    /** @param {string} name @returns {Command | undefined} */
    get: (name) => own.find((command) => command.name === name),
    /**
     * Parts of the page hear `chatbot:command` first; then the element that names the command is pressed, if there is one.
     * @param {Command} command
     */
    run({ name, run }) {
      const event = new CustomEvent("chatbot:command", { detail: { name }, cancelable: true });
      if (!document.dispatchEvent(event)) return undefined;
      const element = elementOf(name);
      return element ? element.click() : run();
    },
  };
}
