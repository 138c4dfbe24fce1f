// An app's folder in which the package and those that its bindings are for are installed, by links.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const installed = fileURLToPath(new URL("node_modules", import.meta.url));
const pkg = fileURLToPath(new URL("../pkg", import.meta.url));

/** Makes one for a test, after which it goes. What runs there has to keep links as they are. */
export function appFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), "scopewise-app-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  const names = readdirSync(installed).filter((name) => !name.startsWith("."));
  for (const name of names) symlinkSync(join(installed, name), join(modules, name), "junction");
  symlinkSync(pkg, join(modules, "scopewise"), "junction");
  return folder;
}
