// `npm run bench [scenario …]`: builds the bench, then runs it. Figures are ratios to a floor of the same run.
import { spawnSync } from "node:child_process";
import { build } from "rolldown";
import { buildStale } from "./build.mjs";

await buildStale();
await build({
  input: {
    run: "bench/run.ts",
    floor: "bench/floor.ts",
    decide: "bench/decide.ts",
    advance: "bench/advance.ts",
    compile: "bench/compile.ts",
    experiments: "bench/experiments.ts",
    town: "bench/town.ts",
    ranking: "bench/ranking.ts",
    "going-cold": "bench/going-cold.ts",
    won: "bench/won.ts",
  },
  platform: "node",
  external: (id) => !id.startsWith(".") && !id.startsWith("/"),
  logLevel: "warn",
  output: { dir: ".cache/bench", format: "esm", entryFileNames: "[name].js" },
});
const { status } = spawnSync(process.execPath, [".cache/bench/run.js", ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(status ?? 1);
