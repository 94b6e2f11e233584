/**
 * Builds static/dist from static/src: bundled, minified ES modules and CSS, as Django collects them.
 * Entry points keep their names; what several of them share, or load later, goes to chunks/.
 * Prints each file with its size in bytes, raw and gzipped.
 */
import { copyFile, mkdir, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

const root = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(root, "src");
const dist = path.join(root, "dist");

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

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await Promise.all([
  build({
    ...common,
    entryPoints: [
      ...["account.js", "chat.js", "docs.js", "share.js"],
      ...["site.css", "chat.css", "plain.css", "pages.css", "share.css", "docs.css", "admin.css"],
    ].map((name) => path.join(source, name)),
    format: "esm",
    splitting: true,
  }),
  // Runs before the first paint as a classic script, therefore without imports.
  build({ ...common, entryPoints: [path.join(source, "theme.js")], format: "iife" }),
  copyFile(path.join(root, "icons", "favicon.svg"), path.join(dist, "favicon.svg")),
]);

const files = await readdir(dist, { recursive: true, withFileTypes: true });
for (const file of files.filter((entry) => entry.isFile() && /\.(js|css)$/.test(entry.name))) {
  const full = path.join(file.parentPath, file.name);
  const bytes = await readFile(full);
  const name = path.relative(dist, full).padEnd(34);
  console.log(`${name}${String(bytes.length).padStart(9)} B${String(gzipSync(bytes).length).padStart(9)} B gzip`);
}
