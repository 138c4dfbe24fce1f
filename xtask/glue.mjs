// Makes of every wasm module of a folder what the doors of the package import: `NAME.js`, a function that gives a
// fresh instance of wasm-bindgen's glue each time, and `NAME.text.js`, the module's bytes as a text. A part has the glue of
// the module that it is joined to, and a text of its own.
// node xtask/glue.mjs FOLDER NAME+PART+PART…
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { build } = createRequire(new URL("../tests/package.json", import.meta.url))("esbuild");

/**
 * Joins a part: it takes what is exported so far, functions of the modules before it by their places in a table, and what
 * it exports stands beside that. Later it may be bytes still.
 */
const JOIN = `
export function join(module) { take(new WebAssembly.Instance(module, imported())); }
export async function joinLater(source) {
  const made = await WebAssembly.instantiate(source, imported());
  take(made.instance ?? made);
  return made.module ?? source;
}
function imported() { return { ...__wbg_get_imports(), joined: { ...wasm, ...functions() } }; }
function functions() { return Array.from({ length: wasm.shared.length }, (_, place) => wasm.shared.get(place)); }
function take(instance) { wasm = { ...wasm, ...instance.exports }; }
`;

const [folder, ...names] = process.argv.slice(2);
for (const module of names) {
  const [name, ...parts] = module.split("+");
  const glue = await gluedAsFunction(name, parts);
  writeFileSync(join(folder, `${name}.js`), glue);
  for (const it of [name, ...parts]) {
    writeFileSync(join(folder, `${it}.text.js`), asText(readFileSync(join(folder, `${it}_bg.wasm`))));
  }
}

/**
 * It has no address of its own: where the bytes come from is the door's to say. It gets a module each time, and does not
 * check that: one that another realm has compiled would be none to it.
 */
async function gluedAsFunction(name, parts) {
  if (parts.length > 0) appendFileSync(join(folder, `${name}.js`), JOIN);
  const made = await build({
    stdin: { contents: `export * from "./${name}.js"; export { default } from "./${name}.js";`, resolveDir: folder },
    bundle: true,
    minify: true,
    format: "iife",
    globalName: "glue",
    target: "es2022",
    legalComments: "none",
    write: false,
    logLevel: "error", // it warns of the part that is left out
  });
  const [start, end] = ["var glue=", "();\n"];
  const text = made.outputFiles[0].text.replace(/(\w+) instanceof WebAssembly\.Module\|\|\(\1=new WebAssembly\.Module\(\1\)\);/, "");
  if (!text.startsWith(start) || !text.endsWith(end) || /import\.meta|WebAssembly\.Module\b/.test(text)) {
    throw new Error(`the glue of \`${name}\` is not what esbuild makes of it by now: look at ${folder}`);
  }
  return `// Written by \`cargo xtask build\`.\nexport default ${text.slice(start.length, -end.length)};\n`;
}

/** A character for each byte: half of what base64 adds when it is sent raw, and next to nothing when it is packed. */
function asText(bytes) {
  const written = { "\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\" };
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return `// Written by \`cargo xtask build\`.\nexport default "${text.replaceAll(/[\n\r"\\]/g, (it) => written[it])}";\n`;
}
