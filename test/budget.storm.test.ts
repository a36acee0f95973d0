// Many locations at full load through two sender processes, judged at the provider. That no location ever asks more
// than it may is judged on any machine; how much of it is used, and how soon a reply leaves, only where there was a
// processor to do it with. BUDGET_LOCATIONS and BUDGET_SECONDS: smaller or longer runs.

import { beforeAll, describe, expect, test } from "vitest";
import { mostWithin, shareUsed } from "./budget/judge.ts";
import { type Found, runBudget } from "./budget/rig.ts";
import { databasePerFile } from "./database.ts";

const LOCATIONS = Number(process.env["BUDGET_LOCATIONS"] ?? 20);
const SECONDS = Number(process.env["BUDGET_SECONDS"] ?? 60);
/** A timer later than this in the middle: other work has the processors. */
const STARVED_MS = 4;

const db = databasePerFile();
let found: Found;

beforeAll(async () => {
  found = await runBudget({
    databaseUrl: db.url,
    locations: LOCATIONS,
    senders: 2,
    warmUpMs: 12_000,
    measuredMs: SECONDS * 1_000,
    replyEveryMs: Math.max(50, 5_000 / LOCATIONS),
  });
  process.stdout.write(`budget: ${JSON.stringify({ locations: LOCATIONS, ...found })}\n`);
}, 300_000);

describe(`${LOCATIONS} locations with a mass wake each, through two senders`, () => {
  test("never make more than 100 requests in any ten seconds at the provider, each", () => {
    expect(found.most).toBeGreaterThan(0);
    expect(found.most).toBeLessThanOrEqual(100);
    expect(found.turnedAway).toBe(0);
  });

  test("use at least nine tenths of the lawful rate, each", ({ skip }) => {
    if (found.lateness > STARVED_MS) skip(`no processor: timers are ${found.lateness.toFixed(1)} ms late`);
    expect(found.leastShare).toBeGreaterThanOrEqual(0.9);
  });

  test("let a reply overtake the mass wake within a second", ({ skip }) => {
    if (found.lateness > STARVED_MS) skip(`no processor: timers are ${found.lateness.toFixed(1)} ms late`);
    expect(found.replies.arrived).toBe(found.replies.asked);
    // a stall of the whole machine is nobody's doing
    expect(found.replies.p99).toBeLessThan(1_000 + found.stall);
  });
});

describe("the judge", () => {
  test("counts the most of any ten seconds, both ends alike", () => {
    const burst = Array.from({ length: 100 }, (_, n) => n * 50);
    expect(mostWithin([...burst, 9_999], 10_000)).toBe(101);
    expect(mostWithin([...burst, 10_000], 10_000)).toBe(100);
  });

  test("takes the lawful rate for the whole of the measured time", () => {
    const steady = Array.from({ length: 93 }, (_, n) => n * 107);
    expect(shareUsed(steady, [0, 10_000], { max: 100, windowMs: 10_000 })).toBeCloseTo(0.93);
  });
});
