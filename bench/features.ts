// What a lead's figures cost in memory: folding one event into its tally, reading one row of the chance's columns, and
// scoring it whole (row, 150 trees of 16 leaves, shift, standing).
// Prints microseconds with the machine they were measured on.
//
//   npx rolldown bench/features.ts --platform node --dir .cache/bench && node .cache/bench/features.js

import { availableParallelism, cpus, loadavg } from "node:os";
import { bench, do_not_optimize, run } from "mitata";
import { HOUR } from "../src/kernel/time.ts";
import { PLAIN } from "../src/scoring/features/tally.ts";
import { columnsFor, foretellerOf, NOTHING_SEEN, observeTally, openRows } from "../src/scoring/index.ts";
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
const tally = events.reduce((held, event) => observeTally(held, event, PLAIN), NOTHING_SEEN);
const now = noon + 600 * 5 * HOUR + HOUR;
const columns = columnsFor("score");
const read = openRows(columns);

console.log(
  `${cpus()[0]?.model}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}; ${columns.length} columns, tally of ${JSON.stringify(tally).length} bytes`,
);

let place = 0;
bench("observe: one event into a tally that has seen 600", () => {
  const event = events[place++ % events.length];
  return do_not_optimize(observeTally(tally, event as (typeof events)[number], PLAIN));
});
bench("rowAt: one row", () => do_not_optimize(read(tally, now)));

/** A full tree of depth 4 over columns that are all numbers. */
function tree(seed: number) {
  const nodes = Array.from({ length: 31 }, (_, node) => node);
  const inner = (node: number) => node < 15;
  return {
    feature: nodes.map((node) => (inner(node) ? (seed * 7 + node * 5) % columns.length : -1)),
    threshold: nodes.map((node) => ((seed + node) % 9) / 2),
    levels: nodes.map(() => null),
    missingLeft: nodes.map((node) => node % 2 === 0),
    left: nodes.map((node) => (inner(node) ? 2 * node + 1 : 0)),
    right: nodes.map((node) => (inner(node) ? 2 * node + 2 : 0)),
    value: nodes.map((node) => ((seed + node) % 11) / 100 - 0.05),
    cover: nodes.map(() => 1),
  };
}
const numbers = columns.map(({ name }) => ({ name, kind: "number" }) as const);
const teller = foretellerOf({
  id: "bench",
  chance: {
    model: {
      format: 1,
      columns: numbers,
      parts: [
        { weight: 1, part: { kind: "boosted", base: -3, trees: Array.from({ length: 150 }, (_, n) => tree(n)) } },
      ],
      calibration: { kind: "platt", intercept: 0, slope: 1 },
      learned: { rows: 1, positives: 1, seed: 1 },
    },
    quantiles: Array.from({ length: 101 }, (_, percent) => percent / 100),
    location: { logOdds: 0.1, n: 1, k: 1 },
    agents: {},
  },
});
bench("tell: one lead scored", () => do_not_optimize(teller.tell(tally, now)));
bench("explain: why", () => do_not_optimize(teller.explainChance(tally, now)));
await run({ colors: false });
