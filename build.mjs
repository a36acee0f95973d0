// Builds what `bin`, worker threads and browsers run: dist/latchkey.js, dist/training.js, dist/simulator.js, dist/dashboard/, dist/track.js.
// A target is rebuilt when a source is newer than it; `--force` rebuilds all.

import { chmodSync, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));

/** Newest modification time (ms) below the paths. */
function newest(paths) {
  let latest = 0;
  for (const path of paths) {
    if (!existsSync(path)) continue;
    const stat = statSync(path);
    if (stat.isDirectory()) {
      const inside = readdirSync(path)
        .filter((name) => name !== "node_modules" && !name.startsWith("."))
        .map((name) => join(path, name));
      latest = Math.max(latest, newest(inside));
    } else latest = Math.max(latest, stat.mtimeMs);
  }
  return latest;
}

const isStale = (target, sources) =>
  !existsSync(join(root, target)) ||
  statSync(join(root, target)).mtimeMs <
    newest([...sources, "package.json", "package-lock.json", "build.mjs"].map((path) => join(root, path)));

async function bundle() {
  const { build } = await import("rolldown");
  await build({
    cwd: root,
    input: {
      latchkey: "src/cli.ts",
      training: "src/app/training.ts",
      simulator: "simulator/main.ts",
      simulate: "simulator/simulate.ts",
    },
    platform: "node",
    external: (id) => !id.startsWith(".") && !id.startsWith("/"),
    logLevel: "warn",
    output: {
      dir: "dist",
      format: "esm",
      sourcemap: true,
      entryFileNames: "[name].js",
      chunkFileNames: "[name]-[hash].js",
      banner: (chunk) => (chunk.isEntry ? "#!/usr/bin/env node" : ""),
    },
  });
  // npx makes it executable once, where it links it, and not again after a new build or a new clone in the same place.
  chmodSync(join(root, "dist/latchkey.js"), 0o755);
}

async function pages() {
  const { build } = await import("vite");
  await build({
    root: join(root, "dashboard"),
    configFile: join(root, "dashboard/vite.config.ts"),
    build: { outDir: join(root, "dist/dashboard") },
    logLevel: "warn",
  });
}

/** What `GET /track.js` serves: one small file for pages that are not ours. */
export async function buildTracker(file) {
  const { build } = await import("rolldown");
  await build({
    cwd: root,
    input: "tracker/track.ts",
    platform: "browser",
    transform: { target: "es2020" },
    logLevel: "warn",
    output: { file, format: "iife", minify: true },
  });
}

export async function buildStale({ force = false } = {}) {
  if (force || isStale("dist/latchkey.js", ["src", "simulator"])) await bundle();
  if (force || isStale("dist/dashboard/index.html", ["dashboard"])) await pages();
  if (force || isStale("dist/track.js", ["tracker"])) await buildTracker("dist/track.js");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildStale({ force: process.argv.includes("--force") });
}
