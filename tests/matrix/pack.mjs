// The package as npm publishes it, installed beside copies of the apps.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const pkg = fileURLToPath(new URL("../../pkg/", import.meta.url));
const apps = fileURLToPath(new URL("apps/", import.meta.url));

/** Where the apps are built and run. It stays until the next time, to be looked at. */
export const work = fileURLToPath(new URL("work/", import.meta.url));

/** Packs the package into the folder, and says where the tarball is and what is in it. */
export function pack(folder) {
  mkdirSync(folder, { recursive: true });
  const pack = ["pack", "--json", "--ignore-scripts", "--offline", "--pack-destination", folder, pkg];
  const [{ filename, files }] = JSON.parse(execFileSync("npm", pack, { encoding: "utf8", stdio: "pipe" }));
  return { tarball: join(folder, filename), files: files.map((file) => file.path).sort() };
}

/** Lays the apps out anew, with what is in the tarball in their `node_modules`. */
export function layOut() {
  rmSync(work, { recursive: true, force: true });
  cpSync(apps, work, { recursive: true });
  unpack(pack(work).tarball, join(work, "node_modules"));
}

/** Puts the package into a `node_modules` as an installation would. */
export function unpack(tarball, modules) {
  rmSync(join(modules, "scopewise"), { recursive: true, force: true });
  mkdirSync(modules, { recursive: true });
  execFileSync("tar", ["-xf", tarball, "-C", modules]);
  renameSync(join(modules, "package"), join(modules, "scopewise"));
}
