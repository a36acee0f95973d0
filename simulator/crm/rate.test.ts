import { describe, expect, test } from "vitest";
import { openRateWindow } from "./rate.ts";

const NOON = Date.UTC(2026, 2, 2, 12);

describe("the budget of a location", () => {
  const window = () => openRateWindow({ max: 3, intervalMs: 1_000, dailyMax: 5 });

  test("grants the limit within any interval, and one more as soon as the oldest is that old", () => {
    const rate = window();
    expect([0, 400, 800].map((ms) => rate.take(NOON + ms).ok)).toEqual([true, true, true]);
    expect(rate.take(NOON + 999)).toEqual({ ok: false, reason: "burst" });
    expect(rate.take(NOON + 1_000).ok).toBe(true);
    expect(rate.take(NOON + 1_399)).toEqual({ ok: false, reason: "burst" });
    expect(rate.headers(NOON + 1_400)).toMatchObject({
      "X-RateLimit-Remaining": "1",
      "X-RateLimit-Daily-Remaining": "1",
    });
  });

  test("ends with the day's last request and begins anew at midnight UTC", () => {
    const rate = window();
    for (let n = 0; n < 5; n += 1) expect(rate.take(NOON + n * 2_000).ok).toBe(true);
    expect(rate.take(NOON + 20_000)).toEqual({ ok: false, reason: "daily" });
    expect(rate.take(NOON + 12 * 3_600_000).ok).toBe(true);
  });
});
