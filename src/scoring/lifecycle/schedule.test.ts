import { describe, expect, test } from "vitest";
import { DAY, HOUR } from "../../kernel/time.ts";
import { counts, isDue } from "./schedule.ts";

const now = Date.UTC(2026, 2, 9);
const ago = (days: number) => ({ askedAt: now - days * DAY });

describe("a location trains by itself", () => {
  test("where it never has, and then once a week", () => {
    expect(isDue({ now, since: 0, taught: 0 })).toBe(true);
    expect(isDue({ now, last: ago(7), since: 0, taught: 40 })).toBe(true);
    expect(isDue({ now, last: ago(6.9), since: 0, taught: 40 })).toBe(false);
  });

  test("sooner where 50 outcomes have come, and a fifth of what taught the model; never twice in a day", () => {
    expect(isDue({ now, last: ago(1), since: 50, taught: 40 })).toBe(true);
    expect(isDue({ now, last: ago(1), since: 49, taught: 40 })).toBe(false);
    expect(isDue({ now, last: ago(1), since: 50, taught: 1_000 })).toBe(false);
    expect(isDue({ now, last: ago(1), since: 200, taught: 1_000 })).toBe(true);
    expect(isDue({ now, last: { askedAt: now - 23 * HOUR }, since: 5_000, taught: 40 })).toBe(false);
  });

  test("as if it had not where the last one was cancelled or died", () => {
    const one = {
      id: "t",
      kind: "chance",
      askedBy: "Ada",
      askedAt: now,
      aliveAt: now,
      progress: { phase: "reading" },
    } as const;
    const ended = (outcome: "trained" | "too_little" | "same" | "cancelled" | "failed" | "died") =>
      counts({ ...one, endedAt: now, outcome });
    expect(counts(one)).toBe(false);
    expect([ended("cancelled"), ended("died")]).toEqual([false, false]);
    expect([ended("trained"), ended("too_little"), ended("same"), ended("failed")]).toEqual([true, true, true, true]);
  });
});
