// `npm run bench:scoring [sets splits speed million select]`: builds the bench of learning, then runs it.
import { spawnSync } from "node:child_process";
import { build } from "rolldown";

await build({
  input: { scoring: "bench/scoring.ts", "scoring-million": "bench/scoring-million.ts" },
  platform: "node",
  external: (id) => !id.startsWith(".") && !id.startsWith("/"),
  logLevel: "warn",
  output: { dir: ".cache/bench", format: "esm", entryFileNames: "[name].js", chunkFileNames: "scoring-[name].js" },
});
const { status } = spawnSync(process.execPath, [".cache/bench/scoring.js", ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exit(status ?? 1);
