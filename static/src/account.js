/**
 * What scripts add to the account pages: copying a secret with one click, progress that is seen without reloading, and a
 * word when a passkey did not work. Every page works without them, but for passkeys, which only scripts can use
 * (allauth's own). Buttons that need scripts wait for them.
 */
import { copyFrom } from "./dom.js";
import { forgetAndSignOut, forgetRead } from "./forget.js";

const LOG_IN = "/accounts/login/";
const LOG_OUT = "/accounts/logout/";

// What this browser keeps for the time without a connection is for nobody else.
if (location.pathname === LOG_IN) forgetRead();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form instanceof HTMLFormElement && new URL(form.getAttribute("action") ?? "", location.href).pathname === LOG_OUT) forgetAndSignOut(event);
});

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  const source = document.getElementById(button?.getAttribute("data-copy") ?? "");
  if (button instanceof HTMLElement && source) copyFrom(button, source.textContent ?? "");
});

// Their scripts are at work now, allauth's as well. Before that, a click would send an empty form.
addEventListener("load", () => {
  for (const button of document.querySelectorAll("button.needs-script")) button.removeAttribute("disabled");
});

document.addEventListener("allauth.error", (event) => {
  // Nobody is served by a trace in the console: most of the time a person has changed their mind.
  event.preventDefault();
  const trouble = document.querySelector('[data-part="passkey-trouble"]');
  if (!(trouble instanceof HTMLElement)) return;
  document.querySelector(".quiet-content")?.prepend(trouble);
  trouble.hidden = false;
});

const EVERY_MS = 2000;

/** Puts the list as the server has it now in the place of the one that is shown, until nothing in it runs any more. */
async function follow() {
  const shown = document.querySelector("[data-running]");
  if (!shown) return;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector(`[data-part="${shown.getAttribute("data-part")}"]`);
    if (response.ok && fresh) shown.replaceWith(document.adoptNode(fresh));
  } catch {
    // The line is down for a moment: the next look may find it up again.
  }
  setTimeout(follow, EVERY_MS);
}

setTimeout(follow, EVERY_MS);
