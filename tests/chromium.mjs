// Chromium for the tests: `cargo xtask` says where it is.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const quiet = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts it, and with what more it is told. */
export function launch(...more) {
  const executablePath = process.env.SCOPEWISE_CHROMIUM;
  assert.ok(executablePath, "SCOPEWISE_CHROMIUM is not set: run `cargo xtask test --only package`");
  return chromium.launch({ executablePath, args: [...quiet, ...more] });
}
