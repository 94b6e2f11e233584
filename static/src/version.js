/**
 * The service worker, seen from the page: brings it to work, has it keep what the page needs, and tells the reader calmly
 * of a newer build. Nothing is loaded anew before the reader asks for it.
 */
import { find, part } from "./dom.js";
import { scriptAddress } from "./policy.js";
import { report } from "./reports.js";

const WORKER = "/service-worker.js";
/** Milliseconds between two looks for a newer build, at least. */
const LOOK_AGAIN = 60_000;

/**
 * @param {object} doors
 * @param {() => boolean} doors.mayLeave whether nothing would be lost; if not, it shows the reader what
 */
export function createVersion({ mayLeave }) {
  const bar = part(document, "update");
  const workers = "serviceWorker" in navigator ? navigator.serviceWorker : undefined;
  const own = new URL(find(document, 'script[type="module"]').getAttribute("src") ?? "", location.href).pathname;
  /** @type {ServiceWorkerRegistration | undefined} */
  let registration;
  let reloading = false;
  let looked = Date.now();

  /** @param {ServiceWorker} worker @returns {Promise<boolean>} whether this page is of its build */
  function isOurs(worker) {
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise((resolve) => (port1.onmessage = (event) => resolve(event.data === true)));
    worker.postMessage({ type: "is-yours", file: own }, [port2]);
    return answer;
  }

  const offer = () => (bar.hidden = false);

  /** @param {ServiceWorker} worker that waits until the one before it is no longer needed */
  async function waiting(worker) {
    // Whoever has just opened the page has the new one already.
    if (await isOurs(worker)) worker.postMessage({ type: "skip-waiting" });
    else offer();
  }

  function complete() {
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    workers?.controller?.postMessage({ type: "complete", loaded });
  }

  async function changed() {
    if (reloading) location.reload();
    else if (workers?.controller && !(await isOurs(workers.controller))) offer();
    else complete();
  }

  async function register() {
    if (!workers) return;
    registration = await workers.register(scriptAddress(WORKER), { scope: "/", updateViaCache: "none" });
    if (registration.waiting && workers.controller) waiting(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const fresh = registration?.installing;
      fresh?.addEventListener("statechange", () => {
        if (fresh.state === "installed" && workers.controller) waiting(fresh);
      });
    });
    if (workers.controller) complete();
    // A page that was opened while the worker began would be left alone by it.
    else registration.active?.postMessage({ type: "claim" });
  }

  function start() {
    register().catch((error) => {
      if (navigator.onLine) report("worker", error);
      else addEventListener("online", start, { once: true });
    });
  }

  workers?.addEventListener("controllerchange", changed);
  part(bar, "update-reload").addEventListener("click", () => {
    if (!mayLeave()) return;
    if (!registration?.waiting) location.reload();
    reloading = true;
    registration?.waiting?.postMessage({ type: "skip-waiting" });
  });
  part(bar, "update-later").addEventListener("click", () => (bar.hidden = true));

  return {
    /** Brings the worker to work. */
    start,
    /** Looks for a newer build, after a time in which the server may have become another one. */
    look() {
      if (Date.now() - looked < LOOK_AGAIN) return;
      looked = Date.now();
      registration?.update().catch(() => {});
    },
    /** A script of this build was not to be had: if the server can be reached, there is a newer build. */
    async missing() {
      const response = await fetch(WORKER, { cache: "no-cache" }).catch(() => null);
      if (response?.ok) offer();
    },
  };
}
