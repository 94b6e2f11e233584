/** The chat page: makes its parts and joins them. */
import { watchForErrors } from "./reports.js";
import { beginTemporary, createAbout } from "./about.js";
import { gatherFiles } from "./attachments/gathering.js";
import { copyCodeOnClick } from "./code.js";
import { createComposer } from "./composer.js";
import { createConversation } from "./conversation.js";
import { find, part } from "./dom.js";
import { createDrawer } from "./drawer.js";
import { createDrafts } from "./drafts.js";
import { forgetAndSignOut, forgetRead } from "./forget.js";
import { createGestures } from "./gestures.js";
import { createKept, isKeptPage } from "./kept.js";
import { startKeys } from "./keys/start.js";
import { followNotesOnClick } from "./markdown/notes.js";
import { createNavigation } from "./navigation.js";
import { createNotices } from "./notices.js";
import { createOutbox } from "./outbox.js";
import { createShare } from "./sharing.js";
import { createSheet } from "./sheet/sheet.js";
import { createShelf } from "./shelf.js";
import { createSidebar } from "./sidebar/sidebar.js";
import { createSocket } from "./socket.js";
import { createVersion } from "./version.js";
import { createUsage } from "./usage.js";

const main = find(document, "#chat");
const sidebarElement = find(document, "#sidebar");
const notices = createNotices(main);
const outbox = createOutbox(main.dataset.userId ?? "");
const shelf = createShelf(main.dataset.userId ?? "");
const drafts = createDrafts(main.dataset.userId ?? "");
let connectedBefore = isKeptPage;
const version = createVersion({
  mayLeave: () => {
    const editor = /** @type {HTMLElement | null} */ (main.querySelector('[data-part="editor"] textarea'));
    editor?.focus();
    if (editor) notices.toast("Send or cancel this change first.");
    return !editor;
  },
});
watchForErrors(version.missing);

const composer = createComposer(/** @type {HTMLFormElement} */ (find(main, "#composer")), {
  drafts,
  send: (content, more) => conversation.send(content, more),
  refused: (words) => notices.show(words),
  modelChosen: (model) => about.choose(model).catch(() => notices.show("The model could not be kept for this conversation.")),
  stop: () => conversation.stop(),
});

const sidebar = createSidebar(sidebarElement, {
  notices,
  renamed: ({ id, title }) => {
    if (id === conversation.id() && title) conversation.setTitle(title);
  },
  deleted: (id) => conversation.deleted(id),
  share: (id) => share.open(id, sidebar.title(id)),
  changed: () => kept.note(),
  sheet: (href) => sheet.open(href),
});
const kept = createKept({ sidebar, shelf });

const socket = createSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/chat/`, {
  onFrame: (frame) => {
    conversation.receive(frame);
    if (frame.type === "conversation.changed") about.know(frame.conversation);
    if (frame.type === "accepted") usage.sent();
  },
  onReady: () => {
    notices.connection(null);
    conversation.resume();
    conversation.catchUp();
    if (connectedBefore) {
      sidebar.refresh();
      version.look();
    }
    connectedBefore = true;
  },
  onLost: () => {
    const words = connectedBefore ? "Reconnecting…" : "Connecting…";
    notices.connection(navigator.onLine ? words : "No connection. Messages wait until it is back.");
    conversation.waiting();
  },
  onRefused: (reason) => {
    notices.connection(null);
    const signedOut = reason !== "Forbidden";
    if (signedOut) forgetRead();
    notices.show(signedOut ? "You have been signed out." : "You may not use the chat.", { signIn: signedOut });
  },
});

const conversation = createConversation(main, {
  socket,
  outbox,
  composer,
  sidebar,
  notices,
  remember: shelf.keep,
  editAgain: (messageId, content) => gestures.editAgain(messageId, content),
  moved: (id) => {
    history.replaceState(null, "", id ? `/c/${id}/` : "/");
    if (id) about.begin(id);
    else about.open(null);
  },
});
const about = createAbout(main, { chosen: composer.setModel });
const usage = createUsage(sidebarElement);
const share = createShare(notices);
const gestures = createGestures(main, { conversation, notices });
const drawer = createDrawer(sidebarElement, main);
const navigation = createNavigation({
  conversation,
  sidebar,
  shelf,
  left: (id) => {
    drawer.close();
    about.open(id);
  },
  failed: (message) => notices.show(message),
});

const sheet = createSheet({ visit: navigation.visit, said: (words) => notices.toast(words) });

part(main, "begin-temporary").addEventListener("click", async () => {
  try {
    navigation.visit(`/c/${await beginTemporary()}/`);
  } catch {
    notices.show("A temporary chat could not be begun. Please try again.");
  }
});
gatherFiles(main, /** @type {HTMLFormElement} */ (find(main, "#composer")), composer.attach);
copyCodeOnClick(main);
followNotesOnClick(main);
for (const starter of /** @type {Iterable<HTMLElement>} */ (main.querySelectorAll("[data-starter]"))) {
  starter.addEventListener("click", () => composer.suggest(starter.dataset.starter ?? ""));
}
part(sidebarElement, "logout").addEventListener("submit", (event) => {
  if (navigator.onLine) {
    shelf.clear();
    forgetAndSignOut(event);
    return;
  }
  event.preventDefault();
  notices.show("You can sign out when the connection is back.");
});
startKeys({ main, sidebarElement, conversation, sidebar, composer, notices, drawer, visit: navigation.visit });

// On a phone the keyboard would cover the conversation that was just opened.
if (matchMedia("(pointer: fine)").matches) composer.focus();
socket.connect();
conversation.unsent();
kept.restore().then(navigation.arrive);
(globalThis.requestIdleCallback ?? setTimeout)(() => {
  navigation.prefetchLikely();
  if (!isKeptPage) kept.note();
  version.start();
});
