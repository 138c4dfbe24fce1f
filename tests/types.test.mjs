// The types as an editor sees them: lines that must check, and lines that must not.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const compiler = join(here, "node_modules", "typescript", "bin", "tsc");
const pkg = fileURLToPath(new URL("../pkg", import.meta.url));
const strict = ["--noEmit", "--strict", "--noUncheckedIndexedAccess", "--target", "esnext", "--lib", "esnext,dom", "--preserveSymlinks"];
const resolutions = { bundler: "esnext", nodenext: "nodenext" };

before(() => assert.ok(existsSync(compiler), "TypeScript is not installed: run `cargo xtask setup`"));

for (const [resolution, module] of Object.entries(resolutions)) {
  describe(`as ${resolution} finds them`, () => {
    const check = (t, files) => compiled(t, files, ["--moduleResolution", resolution, "--module", module]);

    test("what is right checks", (t) => {
      assert.equal(check(t, { "good.ts": source("good.ts") }), "");
    });

    test("what is wrong does not", (t) => {
      const bad = source("bad.ts");
      assert.equal(check(t, { "bad.ts": bad }), "");
      const lines = check(t, { "bad.ts": bad.replaceAll("// @ts-expect-error", "//") }).split("\n");
      const wrong = new Set(lines.map((line) => /^bad\.ts\((\d+),/.exec(line)?.[1]).filter(Boolean));
      assert.equal(wrong.size, bad.split("// @ts-expect-error").length - 1);
    });

    test("an organization's own names hold in the bindings", (t) => {
      assert.equal(check(t, { "own.ts": source("own.ts") }), "");
    });

    test("a line that is fine is not taken for a wrong one", (t) => {
      const fine =
        'import { Organization } from "scopewise";\n// @ts-expect-error it is fine\nOrganization.parse("{}");\n';
      assert.match(check(t, { "fine.ts": fine }), /fine\.ts\(2,1\): error TS2578/);
    });
  });
}

/** What the compiler says of these files beside the installed package; nothing if they check. */
function compiled(t, files, flags) {
  const folder = mkdtempSync(join(tmpdir(), "scopewise-types-"));
  t.after(() => rmSync(folder, { recursive: true }));
  install(folder);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const all = { ...files, "acme.d.ts": source("acme.d.ts") };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [compiler, ...strict, ...flags, ...Object.keys(files)],
    {
      cwd: folder,
      encoding: "utf8",
    },
  );
  assert.equal(stderr, "");
  assert.equal(status === 0, stdout === "", stdout);
  return stdout;
}

/** The package beside those that its bindings are for, as if all of them were installed there. */
function install(folder) {
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  symlinkSync(pkg, join(modules, "scopewise"), "junction");
  const names = readdirSync(join(here, "node_modules")).filter((name) => !name.startsWith("."));
  for (const name of names) symlinkSync(join(here, "node_modules", name), join(modules, name), "junction");
}

function source(name) {
  return readFileSync(join(here, "types", name), "utf8");
}
