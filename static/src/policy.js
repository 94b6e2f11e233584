/** The addresses from which this page runs scripts by name: its own origin, and nothing else. */

/** @typedef {{ createScriptURL: (address: string) => string }} Policy */

/** @type {{ createPolicy: (name: string, rules: Policy) => Policy } | undefined} */
const trustedTypes = /** @type {any} */ (globalThis).trustedTypes;

/** @type {Policy} */
const rules = {
  createScriptURL(address) {
    const url = new URL(address, location.origin);
    if (url.origin !== location.origin) throw new TypeError("This script is not ours");
    return url.href;
  },
};
const policy = trustedTypes?.createPolicy("chatbot", rules) ?? rules;

/**
 * @param {string} address of a script of ours
 * @returns {string} the same, as browsers with Trusted Types want it
 * @throws {TypeError} when it is not of this origin
 */
export const scriptAddress = (address) => policy.createScriptURL(address);
