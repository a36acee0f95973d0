// What a lead's figures cost in memory: folding one event into its tally, and reading one row of the chance's columns.
// Prints microseconds with the machine they were measured on.
//
//   npx rolldown bench/features.ts --platform node --dir .cache/bench && node .cache/bench/features.js

import { availableParallelism, cpus, loadavg } from "node:os";
import { bench, do_not_optimize, run } from "mitata";
import { HOUR } from "../src/kernel/time.ts";
import { columnsFor, NOTHING_SEEN, observeTally, openRows } from "../src/scoring/index.ts";
import { happened } from "../test/player.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const types = ["property_view", "website_visit", "message.sent", "message.received", "email.clicked", "page.left"];
const events = Array.from({ length: 600 }, (_, n) =>
  happened(types[n % types.length] as string, noon + n * 5 * HOUR, {
    channel: n % 2 === 0 ? "sms" : "email",
    property: { id: `home-${n % 9}`, price: 300_000 + (n % 11) * 10_000 },
    seconds: n % 80,
  }),
);
const tally = events.reduce((held, event) => observeTally(held, event), NOTHING_SEEN);
const now = noon + 600 * 5 * HOUR + HOUR;
const columns = columnsFor("score");
const read = openRows(columns);

console.log(
  `${cpus()[0]?.model}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}; ${columns.length} columns, tally of ${JSON.stringify(tally).length} bytes`,
);

let place = 0;
bench("observe: one event into a tally that has seen 600", () => {
  const event = events[place++ % events.length];
  return do_not_optimize(observeTally(tally, event as (typeof events)[number]));
});
bench("rowAt: one row", () => do_not_optimize(read(tally, now)));
await run({ colors: false });
