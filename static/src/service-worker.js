/**
 * Keeps what the chat page needs to be shown without a network: the files of one build, and the page of the user who is
 * signed in, which is forgotten when they sign out. The server puts `SHELL` before this script: `version` changes with every
 * build, `files` are kept under it, `offline` is shown in place of any other page that cannot be had.
 */

/** @typedef {{ version: string, files: string[], offline: string }} Shell */

const worker = /** @type {ServiceWorkerGlobalScope & { SHELL: Shell }} */ (/** @type {unknown} */ (self));
const { version, files, offline } = worker.SHELL;
const FILES = "shell-";
const PAGES = "pages-";
const NAME = FILES + version;
/** What of the user there is; forget.js knows how it begins as well. */
const PAGE_NAME = PAGES + version;
const CHAT = "/";
/** Pages that are made from the one of the chat. */
const CHATS = /^\/(?:c\/[0-9a-f-]{36}\/)?$/;
/** Files of our pages with a hash of their content in their name. */
const UNCHANGING = /^\/static\/(?:(?:chunks|fonts)\/)?[^/]+[.-][0-9A-Za-z]{8,12}\.(?:js|css|woff2)$/;
const MODULE = /<script type="module" src="([^"]+)"/g;

async function keep() {
  const cache = await caches.open(NAME);
  // Not from the browser's own cache: what is kept here belongs to this version.
  await cache.addAll([...files, offline].map((url) => new Request(url, { cache: "reload" })));
}

async function clean() {
  const ours = [NAME, PAGE_NAME];
  for (const name of await caches.keys()) {
    if ((name.startsWith(FILES) || name.startsWith(PAGES)) && !ours.includes(name)) await caches.delete(name);
  }
  await worker.clients.claim();
}

/** @param {Response} response the page of a new chat */
async function keepPage(response) {
  if (!response.ok || response.redirected) return;
  const html = await response.text();
  // The page of another build asks for files that are not kept here.
  if ([...html.matchAll(MODULE)].some(([, src]) => !files.includes(src ?? ""))) return;
  const headers = new Headers(response.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  const cache = await caches.open(PAGE_NAME);
  await cache.put(CHAT, new Response(html.replace("<html", "<html data-kept"), { headers }));
}

/** @param {FetchEvent} event of a page */
async function page(event) {
  const { pathname, search } = new URL(event.request.url);
  try {
    const response = await fetch(event.request);
    if (pathname === CHAT && !search) event.waitUntil(keepPage(response.clone()));
    return response;
  } catch (error) {
    const chat = CHATS.test(pathname) ? await caches.match(CHAT, { cacheName: PAGE_NAME }) : undefined;
    const kept = chat ?? (await caches.match(offline, { cacheName: NAME }));
    if (kept) return kept;
    throw error;
  }
}

/** @param {Request} request of a file that is the same for ever */
async function file(request) {
  const kept = await caches.match(request, { cacheName: NAME });
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok && response.type === "basic") {
    const cache = await caches.open(NAME);
    await cache.put(request, response.clone());
  }
  return response;
}

/** @param {string[]} loaded addresses of what the open page has loaded so far */
async function complete(loaded) {
  const paths = loaded.map((address) => new URL(address).pathname).filter((path) => UNCHANGING.test(path));
  await Promise.all(paths.map((path) => file(new Request(path))));
  if (!(await caches.match(CHAT, { cacheName: PAGE_NAME }))) {
    await keepPage(await fetch(CHAT, { headers: { Accept: "text/html" } }));
  }
}

worker.addEventListener("install", (event) => event.waitUntil(keep()));
worker.addEventListener("activate", (event) => event.waitUntil(clean()));
worker.addEventListener("message", (event) => {
  const { type, file: name, loaded } = event.data ?? {};
  // The page asks its reader first.
  if (type === "skip-waiting") worker.skipWaiting();
  if (type === "claim") event.waitUntil(worker.clients.claim());
  if (type === "is-yours") event.ports[0]?.postMessage(files.includes(name));
  if (type === "complete") event.waitUntil(complete(loaded).catch(() => {}));
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const { origin, pathname } = new URL(request.url);
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (origin === location.origin && (files.includes(pathname) || UNCHANGING.test(pathname))) event.respondWith(file(request));
});
