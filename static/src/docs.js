/** Shows the API's schema with Swagger UI, which its page has loaded, and lets the reader try it with their session. */

/**
 * @typedef {object} SwaggerRequest
 * @property {string} url
 * @property {Record<string, string>} headers
 */

/** @type {{ SwaggerUIBundle: (options: Record<string, unknown>) => unknown }} */
const { SwaggerUIBundle } = /** @type {any} */ (window);

const place = /** @type {HTMLElement} */ (document.getElementById("docs"));
const { schema, csrf } = place.dataset;

SwaggerUIBundle({
  url: schema,
  domNode: place,
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  // Nothing of what is read here goes to a validator elsewhere.
  validatorUrl: null,
  /** @param {SwaggerRequest} request */
  requestInterceptor: (request) => {
    if (new URL(request.url, location.href).origin === location.origin) {
      request.headers["X-CSRFToken"] = csrf ?? "";
    }
    return request;
  },
});
