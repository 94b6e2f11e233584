/**
 * What scripts add to the account pages: copying a secret with one click, and a word when a passkey did not work. Every
 * page works without them, but for passkeys, which only scripts can use (allauth's own).
 */
import { copyFrom } from "./dom.js";

/** @param {Element} source what holds the secret: an input, or any element with text */
function textOf(source) {
  return source instanceof HTMLInputElement ? source.value : (source.textContent ?? "");
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  const source = document.getElementById(button?.getAttribute("data-copy") ?? "");
  if (button instanceof HTMLElement && source) copyFrom(button, textOf(source));
});

document.addEventListener("allauth.error", (event) => {
  // Nobody is served by a trace in the console: most of the time a person has changed their mind.
  event.preventDefault();
  const trouble = document.querySelector('[data-part="passkey-trouble"]');
  if (!(trouble instanceof HTMLElement)) return;
  document.querySelector(".quiet-content")?.prepend(trouble);
  trouble.hidden = false;
});
