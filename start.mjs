// `npm start`: rebuilds what is stale, then runs Latchkey in this process, so that signals reach it.
import { buildStale } from "./build.mjs";

await buildStale();
process.argv.splice(2, 0, "start");
await import("./dist/latchkey.js");
