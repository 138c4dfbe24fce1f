// All that a browser fetches for a door of the package stays within its budget, which only ever goes down towards the
// goal.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { fetchedBy, measure, packageFolder, table } from "./sizes.mjs";

const budgets = JSON.parse(readFileSync(join(packageFolder, "size.json"), "utf8"));

for (const [door, { budget, goal, beside }] of Object.entries(budgets)) {
  const besides = beside === undefined ? "" : ` beside ${beside}`;
  test(`what a browser fetches for ${door}${besides} is within its budget`, () => {
    const there = new Set(beside === undefined ? [] : fetchedBy(beside));
    const rows = measure(fetchedBy(door).filter((file) => !there.has(file)));
    const sum = rows.reduce((total, row) => total + row.brotli, 0);
    console.log(`${table(rows)}\nbudget ${budget}, goal ${goal} (bytes, each file by brotli -11)`);
    assert.ok(sum <= budget, `${sum} bytes are above the budget of ${budget}: make it smaller, or say why it has grown`);
    const slack = budget - sum;
    // One compiler's module is up to a tenth larger than another's.
    assert.ok(budget <= goal || slack <= 10_000, `the budget of ${budget} bytes is ${slack} too loose: lower it`);
  });
}

test("the README tells the budgets", () => {
  const readme = readFileSync(join(packageFolder, "README.md"), "utf8");
  for (const [door, { budget }] of Object.entries(budgets)) {
    const name = door === "index.js" ? "scopewise" : `scopewise/${door.replace(".js", "")}`;
    const row = readme.split("\n").find((line) => line.startsWith(`| \`${name}\``) && line.endsWith(" KB |"));
    assert.ok(row?.endsWith(`| ${(budget / 1000).toFixed(1)} KB |`), `${name}: ${row}`);
  }
});

test("a door loads its module once: as a file or as a text, or it asks for it", () => {
  const loads = (door) => fetchedBy(door).filter((file) => /_bg\.wasm|\.text\.js$/.test(file));
  assert.deepEqual(loads("index.js"), ["wasm/scopewise.text.js"]);
  assert.deepEqual(loads("questions.js"), ["wasm/questions.text.js", "wasm/scopewise.text.js"]);
  assert.deepEqual(loads("review.js"), ["wasm/questions.text.js", "wasm/review.text.js", "wasm/scopewise.text.js"]);
  assert.deepEqual(loads("transfer.js"), ["wasm/questions.text.js", "wasm/scopewise.text.js", "wasm/transfer.text.js"]);
  assert.deepEqual(loads("node.js"), ["wasm/scopewise_bg.wasm"]);
  assert.deepEqual(loads("questions-node.js"), ["wasm/questions_bg.wasm", "wasm/scopewise_bg.wasm"]);
  assert.deepEqual(loads("review-node.js"), ["wasm/questions_bg.wasm", "wasm/review_bg.wasm", "wasm/scopewise_bg.wasm"]);
  assert.deepEqual(loads("transfer-node.js"), ["wasm/questions_bg.wasm", "wasm/scopewise_bg.wasm", "wasm/transfer_bg.wasm"]);
  assert.deepEqual(loads("workerd.js"), ["wasm/scopewise_bg.wasm"]);
  assert.deepEqual(loads("edge-light.js"), ["wasm/scopewise_bg.wasm"]);
  for (const platform of ["workerd", "edge-light"]) {
    assert.deepEqual(loads(`questions-${platform}.js`), ["wasm/questions_bg.wasm", "wasm/scopewise_bg.wasm"]);
    assert.deepEqual(loads(`review-${platform}.js`), ["wasm/questions_bg.wasm", "wasm/review_bg.wasm", "wasm/scopewise_bg.wasm"]);
    assert.deepEqual(loads(`transfer-${platform}.js`), ["wasm/questions_bg.wasm", "wasm/scopewise_bg.wasm", "wasm/transfer_bg.wasm"]);
  }
  assert.deepEqual(loads("routes.js"), ["wasm/routes.text.js"]);
  assert.deepEqual(loads("routes-node.js"), ["wasm/routes_bg.wasm"]);
  assert.deepEqual(loads("routes-workerd.js"), ["wasm/routes_bg.wasm"]);
  assert.deepEqual(loads("routes-edge-light.js"), ["wasm/routes_bg.wasm"]);
  assert.deepEqual(loads("slim.js"), []);
  assert.deepEqual(loads("edge.js"), []);
});

test("of scopewise/admin a bundler takes the parts that are used", async () => {
  const partsOf = async (imported) => {
    const contents = `import { ${imported} } from "./admin.js"; console.log(${imported});`;
    const options = { bundle: true, format: "esm", metafile: true, minify: true, treeShaking: true, write: false };
    const { metafile } = await build({ stdin: { contents, resolveDir: packageFolder }, ...options });
    const taken = Object.entries(Object.values(metafile.outputs)[0].inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
    return taken.flatMap(([file]) => file.match(/wasm\/(\w+)\.text\.js$/)?.[1] ?? []).sort();
  };
  assert.deepEqual(await partsOf("Organization"), ["questions", "scopewise"]);
  assert.deepEqual(await partsOf("diff"), ["questions", "review", "scopewise"]);
  assert.deepEqual(await partsOf("exportRole"), ["questions", "scopewise", "transfer"]);
  assert.deepEqual(await partsOf("ready"), ["questions", "review", "scopewise", "transfer"]);
});

test("the text of a module is the module, byte for byte", async () => {
  for (const name of ["scopewise", "questions", "review", "transfer", "routes"]) {
    const text = (await import(join(packageFolder, `wasm/${name}.text.js`))).default;
    const module = readFileSync(join(packageFolder, `wasm/${name}_bg.wasm`));
    assert.ok(Buffer.from(text, "latin1").equals(module) && text.length === module.length, name);
  }
});

test("files are found however a module names them, and each once", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "scopewise-size-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const modules = {
    "index.js": `import init, { a } from "./a.js";\nexport * from './b.js';\nimport "node:fs"; import "other";\n`,
    "a.js": `/* import "./no.js" */\n  // import "./no.js"\nconst at = new URL("x.wasm", import.meta.url);`,
    "b.js": `import "./index.js"; import"./c.js"; await import("./d.js"); const text = "from ./no.js";`,
    "c.js": `import {\n  a,\n  b,\n} from "./a.js";`,
    "d.js": `const other = new URL("https://example.com/no.js", import.meta.url);`,
    "x.wasm": "import './no.js'",
  };
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(folder, name), text);
  assert.deepEqual(fetchedBy("index.js", folder), ["a.js", "b.js", "c.js", "d.js", "index.js", "x.wasm"]);
});

test("a file that is named and missing is a fault", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "scopewise-size-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "index.js"), `import "./missing.js";`);
  assert.throws(() => fetchedBy("index.js", folder), /missing\.js/);
});
