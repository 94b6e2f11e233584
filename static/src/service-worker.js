/**
 * Keeps what the page needs to be shown, and says so when there is no network. The server puts `SHELL` before this script:
 * `version` changes with every build, `files` are kept under it, `offline` is shown in place of a page that cannot be had.
 */

/** @typedef {{ version: string, files: string[], offline: string }} Shell */

const worker = /** @type {ServiceWorkerGlobalScope & { SHELL: Shell }} */ (/** @type {unknown} */ (self));
const { version, files, offline } = worker.SHELL;
const PREFIX = "shell-";
const NAME = PREFIX + version;

async function keep() {
  const cache = await caches.open(NAME);
  // Not from the browser's own cache: what is kept here belongs to this version.
  await cache.addAll([...files, offline].map((url) => new Request(url, { cache: "reload" })));
}

async function clean() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== NAME).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** @param {Request} request of a page */
async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(offline, { cacheName: NAME });
    if (kept) return kept;
    throw error;
  }
}

/** @param {Request} request of a file that is kept */
async function file(request) {
  return (await caches.match(request, { cacheName: NAME })) ?? fetch(request);
}

worker.addEventListener("install", (event) => event.waitUntil(keep()));
worker.addEventListener("activate", (event) => event.waitUntil(clean()));
worker.addEventListener("message", (event) => {
  // The page asks its reader first.
  if (event.data?.type === "skip-waiting") worker.skipWaiting();
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (files.includes(new URL(request.url).pathname)) event.respondWith(file(request));
});
