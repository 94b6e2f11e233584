/**
 * The one socket of the page: connects, notices silence, comes back after a loss with growing, jittered pauses.
 * It knows nothing of what the frames mean, except `ready`, which opens it for sending.
 */
/** @import { Frame } from "./types.js" */

/** All in milliseconds. Pings are rare on purpose: each costs the server, and a send checks the line anyway. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
const PING_EVERY = 60_000;
const ANSWER_WITHIN = 10_000;

const REFUSED = 1008;

/**
 * @typedef {object} SocketEvents
 * @property {(frame: Frame) => void} onFrame
 * @property {() => void} onReady the server has said `ready`: send what is unsent
 * @property {() => void} onLost the connection is gone and will be tried again
 * @property {(reason: string) => void} onRefused the server does not want this user; it is not tried again
 *
 * @param {string} url
 * @param {SocketEvents} events
 */
export function createSocket(url, events) {
  /** @type {WebSocket | null} */
  let socket = null;
  let ready = false;
  let refused = false;
  let failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let reconnectTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pingTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let silenceTimer;

  function connect() {
    clearTimeout(reconnectTimer);
    if (socket || refused) return;
    const current = new WebSocket(url);
    socket = current;
    expectFrame();
    current.onmessage = (event) => {
      if (socket === current) receive(String(event.data));
    };
    current.onclose = (event) => {
      if (socket === current) closed(event.code, event.reason);
    };
  }

  /** @param {string} data */
  function receive(data) {
    clearTimeout(silenceTimer);
    silenceTimer = undefined;
    /** @type {Frame} */
    const frame = JSON.parse(data);
    if (frame.type === "ready") {
      ready = true;
      failures = 0;
      schedulePing();
      events.onReady();
    }
    events.onFrame(frame);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  function closed(code, reason) {
    drop();
    if (code === REFUSED) {
      refused = true;
      events.onRefused(reason);
      return;
    }
    events.onLost();
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
    failures += 1;
    reconnectTimer = setTimeout(connect, pause * (0.5 + Math.random() / 2));
  }

  function drop() {
    const old = socket;
    socket = null;
    ready = false;
    clearTimeout(pingTimer);
    clearTimeout(silenceTimer);
    silenceTimer = undefined;
    old?.close();
  }

  /** Any frame proves the line is alive; without one in time it is given up, for a dead line closes only after minutes. */
  function expectFrame() {
    silenceTimer ??= setTimeout(() => closed(0, "silence"), ANSWER_WITHIN);
  }

  function schedulePing() {
    clearTimeout(pingTimer);
    pingTimer = setTimeout(() => {
      send({ type: "ping" });
      schedulePing();
    }, PING_EVERY);
  }

  /**
   * @param {{ type: string, [field: string]: unknown }} frame
   * @returns {boolean} whether it was handed to the connection; if not, the sender repeats it on `onReady`
   */
  function send(frame) {
    if (!socket || !ready) return false;
    socket.send(JSON.stringify(frame));
    expectFrame();
    return true;
  }

  function wake() {
    if (document.visibilityState !== "visible") return;
    if (socket) send({ type: "ping" });
    else connect();
  }

  addEventListener("online", wake);
  addEventListener("offline", () => socket && closed(0, "offline"));
  document.addEventListener("visibilitychange", wake);
  // A page with an open socket cannot be kept for the back button.
  addEventListener("pagehide", () => {
    clearTimeout(reconnectTimer);
    drop();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) connect();
  });

  return { connect, send, isReady: () => ready };
}
