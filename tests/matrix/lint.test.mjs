// What others say of the packed package: whether every resolution finds code and types that belong together.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pack } from "./pack.mjs";
import { without } from "./programs.mjs";

const folder = mkdtempSync(join(tmpdir(), "scopewise-lint-"));
const tarball = new Uint8Array(readFileSync(pack(folder).tarball));

after(() => rmSync(folder, { recursive: true }));

test("publint has nothing to say", { skip: without("publint") }, async () => {
  const { publint } = await import("publint");
  const { messages } = await publint({ pack: { tarball: tarball.buffer }, level: "suggestion", strict: true });
  assert.deepEqual(messages, []);
});

test("the types are not wrong, however they are resolved", { skip: without("@arethetypeswrong/core") }, async () => {
  const { checkPackage, createPackageFromTarballData } = await import("@arethetypeswrong/core");
  const { problems, entrypoints } = await checkPackage(createPackageFromTarballData(tarball));
  assert.deepEqual(problems, []);
  assert.ok(Object.keys(entrypoints).includes("./slim"), "it has looked at the doors");
});
