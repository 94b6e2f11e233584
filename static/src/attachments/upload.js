/** One file on its way to the server. `fetch` tells nothing of how far an upload is; XMLHttpRequest does. */
import { ApiError } from "../api.js";

/** @import { Attachment } from "../types.js" */

/** @typedef {{ done: Promise<Attachment>, cancel: () => void }} Upload */

/**
 * @param {File} file
 * @param {(share: number) => void} progressed how much of it is there, from 0 to 1
 * @returns {Upload} `done` throws ApiError; it never ends after `cancel`
 */
export function upload(file, progressed) {
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append("file", file);
  /** @type {Promise<Attachment>} */
  const done = new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progressed(event.loaded / event.total);
    });
    request.addEventListener("error", () => reject(new ApiError(0, "unreachable", "The server cannot be reached.", null)));
    request.addEventListener("load", () => {
      if (request.status === 201) resolve(request.response);
      else reject(errorOf(request));
    });
  });
  request.open("POST", "/api/v1/attachments/");
  request.responseType = "json";
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "");
  request.send(form);
  return { done, cancel: () => request.abort() };
}

/** @param {XMLHttpRequest} request */
function errorOf({ status, response }) {
  const error = response?.error ?? {};
  // A proxy in front of the server refuses what is too large with a page of its own.
  const message = error.message ?? (status === 413 ? "The file is too large." : "");
  return new ApiError(status, error.code ?? "internal", message, error.retry_after ?? null);
}
