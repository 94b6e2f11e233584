/**
 * Builds static/dist from static/src: bundled, minified ES modules and CSS, as Django collects them, and the icons.
 * Entry points keep their names; what several of them share, or load later, goes to chunks/.
 * shell.json lists what the chat page needs to be shown without a network (chatbot.app_shell).
 * Prints each file with its size in bytes, raw and gzipped.
 */
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

import { drawIcons } from "./icons.mjs";

const root = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(root, "src");
const dist = path.join(root, "dist");
const drawing = path.join(root, "icons", "favicon.svg");

/** @type {import("esbuild").BuildOptions} */
const common = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  entryNames: "[name]",
  chunkNames: "chunks/[name]-[hash]",
  assetNames: "fonts/[name]-[hash]",
  loader: { ".woff2": "file" },
};
const scripts = ["account.js", "chat.js", "diagram-frame.js", "docs.js", "share.js"];
const styles = ["site.css", "chat.css", "math.css", "css/keys.css", "plain.css", "pages.css", "share.css", "docs.css", "admin.css"];
const shell = ["chat.js", "chat.css", "site.css"];
// The typefaces of other scripts come when a page needs them.
const LATIN = /-latin-wght-normal-/;

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
const [bundle] = await Promise.all([
  build({
    ...common,
    entryPoints: [...scripts, ...styles].map((name) => path.join(source, name)),
    format: "esm",
    splitting: true,
    metafile: true,
  }),
  // Runs before the first paint as a classic script, and so does the worker: without imports.
  build({ ...common, entryPoints: ["theme.js", "service-worker.js"].map((name) => path.join(source, name)), format: "iife" }),
  copyFile(drawing, path.join(dist, "favicon.svg")),
  drawIcons(drawing, path.join(dist, "icons")),
]);

/**
 * @param {string} name of an output, as the metafile has it
 * @param {Set<string>} found
 * @returns {Set<string>} it and all that it needs from the start
 */
function needs(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const one of bundle.metafile.outputs[name]?.imports ?? []) {
    if (!one.external && (one.kind === "import-statement" || LATIN.test(one.path))) needs(one.path, found);
  }
  return found;
}

const needed = [...new Set(shell.flatMap((name) => [...needs(`dist/${name}`)]))].map((name) => name.replace(/^dist\//, ""));
await writeFile(path.join(dist, "shell.json"), JSON.stringify([...needed, "theme.js", "favicon.svg"].sort(), null, 1));

const files = await readdir(dist, { recursive: true, withFileTypes: true });
for (const file of files.filter((entry) => entry.isFile() && /\.(js|css)$/.test(entry.name))) {
  const full = path.join(file.parentPath, file.name);
  const bytes = await readFile(full);
  const name = path.relative(dist, full).padEnd(34);
  console.log(`${name}${String(bytes.length).padStart(9)} B${String(gzipSync(bytes).length).padStart(9)} B gzip`);
}
