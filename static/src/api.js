/** Calls to /api/v1/ with the session of the page. */

/** An answer that was not a success. `status` is 0 when the server could not be reached. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   * @param {number | null} retryAfter seconds
   */
  constructor(status, code, message, retryAfter) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/**
 * @param {"GET" | "POST" | "PATCH" | "DELETE"} method
 * @param {string} path below /api/v1/
 * @param {object} [body]
 * @param {{ keepalive?: boolean }} [more] keepalive: also when the page is left
 * @returns {Promise<any>} the decoded body; null when there is none
 * @throws {ApiError}
 */
export async function call(method, path, body, { keepalive = false } = {}) {
  const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
  let response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method,
      keepalive,
      credentials: "same-origin",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token },
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, "unreachable", "The server cannot be reached.", null);
  }
  const data = await response.json().catch(() => null);
  if (response.ok) return data;
  const error = data?.error ?? {};
  throw new ApiError(response.status, error.code ?? "internal", error.message ?? "", error.retry_after ?? null);
}
