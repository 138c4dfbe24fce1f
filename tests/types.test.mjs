// The types as an editor sees them: lines that must check, and lines that must not.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { appFolder } from "./install.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const compiler = join(here, "node_modules", "typescript", "bin", "tsc");
const strict = ["--noEmit", "--strict", "--noUncheckedIndexedAccess", "--target", "esnext", "--preserveSymlinks"];
/** What there is beside the language: nothing, or what pages and Workers have. */
const places = { "": "esnext", "-pages": "esnext,dom", "-edge": "esnext,dom" };
const resolutions = { bundler: "esnext", nodenext: "nodenext" };

before(() => assert.ok(existsSync(compiler), "TypeScript is not installed: run `cargo xtask setup`"));

for (const [resolution, module] of Object.entries(resolutions)) {
  describe(`as ${resolution} finds them`, () => {
    const check = (t, files, lib = "esnext,dom") =>
      compiled(t, files, ["--moduleResolution", resolution, "--module", module, "--lib", lib]);

    for (const [where, lib] of Object.entries(places)) {
      test(`what is right checks, ${lib}`, (t) => {
        assert.equal(check(t, { "good.ts": source(`good${where}.ts`) }, lib), "");
      });

      test(`what is wrong does not, ${lib}`, (t) => {
        const bad = source(`bad${where}.ts`);
        assert.equal(check(t, { "bad.ts": bad }, lib), "");
        const lines = check(t, { "bad.ts": bad.replaceAll("// @ts-expect-error", "//") }, lib).split("\n");
        const wrong = new Set(lines.map((line) => /^bad\.ts\((\d+),/.exec(line)?.[1]).filter(Boolean));
        assert.equal(wrong.size, bad.split("// @ts-expect-error").length - 1);
      });
    }

    test("an organization's own names hold in the bindings", (t) => {
      assert.equal(check(t, { "own.ts": source("own.ts") }), "");
    });

    test("the words of a catalog of one's own hold, and no others", (t) => {
      assert.equal(check(t, { "catalog.ts": source("catalog.ts") }), "");
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
  const folder = appFolder(t);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const all = { ...files, "acme.d.ts": source("acme.d.ts"), "hosting.d.ts": source("hosting.d.ts") };
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

function source(name) {
  return readFileSync(join(here, "types", name), "utf8");
}
