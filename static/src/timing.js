/** How an answer was made: by which model, how fast, at what length. */

/** @import { Metadata } from "./types.js" */

/** @param {number} value @param {Intl.NumberFormatOptions} [options] */
const number = (value, options) => new Intl.NumberFormat(document.documentElement.lang, options).format(value);

/** @param {number} milliseconds */
const seconds = (milliseconds) =>
  number(milliseconds / 1000, { style: "unit", unit: "second", maximumSignificantDigits: 3 });

/**
 * @param {Metadata} metadata of an answer
 * @returns {[string, string][]} what it is called, and what it was
 */
export function timing({ model, first_token_ms: first, total_ms: total, completion_tokens: written, prompt_tokens: read, attempts }) {
  /** @type {[string, string][]} */
  const rows = [];
  if (model) rows.push(["Model", model]);
  if (first != null) rows.push(["First word after", seconds(first)]);
  if (total != null) rows.push(["Finished after", seconds(total)]);
  if (written && first != null && total != null && total > first) {
    rows.push(["Speed", `${number((written * 1000) / (total - first), { maximumSignificantDigits: 3 })} tokens/s`]);
  }
  if (written != null) rows.push(["Written", `${number(written)} tokens`]);
  if (read != null) rows.push(["Read", `${number(read)} tokens`]);
  if (attempts != null && attempts > 1) rows.push(["Attempts", number(attempts)]);
  return rows;
}

/**
 * Shows it under an answer, or hides it again.
 * @param {HTMLElement} list
 * @param {HTMLElement} button
 * @param {Metadata} metadata
 */
export function toggleTiming(list, button, metadata) {
  list.hidden = !list.hidden;
  button.setAttribute("aria-expanded", String(!list.hidden));
  if (list.hidden) return;
  const rows = timing(metadata).map(([name, value]) => {
    const row = document.createElement("div");
    const [term, what] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    what.textContent = value;
    row.append(term, what);
    return row;
  });
  list.replaceChildren(...rows);
}
