/** The files that will go with the message being written: chosen, uploaded at once, shown above the field. */
import { call } from "../api.js";
import { clone, part } from "../dom.js";
import { failureText } from "../errors.js";
import { sizeText } from "./files.js";
import { upload } from "./upload.js";

/** @import { Attachment } from "../types.js" */
/** @import { Drafts } from "../drafts.js" */

/** Files that one message may have. */
const MOST = 10;

/** @typedef {{ element: HTMLElement, file: File | null, attachment: Attachment | null, failed: boolean, cancel: () => void }} Entry */

/**
 * @param {HTMLElement} tray
 * @param {object} doors
 * @param {number} doors.largest bytes of a file
 * @param {Drafts} doors.drafts
 * @param {() => void} doors.changed
 * @param {(words: string) => void} doors.refused
 */
export function createTray(tray, { largest, drafts, changed, refused }) {
  /** By conversation; of a new one by nothing. @type {Map<string, Entry[]>} */
  const all = new Map();
  let current = "";

  const entries = () => all.get(current) ?? [];

  function draw() {
    tray.replaceChildren(...entries().map((entry) => entry.element));
    tray.hidden = !entries().length;
    changed();
  }

  /** Keeps what is on the server, so that a reload does not lose it. @param {string} key */
  function keep(key) {
    const ready = (all.get(key) ?? []).flatMap(({ attachment }) => (attachment ? [attachment] : []));
    drafts.setFiles(key, ready);
  }

  /** @param {string} key @param {File | null} file @param {Attachment | null} attachment */
  function add(key, file, attachment) {
    const element = clone("upload");
    /** @type {Entry} */
    const entry = { element, file, attachment, failed: false, cancel: () => {} };
    all.set(key, [...(all.get(key) ?? []), entry]);
    part(element, "name").textContent = attachment?.name ?? file?.name ?? "";
    part(element, "remove").setAttribute("aria-label", `Remove ${attachment?.name ?? file?.name ?? "the file"}`);
    part(element, "remove").addEventListener("click", () => remove(key, entry));
    part(element, "again").addEventListener("click", () => send(key, entry));
    if (attachment) drawReady(entry);
    else send(key, entry);
  }

  /** @param {string} key @param {Entry} entry */
  async function send(key, entry) {
    const { element, file } = entry;
    if (!file) return;
    const bar = /** @type {HTMLProgressElement} */ (part(element, "progress"));
    entry.failed = false;
    element.removeAttribute("data-again");
    element.dataset.state = "uploading";
    part(element, "about").textContent = sizeText(file.size);
    bar.value = 0;
    const { done, cancel } = upload(file, (share) => (bar.value = share));
    entry.cancel = cancel;
    changed();
    try {
      entry.attachment = await done;
      drawReady(entry);
      keep(key);
    } catch (error) {
      entry.failed = true;
      element.dataset.state = "failed";
      // What was refused for what it is would be refused again.
      const { status } = /** @type {import("../api.js").ApiError} */ (error);
      element.toggleAttribute("data-again", status === 0 || status === 429 || status >= 500);
      part(element, "about").textContent = failureText(/** @type {any} */ (error), "This file could not be uploaded.");
    }
    changed();
  }

  /** @param {Entry} entry */
  function drawReady({ element, attachment }) {
    if (!attachment) return;
    element.dataset.state = "ready";
    part(element, "about").textContent = sizeText(attachment.size);
    if (attachment.kind !== "image") return;
    const image = /** @type {HTMLImageElement} */ (part(element, "thumbnail"));
    image.src = `/api/v1/attachments/${attachment.id}/thumbnail/`;
    image.hidden = false;
  }

  /** @param {string} key @param {Entry} entry */
  function remove(key, entry) {
    entry.cancel();
    const left = (all.get(key) ?? []).filter((one) => one !== entry);
    all.set(key, left);
    keep(key);
    draw();
    // Unused files are deleted by the server after a day in any case.
    if (entry.attachment) call("DELETE", `attachments/${entry.attachment.id}/`).catch(() => {});
  }

  return {
    /** @param {Iterable<File>} files */
    addFiles(files) {
      for (const file of files) {
        if (entries().length >= MOST) {
          refused(`A message may have ${MOST} files.`);
          break;
        }
        if (file.size > largest) refused(`“${file.name}” is too large: at most ${sizeText(largest)} are allowed.`);
        else add(current, file, null);
      }
      draw();
    },
    /** @returns {"empty" | "busy" | "failed" | "ready"} */
    state() {
      const now = entries();
      if (now.some((entry) => entry.failed)) return "failed";
      if (now.some((entry) => !entry.attachment)) return "busy";
      return now.length ? "ready" : "empty";
    },
    /** @returns {Attachment[]} the files of the message that is sent now; they are in the tray no longer */
    take() {
      const taken = entries().flatMap(({ attachment }) => (attachment ? [attachment] : []));
      all.delete(current);
      keep(current);
      draw();
      return taken;
    },
    /**
     * Gives back the files of a message that was not accepted.
     * @param {Attachment[]} files
     * @param {string} key of the conversation
     */
    restore(files, key) {
      for (const file of files) add(key, null, file);
      keep(key);
      draw();
    },
    /** @param {string} key another conversation is shown */
    open(key) {
      current = key;
      if (!all.has(key)) for (const file of drafts.files(key)) add(key, null, file);
      draw();
    },
    /** @param {string} key the new conversation has come into being */
    rename(key) {
      all.set(key, entries());
      all.delete(current);
      keep(current);
      current = key;
      keep(key);
      draw();
    },
  };
}
