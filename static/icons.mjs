/**
 * Draws the icons of the installed page from the one drawing there is, icons/favicon.svg: with its rounded corners, and
 * without them for systems that cut icons into shapes of their own. Those show a circle of four fifths of the width at
 * least, into which the drawing fits.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

import { initWasm, Resvg } from "@resvg/resvg-wasm";

/** Names, widths in pixels, and whether systems cut them. @type {[string, number, boolean][]} */
const ICONS = [
  ["icon-192.png", 192, false],
  ["icon-512.png", 512, false],
  ["maskable-192.png", 192, true],
  ["maskable-512.png", 512, true],
  ["apple-touch-icon.png", 180, true],
];

/**
 * @param {string} svg
 * @returns {string} the same on a whole square
 */
function withoutCorners(svg) {
  const square = svg.replace(/ rx="[^"]*"/, "");
  if (square === svg) throw new Error("favicon.svg has no rounded corners to be taken away");
  return square;
}

/**
 * @param {string} drawing path of the SVG
 * @param {string} folder where the icons go
 */
export async function drawIcons(drawing, folder) {
  const wasm = createRequire(import.meta.url).resolve("@resvg/resvg-wasm/index_bg.wasm");
  await initWasm(await readFile(wasm));
  const svg = await readFile(drawing, "utf8");
  await mkdir(folder, { recursive: true });
  for (const [name, width, cut] of ICONS) {
    const picture = new Resvg(cut ? withoutCorners(svg) : svg, { fitTo: { mode: "width", value: width } }).render();
    await writeFile(path.join(folder, name), picture.asPng());
  }
}
