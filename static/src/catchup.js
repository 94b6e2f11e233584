/** Fetches what other tabs and devices have added to a conversation; changes close together are fetched once. */
import { call } from "./api.js";

/** @import { Message } from "./types.js" */

/** Milliseconds over which changes are gathered. */
const GATHER = 400;

/**
 * @param {() => string | null} wanted the conversation to fetch, null for none just now
 * @param {(newest: Message[]) => void} show takes its newest messages, oldest first
 */
export function createCatchUp(wanted, show) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let gathering;

  async function fetchNewest() {
    const id = wanted();
    if (!id) return;
    /** @type {{ results: Message[] } | null} */
    const page = await call("GET", `conversations/${id}/messages/?limit=50`).catch(() => null);
    show((page?.results ?? []).reverse());
  }

  return function catchUp() {
    clearTimeout(gathering);
    gathering = setTimeout(fetchNewest, GATHER);
  };
}
