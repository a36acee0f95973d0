// HighLevel's budget of a location: so many requests in any interval, and so many a (UTC) day.

export interface RateWindow {
  /** Takes one request out of the budget, or says which budget is used up. */
  take(now: number): { readonly ok: true } | { readonly ok: false; readonly reason: "burst" | "daily" };
  headers(now: number): Record<string, string>;
}

const DAY_MS = 86_400_000;

/** Exact sliding window: the last `max` grants in a ring. */
export function openRateWindow({
  max,
  intervalMs,
  dailyMax,
}: {
  max: number;
  intervalMs: number;
  dailyMax: number;
}): RateWindow {
  const grants = new Float64Array(max).fill(Number.NEGATIVE_INFINITY);
  let oldest = 0;
  let inWindow = 0;
  let day = 0;
  let today = 0;

  const settle = (now: number) => {
    while (inWindow > 0 && (grants[oldest] ?? 0) <= now - intervalMs) {
      oldest = (oldest + 1) % max;
      inWindow -= 1;
    }
    const current = Math.floor(now / DAY_MS);
    if (current !== day) {
      day = current;
      today = 0;
    }
  };
  return {
    take(now) {
      settle(now);
      if (today >= dailyMax) return { ok: false, reason: "daily" };
      if (inWindow >= max) return { ok: false, reason: "burst" };
      grants[(oldest + inWindow) % max] = now;
      inWindow += 1;
      today += 1;
      return { ok: true };
    },
    headers(now) {
      settle(now);
      return {
        "X-RateLimit-Max": String(max),
        "X-RateLimit-Remaining": String(max - inWindow),
        "X-RateLimit-Interval-Milliseconds": String(intervalMs),
        "X-RateLimit-Limit-Daily": String(dailyMax),
        "X-RateLimit-Daily-Remaining": String(dailyMax - today),
      };
    },
  };
}
