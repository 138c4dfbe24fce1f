// What `npm publish` would send: the whole list of files, what they need of each other, and a stranger who installs it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { pack, unpack } from "./matrix/pack.mjs";

const contents = `
  LICENSE-APACHE LICENSE-MIT README.md package.json
  admin-edge-light.js admin-node.js admin-workerd.js admin.d.ts admin.js archive.js asking.js bundle-source.d.ts
  body.js bundle-source.js bundle.d.ts bundle.js bytes.js catalog.d.ts catalog.js control.js crossing.js edge-jwt.d.ts edge-jwt.js
  edge-light.js edge-node.d.ts edge-node.js edge.d.ts edge.js gate-options.js gate.js given.js index.d.ts index.js
  log.d.ts log.js mark.js node.js organization.js parts.js platform.js pool.js pulumi-cloud.d.ts pulumi-cloud.js
  questioning.js questions-edge-light.js questions-node.js questions-workerd.js questions.d.ts questions.js react.d.ts
  react.js record.js refusal.js rehearsal.js review-edge-light.js review-node.js review-workerd.js review.d.ts review.js
  reviewing.js routes-edge-light.js routes-node.js routes-workerd.js routes.d.ts routes.js routing.js runtime.js
  scopewise.wasm.d.ts sequel.js slim.d.ts slim.js snapshot.d.ts snapshot.js source.js store.d.ts store.js tags.js testing.d.ts
  testing.js transfer-edge-light.js transfer-node.js transfer-workerd.js transfer.d.ts transfer.js transferring.js
  vue.d.ts vue.js workerd.js
  cjs/admin-node.cjs cjs/admin.d.cts cjs/archive.cjs cjs/asking.cjs cjs/body.cjs cjs/bundle-source.cjs cjs/bundle-source.d.cts
  cjs/bundle.cjs cjs/bundle.d.cts cjs/bytes.cjs cjs/catalog.cjs cjs/catalog.d.cts cjs/control.cjs cjs/crossing.cjs
  cjs/data/catalog.cjs cjs/data/rehearsal.cjs cjs/data/routes.cjs cjs/data/scopes.d.cts cjs/edge-jwt.cjs cjs/edge-jwt.d.cts
  cjs/edge-node.cjs cjs/edge-node.d.cts cjs/edge.cjs cjs/edge.d.cts cjs/gate-options.cjs cjs/gate.cjs cjs/given.cjs
  cjs/index.d.cts cjs/log.cjs cjs/log.d.cts cjs/mark.cjs cjs/node.cjs cjs/organization.cjs cjs/parts.cjs
  cjs/platform.cjs cjs/pool.cjs cjs/pulumi-cloud.cjs cjs/pulumi-cloud.d.cts cjs/questioning.cjs
  cjs/questions-node.cjs cjs/questions.d.cts cjs/react.cjs cjs/react.d.cts cjs/record.cjs cjs/refusal.cjs cjs/rehearsal.cjs
  cjs/review-node.cjs cjs/review.d.cts cjs/reviewing.cjs cjs/routes-node.cjs cjs/routes.d.cts cjs/routing.cjs
  cjs/runtime.cjs cjs/scopewise.wasm.d.cts cjs/sequel.cjs cjs/slim.cjs cjs/slim.d.cts cjs/snapshot.cjs
  cjs/snapshot.d.cts cjs/source.cjs cjs/store.cjs cjs/store.d.cts cjs/tags.cjs cjs/testing.cjs cjs/testing.d.cts
  cjs/transfer-node.cjs cjs/transfer.d.cts cjs/transferring.cjs cjs/vue.cjs cjs/vue.d.cts cjs/wasm/routes.cjs
  cjs/wasm/scopewise.cjs
  data/catalog.js data/rehearsal.js data/routes.js data/scopes.d.ts
  schema/catalog.json schema/document.json
  wasm/questions.text.js wasm/questions_bg.wasm wasm/review.text.js wasm/review_bg.wasm wasm/routes.js
  wasm/routes.text.js wasm/routes_bg.wasm wasm/scopewise.js wasm/scopewise.text.js wasm/scopewise_bg.wasm
  wasm/transfer.text.js wasm/transfer_bg.wasm
`;

const folder = mkdtempSync(join(tmpdir(), "scopewise-tarball-"));
const { tarball, files } = pack(folder);
unpack(tarball, join(folder, "node_modules"));
const installed = join(folder, "node_modules/scopewise");
const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));

after(() => rmSync(folder, { recursive: true }));

test("these files are in it and no others", () => {
  assert.deepEqual(files, contents.trim().split(/\s+/).sort());
});

test("it has no dependency, no script and no side effect", () => {
  for (const field of ["dependencies", "optionalDependencies", "scripts", "bin"]) assert.equal(manifest[field], undefined);
  assert.equal(manifest.sideEffects, false);
});

test("it says where it comes from and under which licences, whose texts are those of the repository", () => {
  for (const field of ["homepage", "bugs", "repository", "keywords", "license", "description"]) {
    assert.ok(manifest[field], field);
  }
  for (const name of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    const ours = readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
    assert.equal(readFileSync(join(installed, name), "utf8"), ours);
  }
});

test("whatever is exported is there", () => {
  const star = (path) => path.replace("*", "document");
  for (const path of leaves(manifest.exports)) assert.ok(existsSync(join(installed, star(path))), path);
});

test("its schemas are those of the repository", () => {
  const [packed, ours] = [join(installed, "schema"), fileURLToPath(new URL("../schema", import.meta.url))];
  for (const name of readdirSync(ours)) {
    assert.equal(readFileSync(join(packed, name), "utf8"), readFileSync(join(ours, name), "utf8"), name);
  }
});

test("a name leads to the same exports on every platform", () => {
  for (const name of [".", "./admin", "./routes"]) {
    const doors = new Set(leaves(manifest.exports[name]).filter((path) => path.endsWith(".js")));
    const exported = [...doors].map((door) => namesOf(readFileSync(join(installed, door), "utf8")));
    assert.ok(exported[0].includes("ready"), name);
    for (const names of exported) assert.deepEqual(names, exported[0]);
  }
});

test("a stranger installs it and asks", () => {
  const program = `
    import { Organization, ScopewiseError } from "scopewise";
    import { catalog } from "scopewise/catalog";
    const members = [{ user: "ann", role: "admin" }];
    const acme = Organization.parse({ revision: "2026-10", organization: "acme", members });
    console.log(acme.principal("user:ann").can("stack:write", "stack:acme/web/prod"), typeof ScopewiseError, catalog().revision);
  `;
  writeFileSync(join(folder, "stranger.mjs"), program);
  const printed = execFileSync(process.execPath, ["stranger.mjs"], { cwd: folder, encoding: "utf8" });
  assert.equal(printed, "true function 2026-10\n");
});

/** Every path under some condition. */
function leaves(targets) {
  return typeof targets === "string" ? [targets] : Object.values(targets).flatMap(leaves);
}

/** What a door exports: not every one can be imported in Node. */
function namesOf(door) {
  const lists = [...door.matchAll(/^export (?:const )?\{?([^}=]+)/gm)].map((match) => match[1].split(","));
  return lists.flat().map((name) => name.trim()).sort();
}
