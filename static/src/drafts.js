/**
 * What is written but not sent, by conversation: it outlives the page, and other tabs do not share it before they open.
 * Where the browser keeps nothing, drafts live as long as the page.
 */
/** @import { Attachment } from "./types.js" */

/** Characters of all drafts together that browsers keep for a site without question. */
const LONGEST = 1_000_000;

/** @typedef {ReturnType<typeof createDrafts>} Drafts */

/** @param {string} userId */
export function createDrafts(userId) {
  const prefix = `draft:${userId}:`;
  /** What the browser did not keep. @type {Map<string, string>} */
  const unkept = new Map();

  return {
    /** @param {string} conversationId empty for a new one @returns {string} */
    get(conversationId) {
      try {
        return unkept.get(conversationId) ?? localStorage.getItem(prefix + conversationId) ?? "";
      } catch {
        return "";
      }
    },
    /**
     * @param {string} conversationId
     * @param {string} content nothing: there is no draft
     */
    set(conversationId, content) {
      unkept.delete(conversationId);
      try {
        if (content && content.length <= LONGEST) localStorage.setItem(prefix + conversationId, content);
        else localStorage.removeItem(prefix + conversationId);
        if (content.length <= LONGEST) return;
      } catch {
        // Storage is off or full.
      }
      unkept.set(conversationId, content);
    },
    /** @param {string} conversationId @returns {Attachment[]} files that are on the server already */
    files(conversationId) {
      try {
        return JSON.parse(localStorage.getItem(`${prefix}${conversationId}:files`) ?? "[]");
      } catch {
        return [];
      }
    },
    /**
     * @param {string} conversationId
     * @param {Attachment[]} files nothing: there are none
     */
    setFiles(conversationId, files) {
      try {
        if (files.length) localStorage.setItem(`${prefix}${conversationId}:files`, JSON.stringify(files));
        else localStorage.removeItem(`${prefix}${conversationId}:files`);
      } catch {
        // They live as long as the page.
      }
    },
  };
}
