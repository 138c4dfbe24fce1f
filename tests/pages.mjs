// Bundles pages of the tests: for the browser as a script with a global, for the server as a module of Node.
import { mkdtempSync } from "node:fs";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compile } from "svelte/compiler";

const tests = fileURLToPath(new URL(".", import.meta.url));
const require = createRequire(import.meta.url);

const common = {
  bundle: true,
  absWorkingDir: tests,
  nodePaths: [join(tests, "node_modules")],
  // The bindings warn of what is wrong while they are developed.
  define: {
    "process.env.NODE_ENV": '"development"',
    __VUE_OPTIONS_API__: "true",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "true",
  },
  logLevel: "error",
  legalComments: "none",
};

/** A script for the browser; what it exports is a property of the page by that name. */
export async function forBrowser(file, globalName, alias = {}) {
  const made = await build({
    ...common,
    entryPoints: [join(tests, file)],
    format: "iife",
    globalName,
    alias,
    write: false,
    conditions: ["browser", "svelte", "development"],
    plugins: [svelte("client")],
  });
  return made.outputFiles[0].text;
}

/** What a module exports, bundled for Node. */
export async function forServer(file, alias = {}) {
  const outfile = join(mkdtempSync(join(tmpdir(), "scopewise-bindings-")), "server.cjs");
  await build({
    ...common,
    entryPoints: [join(tests, file)],
    format: "cjs",
    platform: "node",
    alias,
    outfile,
    conditions: ["node", "svelte", "development"],
    plugins: [svelte("server")],
  });
  return require(outfile);
}

function svelte(generate) {
  return {
    name: "svelte",
    setup(build) {
      build.onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
        const { js } = compile(await readFile(path, "utf8"), { filename: path, generate, dev: true });
        return { contents: js.code, loader: "js" };
      });
    },
  };
}
