// Writes the doors for Node once more for `require`: the same files, file by file, as CommonJS.
// node xtask/cjs.mjs PACKAGE FOLDER
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix } from "node:path";

const { transformSync } = createRequire(new URL("../tests/package.json", import.meta.url))("esbuild");

const SHARED = ["slim", "bundle", "bundle-source", "catalog", "snapshot", "store", "react", "vue", "testing", "log", "pulumi-cloud", "edge", "edge-node", "edge-jwt"];
const DOORS = ["node", "admin-node", "questions-node", "review-node", "transfer-node", "routes-node", ...SHARED].map((name) => `${name}.js`);
const TYPES = ["index", "scopewise.wasm", "admin", "questions", "review", "transfer", "routes", "data/scopes", ...SHARED].map((name) => `${name}.d.ts`);
/** Jest's jsdom hides them. */
const TEXTS = 'const { TextDecoder, TextEncoder } = require("node:util");\n';

const [pkg, folder] = process.argv.slice(2);
const written = new Set();
for (const door of DOORS) write(door);
for (const name of TYPES) {
  const types = readFileSync(join(pkg, name), "utf8").replaceAll(/"\.\/([\w/-]+)\.js"/g, '"./$1.cjs"');
  save(name.replace(/\.ts$/, ".cts"), types);
}

/** A module and every module of the package that it imports. */
function write(name) {
  if (written.has(name)) return;
  written.add(name);
  const source = readFileSync(join(pkg, name), "utf8");
  for (const [, path] of source.matchAll(/^(?:import|export) [^"]*from "(\.[^"]+)"/gm)) {
    write(posix.join(posix.dirname(name), path));
  }
  const { code } = transformSync(source.replaceAll(/ from "(\.[^"]+)\.js"/g, ' from "$1.cjs"'), {
    format: "cjs",
    platform: "node",
    target: "node20",
    define: { "import.meta.url": "here" },
  });
  const texts = /\bText(De|En)coder\b/.test(source) ? TEXTS : "";
  const here = `const here = require("node:url").pathToFileURL(require("node:path").join(__dirname, "..", "${name}"));\n`;
  save(name.replace(/\.js$/, ".cjs"), `// Written by \`cargo xtask build\`.\n${texts}${source.includes("import.meta.url") ? here : ""}${code}`);
}

function save(name, text) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}
