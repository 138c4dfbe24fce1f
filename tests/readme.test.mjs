// The README of the package as a newcomer follows it: every piece of code in it is run, and says what stands beside it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { launch } from "./chromium.mjs";
import { appFolder } from "./install.mjs";

const artifacts = fileURLToPath(new URL("artifacts/", import.meta.url));
const readme = readFileSync(new URL("../pkg/README.md", import.meta.url), "utf8");
const files = new Map([...readme.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, kind, code]) => [nameOf(kind, code), code]));
const why = "You need the permission stack:delete here. No role, team or grant gives it to you.";
const folder = appFolder({ after });
let browser;

before(async () => {
  for (const [name, code] of files) if (name !== "sh") writeFileSync(join(folder, name), code);
  browser = await launch();
});
after(() => browser?.close());

test("every piece of code is one that is tried here", () => {
  const tried = ["sh", "acme.json", "ask.mjs", "permissions.mjs", "page.html", "page.js", "stack.jsx", "catalog.mjs"];
  assert.deepEqual([...files.keys()], tried);
});

for (const name of ["ask.mjs", "catalog.mjs"]) {
  test(`${name} says what stands beside it`, () => {
    let count = 0;
    const checked = files.get(name).replaceAll(/^(?!const|import|\/)(.+?);\s+\/\/ (.+)$/gm, (_, asked, told) => {
      count += 1;
      return `assert.deepEqual(${asked}, ${told});`;
    });
    assert.ok(count >= 3, checked);
    writeFileSync(join(folder, name), `import assert from "node:assert/strict";\n${checked}`);
    execFileSync(process.execPath, [name], { cwd: folder, encoding: "utf8" });
  });
}

test("the page shows a button that cannot be pressed, and why", async () => {
  const { permissionsOf } = await inFolder("permissions.mjs");
  assert.throws(() => permissionsOf("nobody"), /`user:nobody` is nobody/);
  await bundle({ entryPoints: [join(folder, "page.js")], outfile: join(folder, "served.js"), format: "esm" });
  const answers = {
    "/": ["text/html", files.get("page.html")],
    "/page.js": ["text/javascript", readFileSync(join(folder, "served.js"))],
    "/permissions": ["application/octet-stream", permissionsOf("bob")],
  };
  await serving(answers, async (address) => {
    const page = await browser.newPage({ viewport: { width: 720, height: 80 } });
    const faults = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    await page.goto(address);
    await page.getByText(why).waitFor();
    const button = page.getByRole("button", { name: "Delete" });
    assert.deepEqual([await button.isDisabled(), await button.isVisible(), faults], [true, true, []]);
    mkdirSync(artifacts, { recursive: true });
    await page.screenshot({ path: join(artifacts, "readme.png") });
    await page.close();
  });
});

test("the component renders the same", async () => {
  const rendered = `
    import { createElement } from "react";
    import { renderToStaticMarkup } from "react-dom/server";
    import { Organization } from "scopewise";
    import { createStore } from "scopewise/store";
    import { App } from "./stack.jsx";
    import { permissionsOf } from "./permissions.mjs";
    const store = createStore(Organization.open(permissionsOf("bob")).principal());
    export const html = renderToStaticMarkup(createElement(App, { store }));`;
  const made = { stdin: { contents: rendered, resolveDir: folder }, outfile: join(folder, "rendered.cjs") };
  await bundle({ ...made, platform: "node", format: "cjs", jsx: "automatic" });
  const { default: { html } } = await inFolder("rendered.cjs");
  assert.equal(html, `<button disabled="" title="${why}">Delete</button>`);
});

/** The file that a piece of code is: a comment at its top says so. */
function nameOf(kind, code) {
  const [, name] = /^(?:\/\/|<!--) (\S+)/.exec(code) ?? [];
  return name ?? (kind === "json" ? "acme.json" : kind);
}

const bundle = (made) => build({ ...made, bundle: true, preserveSymlinks: true, logLevel: "error" });

/** Imports a file of the folder, from which its relative names are read. */
async function inFolder(name) {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await import(pathToFileURL(join(folder, name)));
  } finally {
    process.chdir(before);
  }
}

async function serving(answers, use) {
  const server = createServer(({ url }, response) => {
    const [type, body] = answers[url] ?? [];
    response.writeHead(body === undefined ? 404 : 200, { "content-type": type ?? "text/plain" }).end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    await use(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
