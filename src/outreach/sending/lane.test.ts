import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOUR, MINUTE } from "../../kernel/time.ts";
import type { OutboxRow } from "../message.ts";
import { betterLane, LANES, laneOf, laneOfWrite, raised, releaseAt } from "./lane.ts";

const NINE = Date.UTC(2026, 10, 19, 14);
const row = (more: Partial<OutboxRow> = {}): OutboxRow => ({
  ...{ id: "m1", location: "loc", lead: "lead1", kind: "message", lane: "bulk", priority: 50, channels: ["sms"] },
  ...{ place: 0, state: "held", attempt: 0, resent: 0, lookups: 0, provider: {}, createdAt: NINE - HOUR, body: {} },
  ...more,
});
const leads = fc.string({ minLength: 1, maxLength: 30 });

describe("the lane of what a step asks for", () => {
  test("is bulk where nothing of the lead prompted it, whatever is an answer or urgent aside", () => {
    expect(laneOf({ purpose: "marketing", urgent: false }, true)).toBe("normal");
    expect(laneOf({ purpose: "marketing", urgent: false }, false)).toBe("bulk");
    for (const prompted of [true, false]) {
      expect(laneOf({ purpose: "marketing", urgent: true }, prompted)).toBe("urgent");
      expect(laneOf({ purpose: "reply", urgent: true }, prompted)).toBe("reply");
    }
    expect([laneOfWrite(true), laneOfWrite(false)]).toEqual(["normal", "bulk"]);
  });

  test("only gets better", () => {
    fc.assert(
      fc.property(fc.constantFrom(...LANES), fc.constantFrom(...LANES), (one, other) => {
        const better = betterLane(one, other);
        expect(LANES.indexOf(better)).toBe(Math.min(LANES.indexOf(one), LANES.indexOf(other)));
      }),
    );
    expect(raised(row()).lane).toBe("normal");
    expect(raised(row({ kind: "tag", state: "queued" })).lane).toBe("normal");
    for (const kept of [row({ lane: "urgent" }), row({ state: "queued" }), row({ state: "sending" })])
      expect(raised(kept)).toBe(kept);
  });
});

describe("rows that waited for hours to open", () => {
  test("are let go by their lead's own place: in the first minutes, before hours close and before their hold is over", () => {
    fc.assert(
      fc.property(
        leads,
        fc.integer({ min: 1, max: 12 * HOUR }),
        fc.integer({ min: 1, max: HOUR }),
        (lead, open, hold) => {
          const waits = row({ lead, holdUntil: NINE + hold });
          const at = releaseAt(waits, NINE, NINE + open);
          expect(at).toBeGreaterThanOrEqual(NINE);
          expect(at).toBeLessThan(NINE + Math.min(open, hold, 10 * MINUTE));
          expect(releaseAt({ ...waits, id: "another" }, NINE, NINE + open)).toBe(at);
        },
      ),
    );
  });

  test("are spread: of a thousand no minute of the ten has twice its share", () => {
    const minutes = Array.from({ length: 1_000 }, (_, n) =>
      Math.floor((releaseAt(row({ lead: `lead${n}` }), NINE, NINE + HOUR) - NINE) / MINUTE),
    );
    for (let minute = 0; minute < 10; minute += 1)
      expect(minutes.filter((one) => one === minute).length).toBeLessThan(200);
  });

  test("go at the opening itself when an event prompted them, when they wait for something else, or have no time left", () => {
    for (const lane of LANES.filter((one) => one !== "bulk"))
      expect(releaseAt(row({ lane }), NINE, NINE + HOUR)).toBe(NINE);
    expect(releaseAt(row(), NINE, undefined)).toBe(NINE);
    expect(releaseAt(row({ holdUntil: NINE }), NINE, NINE + HOUR)).toBe(NINE);
  });
});
