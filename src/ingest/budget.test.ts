import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bucket, take } from "./budget.ts";

const limits = { perSecond: 10, burst: 20 };

describe("a location's ingest budget", () => {
  test("lets a burst through, then says how long to wait", () => {
    const burst = take(undefined, 20, 0, limits);
    expect(burst.wait).toBe(0);
    expect(take(burst.bucket, 5, 100, limits).wait).toBe(400);
    expect(take(burst.bucket, 5, 500, limits).wait).toBe(0);
  });

  test("takes nothing for a refusal", () => {
    const empty = take(undefined, 20, 0, limits).bucket;
    const refused = take(empty, 5, 0, limits).bucket;
    expect(take(refused, 5, 500, limits).wait).toBe(0);
  });

  test("lets a batch larger than the burst go when it is full", () => {
    const large = take(undefined, 50, 0, limits);
    expect(large.wait).toBe(0);
    expect(take(large.bucket, 1, 3000, limits).wait).toBeGreaterThan(0);
  });

  test("never grants more than burst plus rate, however it is asked", () => {
    const asks = fc.array(fc.record({ after: fc.nat(2000), cost: fc.integer({ min: 1, max: 20 }) }), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(asks, (list) => {
        let bucket: Bucket | undefined;
        let [now, granted] = [0, 0];
        for (const { after, cost } of list) {
          now += after;
          const taken = take(bucket, cost, now, limits);
          bucket = taken.bucket;
          if (taken.wait === 0) granted += cost;
          expect(granted).toBeLessThanOrEqual(limits.burst + (now * limits.perSecond) / 1000 + 1e-6);
        }
      }),
      { seed: Number(process.env["SEED"] ?? Date.now()) },
    );
  });
});
