// What a browser fetches for a module of the package, and how much that is. `node tests/sizes.mjs` prints it.
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

export const packageFolder = resolve(dirname(fileURLToPath(import.meta.url)), "../pkg");

/** The module and every file that it names, directly or by another, as paths in the package. */
export function fetchedBy(module, folder = packageFolder) {
  const found = new Set();
  follow(resolve(folder, module), found);
  return [...found].map((file) => relative(folder, file)).sort();
}

/** One row for each file; every file is compressed by itself, as a server would. */
export function measure(files, folder = packageFolder) {
  return files.map((file) => ({ file, ...sizes(readFileSync(join(folder, file))) }));
}

/** The rows and their sum, as lines of text. */
export function table(rows) {
  const sum = { file: "sum" };
  for (const column of columns) sum[column] = rows.reduce((total, row) => total + row[column], 0);
  return [line({ file: "", raw: "raw", gzip: "gzip", brotli: "brotli" }), ...[...rows, sum].map(line)].join("\n");
}

const columns = ["raw", "gzip", "brotli"];

function follow(file, found) {
  if (found.has(file)) return;
  found.add(file);
  if (!file.endsWith(".js")) return;
  for (const name of namedIn(readFileSync(file, "utf8"))) follow(resolve(dirname(file), name.split("?")[0]), found);
}

// `from "./x.js"`, `import "./x.js"`, `import("./x.js")`, `new URL("x.wasm", import.meta.url)`. Comments may hold
// examples of them, and names of other packages are none of ours.
function namedIn(source) {
  const code = source.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
  const imports = code.matchAll(/\b(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g);
  const urls = code.matchAll(/\bnew\s+URL\(\s*["']([^"':]+)["']\s*,\s*import\.meta\.url/g);
  return [...imports, ...urls].map((match) => match[1]);
}

function sizes(bytes) {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params }).length,
  };
}

function line(row) {
  return row.file.padEnd(32) + columns.map((column) => String(row[column]).padStart(10)).join("");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const door of ["index.js", "admin.js"]) console.log(`\n${table(measure(fetchedBy(door)))}`);
}
