/** Pages of the server, fetched to be shown in this one. */

/** @typedef {{ document: Document, url: URL, status: number }} Fetched */

/**
 * XMLHttpRequest gives documents; a document made of text would have to pass for trusted first.
 * @param {"GET" | "POST"} method
 * @param {string} url
 * @param {FormData} [body]
 * @returns {Promise<Fetched>} the page to which it led; throws TypeError when the server cannot be reached
 */
export function fetchPage(method, url, body) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.responseType = "document";
    request.addEventListener("error", () => reject(new TypeError("The server cannot be reached.")));
    request.addEventListener("load", () => {
      const page = request.responseXML;
      if (page) resolve({ document: page, url: new URL(request.responseURL), status: request.status });
      else reject(new TypeError("This is no page."));
    });
    request.send(body ?? null);
  });
}

/** @param {Document} page @returns {string[]} what it says of what was done */
export const saidBy = (page) => [...page.querySelectorAll(".alert")].map((alert) => alert.textContent?.trim() ?? "");
