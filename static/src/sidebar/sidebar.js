/** The sidebar: the conversations, what is done with them, and the search over them. */
import { call } from "../api.js";
import { part } from "../dom.js";
import { createDeletion } from "./deletion.js";
import { createList } from "./list.js";
import { createMenu, createQuestion } from "./menu.js";
import { createSearch } from "./search.js";

/** @import { Conversation } from "../types.js" */

const PAGE = 50;
/** Pixels from the end of the list within which the next page is fetched. */
const NEAR_END = 400;

/**
 * @param {HTMLElement} sidebar
 * @param {object} doors
 * @param {ReturnType<typeof import("../notices.js").createNotices>} doors.notices
 * @param {(conversation: Conversation) => void} doors.renamed
 * @param {(id: string) => void} doors.deleted it is no longer shown
 * @param {(id: string) => void} doors.share
 * @param {() => void} doors.changed the list is another one
 * @param {(href: string) => void} doors.sheet shows a page over the chat
 */
export function createSidebar(sidebar, { notices, renamed, deleted, share, changed, sheet }) {
  const element = part(sidebar, "conversations");
  const scroller = part(sidebar, "list");
  const list = createList(element, part(sidebar, "conversations-empty"), changed);
  const askTitle = createQuestion("rename-dialog");
  const askFolder = createQuestion("folder-dialog");
  const folders = part(document, "folders");
  /** Where the next page of the list is; undefined: not asked yet. @type {string | null | undefined} */
  let next;
  let loading = false;
  let current = "";

  /**
   * Changes a conversation at once, and back when the server refuses.
   * @param {string} id
   * @param {Partial<Conversation>} changes
   * @param {string} failure what the reader is told then
   */
  async function change(id, changes, failure) {
    const before = list.get(id);
    if (!before) return;
    const { title, pinned, folder } = before;
    upsert({ id, ...changes });
    if (changes.title) renamed({ id, title: changes.title });
    try {
      await call("PATCH", `conversations/${id}/`, changes);
    } catch {
      upsert({ id, title, pinned, folder });
      if (changes.title) renamed({ id, title });
      notices.show(failure);
    }
  }

  const deletion = createDeletion({
    notices,
    list,
    left: deleted,
    failed: (conversation) => {
      upsert(conversation);
      notices.show("The conversation could not be deleted.");
    },
  });

  /** @type {Record<string, (id: string) => unknown>} what is done with a conversation */
  const choices = {
    async rename(id) {
      const title = await askTitle(list.get(id)?.title ?? "");
      if (title) change(id, { title }, "The conversation could not be renamed.");
    },
    pin: (id) => change(id, { pinned: !list.get(id)?.pinned }, "The conversation could not be pinned."),
    async folder(id) {
      folders.replaceChildren(...list.folders().map((name) => new Option(name)));
      const folder = await askFolder(list.get(id)?.folder ?? "");
      if (folder !== null) change(id, { folder }, "The conversation could not be moved.");
    },
    async archive(id) {
      const before = list.all().find((one) => one.id === id);
      list.remove(id);
      try {
        await call("PATCH", `conversations/${id}/`, { archived: true });
      } catch {
        if (before) upsert(before);
        notices.show("The conversation could not be archived.");
        return;
      }
      notices.toast("Archived.", {
        label: "Undo",
        act: () => {
          if (before) upsert(before);
          call("PATCH", `conversations/${id}/`, { archived: false }).catch(() => list.remove(id));
        },
      });
    },
    share,
    settings: (id) => sheet(`/c/${id}/settings/`),
    export: (id) => sheet(`/c/${id}/settings/#taking`),
    delete: deletion.begin,
  };
  createMenu(element, choices, (id) => ({ pin: list.get(id)?.pinned ?? false }));

  /** @param {Conversation} conversation a new one, or what has changed of a known one */
  function upsert(conversation) {
    if (conversation.archived || deletion.isUnderWay(conversation.id)) list.remove(conversation.id);
    else list.upsert([conversation]);
    list.setCurrent(current);
  }

  /** @param {{ results: Conversation[], next: string | null }} page the newest: what was among them and is not now, is gone */
  function forgetOthers({ results, next: older }) {
    const there = new Set(results.map(({ id }) => id));
    const until = older ? Date.parse(results.at(-1)?.last_message_at ?? "") : 0;
    for (const { id, last_message_at: at } of list.all()) {
      if (!there.has(id) && id !== current && Date.parse(at ?? "") > until) list.remove(id);
    }
  }

  /** @param {{ results: Conversation[], next: string | null }} page */
  function take(page) {
    list.upsert(page.results.filter(({ id }) => !deletion.isUnderWay(id)));
    list.setCurrent(current);
    next = page.next ? (page.next.split("/api/v1/")[1] ?? null) : null;
  }

  async function more() {
    const from = next === undefined ? `conversations/?archived=false&limit=${PAGE}` : next;
    if (!from || loading) return;
    loading = true;
    const newest = next === undefined;
    await call("GET", from).then((page) => {
      if (newest) forgetOthers(page);
      take(page);
    }, () => {});
    loading = false;
  }

  scroller.addEventListener("scroll", () => {
    if (scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END) more();
  }, { passive: true });

  const search = createSearch(sidebar);

  return {
    search: search.focus,
    upsert,
    remove: list.remove,
    /**
     * @param {string} name of something in the menu of a conversation
     * @param {string} id of one that may be too old for the list
     */
    async act(name, id) {
      if (!list.get(id)) upsert(await call("GET", `conversations/${id}/`));
      await choices[name]?.(id);
    },
    /** @param {Conversation[]} conversations the list is this one */
    adopt(conversations) {
      const there = new Set(conversations.map(({ id }) => id));
      for (const { id } of list.all()) if (!there.has(id)) list.remove(id);
      list.upsert(conversations);
      list.setCurrent(current);
    },
    all: list.all,
    newest: list.newest,
    /** Reads the newest conversations anew, after a time without a connection. */
    refresh() {
      next = undefined;
      return more();
    },
    /** @param {string} id @returns {string} what the list calls it */
    title: (id) => list.get(id)?.title ?? "",
    /** @param {string} id the conversation on the page */
    setCurrent(id) {
      current = id;
      list.setCurrent(id);
    },
  };
}
