// Workers in the real `workerd`, bundled as Cloudflare's own tool does it: by esbuild, with wasm beside as files.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const bundled = {
  outExtension: { ".js": ".mjs" },
  bundle: true,
  format: "esm",
  conditions: ["workerd", "worker", "browser"],
  loader: { ".wasm": "copy" },
  logLevel: "warning",
};

/** Bundles `worker.mjs` of a folder into `dist` there, and gives the modules for Miniflare. */
export async function workerOf(folder) {
  const dist = join(folder, "dist");
  await build({ entryPoints: [join(folder, "worker.mjs")], outdir: dist, ...bundled });
  const kind = (file) => (file.endsWith(".wasm") ? "CompiledWasm" : "ESModule");
  const files = readdirSync(dist).sort((one, other) => Number(other === "worker.mjs") - Number(one === "worker.mjs"));
  return { modulesRoot: dist, modules: files.map((file) => ({ type: kind(file), path: join(dist, file) })) };
}

/** Starts Workers; whoever starts them disposes of them. */
export async function startWorkers(options) {
  const { Miniflare } = await import("miniflare");
  return new Miniflare({ compatibilityDate: "2024-09-23", cf: false, ...options });
}
