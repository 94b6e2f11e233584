/**
 * A sheet over the chat, in which pages beside it are shown: settings, prompts, the archive, what is used. They are the
 * server's pages, with their links and forms; where they lead back to the chat, the sheet closes.
 */
import { addStyles, find, part } from "../dom.js";
import { fetchPage, saidBy } from "./pages.js";

/** @import { Fetched } from "./pages.js" */

/** Addresses that are shown in the sheet. All others are gone to. */
const WITHIN = /^\/(?:c\/[0-9a-f-]{36}\/settings|new|presets|conversations|usage)\//;
/** Addresses of the chat. */
const CHAT = /^\/(?:c\/[0-9a-f-]{36}\/)?$/;
const CONTENT = ".quiet-content";

/**
 * @param {object} doors
 * @param {(href: string) => void} doors.visit shows a conversation, or the new one
 * @param {(words: string) => void} doors.said what a page told when it led back
 */
export function createSheet({ visit, said }) {
  const dialog = /** @type {HTMLDialogElement} */ (find(document, "#sheet"));
  const body = part(dialog, "sheet-body");
  /** Of the page that was asked for last. */
  let asked = 0;

  /** @param {Fetched} page */
  function show({ document: page, url, status }) {
    const content = page.querySelector(CONTENT);
    if (status < 500 && content && WITHIN.test(url.pathname)) {
      const shown = document.importNode(content, true);
      body.replaceChildren(...shown.childNodes);
      dialog.setAttribute("aria-label", body.querySelector("h1")?.textContent ?? page.title);
      body.scrollTop = 0;
      const first = /** @type {HTMLElement | null} */ (url.hash ? body.querySelector(url.hash) : null);
      first?.scrollIntoView();
      body.dataset.address = url.href;
    } else if (CHAT.test(url.pathname) && status < 400) {
      dialog.close();
      for (const words of saidBy(page)) said(words);
      visit(url.href);
    } else {
      location.assign(url.href);
    }
  }

  /**
   * @param {"GET" | "POST"} method
   * @param {string} address
   * @param {FormData} [data]
   */
  async function load(method, address, data) {
    asked += 1;
    const mine = asked;
    body.setAttribute("aria-busy", "true");
    try {
      const page = await fetchPage(method, address, data);
      page.url.hash = new URL(address, location.href).hash;
      if (mine === asked) show(page);
    } catch {
      if (mine === asked) said("The server cannot be reached. Please try again.");
    } finally {
      if (mine === asked) body.removeAttribute("aria-busy");
    }
  }

  /** @param {string} href */
  function open(href) {
    addStyles("pages");
    if (!dialog.open) {
      body.replaceChildren();
      dialog.showModal();
    }
    load("GET", href);
  }

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = /** @type {Element} */ (event.target).closest("a[href]");
    if (!(link instanceof HTMLAnchorElement) || link.target || link.origin !== location.origin) return;
    const inside = dialog.contains(link);
    if (!inside && !link.hasAttribute("data-sheet")) return;
    // Links that say only how the page differs are meant from where it came.
    const address = new URL(link.getAttribute("href") ?? "", inside ? body.dataset.address : location.href);
    if (inside && CHAT.test(address.pathname)) {
      event.preventDefault();
      dialog.close();
      visit(address.href);
    } else if (WITHIN.test(address.pathname)) {
      event.preventDefault();
      open(address.href);
    }
  });

  dialog.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.method === "dialog") return;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    const action = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "";
    const address = new URL(action, body.dataset.address);
    if (form.method === "post") load("POST", address.href, data);
    else {
      address.search = new URLSearchParams(/** @type {any} */ (data)).toString();
      if (WITHIN.test(address.pathname)) load("GET", address.href);
      else location.assign(address.href);
    }
  });

  return { open };
}
