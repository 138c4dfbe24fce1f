// Who is measured. Each gives `start`, which imports what it is made of; with that `load` makes of a document's text
// something that finds a principal and answers about it.
import { readFileSync } from "node:fs";
import { catalog } from "../pkg/catalog.js";

export const contestants = {
  async scopewise() {
    const [{ default: glue }, { over }, { Runtime }] = await Promise.all(
      ["wasm/scopewise", "organization", "runtime"].map((name) => import(`../pkg/${name}.js`)),
    );
    const runtime = new Runtime(glue);
    await runtime.start(readFileSync(new URL("../pkg/wasm/scopewise_bg.wasm", import.meta.url)));
    const Organization = over(runtime);
    const load = (text) => {
      const organization = Organization.parse(text);
      return {
        principal: (name) => organization.principal(name),
        can: (principal, scope, entity) => principal.can(scope, entity),
        decide: (principal, scope, entity) => principal.decide(scope, entity),
        explain: (principal, scope, entity) => principal.explain(scope, entity),
        matrix: (principal, entities, scopes) => principal.matrix(entities, scopes).effects,
      };
    };
    return { load, wasmMemory: () => runtime.exports.initSync().memory.buffer.byteLength };
  },

  async "by hand"() {
    const { baseline } = await import("./baseline.mjs");
    return { load: (text) => baseline(text, catalog()), wasmMemory };
  },

  async CASL() {
    const { abilities } = await import("./casl.mjs");
    return { load: (text) => abilities(text, catalog()), wasmMemory };
  },

  /** Behind the cache that Scopewise has, so that only what fills it differs. */
  async "CASL, rows kept"() {
    const [{ abilities }, { behindRows }] = await Promise.all([import("./casl.mjs"), import("./rows.mjs")]);
    return { load: (text) => behindRows(abilities(text, catalog()), catalog()), wasmMemory };
  },
};

const wasmMemory = () => 0;
