// Pages: a server on the loopback address with a strict policy, and the browsers that open them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";
import { work } from "./pack.mjs";
import { start } from "./programs.mjs";

/** All that a page has to allow, beside the empty icons of ours. */
export const POLICY = "default-src 'none'; img-src data:; script-src 'self' 'wasm-unsafe-eval'";

/** The same for a page that fetches something itself. */
export const FETCHING = `${POLICY}; connect-src 'self'`;

const KINDS = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const PATIENCE = 30_000;
const QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];

/** Serves a folder of the apps to `use`, which gets its address. */
export async function serving(folder, use, policy = POLICY) {
  const server = createServer((request, response) => answer(join(work, folder), policy, request, response));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  try {
    return await use(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function answer(root, policy, request, response) {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
  const file = await readFile(join(root, path)).catch(() => undefined);
  const headers = { "content-type": KINDS[extname(path)] ?? "text/plain", "content-security-policy": policy };
  response.writeHead(file === undefined ? 404 : 200, headers).end(file);
}

/** What a page shows in Chromium. Whatever goes wrong on it, and whatever it asks of another server, is a fault. */
export function inChromium(address, shown = (page) => textOf(page, "#answers")) {
  return withChromium(async (page) => {
    const faults = [];
    page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("request", (request) => isFrom(request.url(), address) || faults.push(`${request.url()} was asked for`));
    await page.goto(address);
    const given = await shown(page).catch((error) => assert.fail([...faults, error.message].join("\n")));
    assert.deepEqual(faults, []);
    return given;
  });
}

/** The text of an element, once it has one. */
export async function textOf(page, selector) {
  await page.locator(`${selector}:not(:empty)`).waitFor({ timeout: PATIENCE });
  return page.locator(selector).textContent();
}

const isFrom = (url, address) => url.startsWith("data:") || new URL(url).origin === new URL(address).origin;

async function withChromium(use) {
  const browser = await chromium.launch({ executablePath: process.env.SCOPEWISE_CHROMIUM, args: QUIET });
  try {
    return await use(await browser.newPage());
  } finally {
    await browser.close();
  }
}

/** What a page shows in Firefox, asked by its driver. */
export async function inFirefox(address) {
  const { SCOPEWISE_FIREFOX: binary, SCOPEWISE_GECKODRIVER: driver } = process.env;
  const { match, stop } = await start(".", /Listening on (\S+)/, driver, "--port=0", "--websocket-port=0");
  const ask = (path, body) => asked(`http://${match[1]}/session${path}`, body);
  try {
    const firefox = { binary, args: ["-headless"] };
    const { sessionId } = await ask("", { capabilities: { alwaysMatch: { "moz:firefoxOptions": firefox } } });
    try {
      await ask(`/${sessionId}/url`, { url: address });
      return await shownIn((script) => ask(`/${sessionId}/execute/sync`, { script, args: [] }));
    } finally {
      await fetch(`http://${match[1]}/session/${sessionId}`, { method: "DELETE" });
    }
  } finally {
    await stop();
  }
}

async function shownIn(execute) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
    const text = await execute("return document.querySelector('#answers').textContent");
    if (text !== "") return text;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("the page shows no answers");
}

async function asked(url, body) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  const { value } = await response.json();
  assert.ok(response.ok, value?.message);
  return value;
}
