/**
 * The page that draws diagrams, in a frame that may run scripts but is of no origin: it reaches neither this page nor the
 * network. One diagram after the other; one that takes too long takes the frame with it.
 */
import { clone } from "../dom.js";

/** Milliseconds that a diagram may take, and that the page may take to load. */
const PATIENCE = 5000;
const LOADING_PATIENCE = 20_000;
/** Characters of a picture beyond which it is not shown. */
const LONGEST = 2_000_000;

/** @typedef {{ svg: string, width: number, height: number }} Drawn */

/** @type {{ element: HTMLIFrameElement, ready: Promise<void> } | null} */
let frame = null;
/** The last diagram in line. @type {Promise<unknown>} */
let line = Promise.resolve();
let count = 0;

/**
 * @param {HTMLIFrameElement} element
 * @param {number} patience milliseconds
 * @param {string} reason of the error when it runs out
 * @param {(message: any) => boolean} wanted
 * @returns {Promise<any>} the message of the frame that is wanted
 */
function messageOf(element, patience, reason, wanted) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      removeEventListener("message", listen);
    };
    const timer = setTimeout(() => {
      stop();
      reject(new Error(reason));
    }, patience);
    /** @param {MessageEvent} event */
    function listen(event) {
      if (event.source !== element.contentWindow || !wanted(event.data)) return;
      stop();
      resolve(event.data);
    }
    addEventListener("message", listen);
  });
}

function open() {
  const element = /** @type {HTMLIFrameElement} */ (clone("diagram-frame"));
  const ready = messageOf(element, LOADING_PATIENCE, "It could not be loaded.", (message) => message?.ready === true);
  document.body.append(element);
  return { element, ready };
}

function close() {
  frame?.element.remove();
  frame = null;
}

/**
 * @param {string} code
 * @param {boolean} dark
 * @returns {Promise<Drawn>}
 */
async function drawNext(code, dark) {
  frame ??= open();
  count += 1;
  const id = count;
  try {
    await frame.ready;
    const { element } = frame;
    const answered = messageOf(element, PATIENCE, "It takes too long to be drawn.", (message) => message?.id === id);
    element.contentWindow?.postMessage({ id, code, dark }, "*"); // Of no origin, it has no other address.
    const { svg, width, height, error } = await answered;
    if (typeof error === "string") throw new SyntaxError(error.slice(0, 300));
    const fine = typeof svg === "string" && svg.length <= LONGEST && width > 0 && height > 0;
    if (!fine) throw new SyntaxError("The picture is too large.");
    return { svg, width, height };
  } catch (error) {
    if (!(error instanceof SyntaxError)) close();
    throw error;
  }
}

/**
 * @param {string} code
 * @param {boolean} dark
 * @returns {Promise<Drawn>} throws Error with a reason for the reader
 */
export function drawPicture(code, dark) {
  const drawn = line.then(() => drawNext(code, dark));
  line = drawn.catch(() => {});
  return drawn;
}
