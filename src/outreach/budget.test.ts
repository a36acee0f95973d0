import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOUR, type Instant } from "../kernel/time.ts";
import { type Ask, fullWindow, note, type RateWindow, take } from "./budget.ts";
import type { Lane } from "./message.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const many = (lane: Lane, count: number): Ask[] => Array.from({ length: count }, () => ({ lane, n: 1 }));
const one = (lane: Lane): Ask[] => many(lane, 1);
const granted = (taken: ReturnType<typeof take>) => taken.granted.filter(Boolean).length;

/** Plays arrivals as a sender would: what is refused asks again, the urgent first. Answers the instants granted. */
function play(
  arrivals: readonly (readonly [wait: number, lane: Lane, count: number])[],
  window: RateWindow,
): Instant[] {
  const sent: Instant[] = [];
  let now = noon;
  let backlog: Ask[] = [];
  const ask = () => {
    const taken = take(window, backlog, now);
    window = taken.window;
    sent.push(...taken.granted.filter(Boolean).map(() => now));
    backlog = backlog.filter((_, i) => !taken.granted[i]);
    return taken.retryAt;
  };
  for (const [wait, lane, count] of arrivals) {
    const until = now + wait;
    for (let next = ask(); next !== undefined && next <= until; next = ask()) now = next;
    now = until;
    backlog = [...backlog, ...many(lane, count)].toSorted((a, b) => LANES.indexOf(a.lane) - LANES.indexOf(b.lane));
  }
  for (let next = ask(); next !== undefined; next = ask()) now = next;
  return sent;
}
const LANES: Lane[] = ["reply", "urgent", "normal", "bulk"];

function worst(sent: readonly Instant[], length: number): number {
  let [most, from] = [0, 0];
  for (let to = 0; to < sent.length; to += 1) {
    while (sent[to]! - sent[from]! >= length) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

const arrivals = fc.array(fc.tuple(fc.nat({ max: 12_000 }), fc.constantFrom(...LANES), fc.nat({ max: 150 })), {
  maxLength: 20,
});

describe("the rate budget", () => {
  test("lets no more than 98 requests leave in any 10.1 seconds, whatever arrives", () => {
    fc.assert(
      fc.property(arrivals, (input) => {
        const sent = play(input, fullWindow(noon));
        expect(worst(sent, 10_100)).toBeLessThanOrEqual(98);
        expect(worst(sent, 10_000)).toBeLessThanOrEqual(100);
      }),
      { numRuns: 60 },
    );
  });

  test("keeps at least four places of the window for answers", () => {
    const { window } = take(fullWindow(noon), many("normal", 200), noon);
    expect(granted(take(window, many("normal", 1), noon))).toBe(0);
    expect(granted(take(window, many("reply", 10), noon))).toBe(4);
  });

  test("spreads bulk at least 100 ms apart, so that a burst never blocks the next ten seconds", () => {
    const sent = play([[0, "bulk", 50]], fullWindow(noon));
    const gaps = sent.slice(1).map((at, i) => at - sent[i]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
  });

  test.each(["normal", "bulk"] as const)(
    "uses more than nine tenths of the lawful rate under a backlog of %s",
    (lane) => {
      const sent = play([[0, lane, 1_000]], fullWindow(noon));
      expect(sent).toHaveLength(1_000);
      const seconds = (sent.at(-1)! - sent[0]!) / 1000;
      expect(1_000 / seconds).toBeGreaterThan(9);
    },
  );

  test("says when to ask again, and is right", () => {
    const first = take(fullWindow(noon), many("reply", 99), noon);
    expect(first.retryAt).toBe(noon + 10_100);
    expect(granted(take(first.window, one("reply"), noon + 10_099))).toBe(0);
    expect(granted(take(first.window, one("reply"), noon + 10_100))).toBe(1);
  });

  test("follows the provider's own maximum and interval, up and down, in the same shares", () => {
    const lifted = note(fullWindow(noon), { sentAt: noon, max: 1_000, intervalMs: 10_000 });
    expect(granted(take(lifted, many("reply", 2_000), noon))).toBe(980);
    const lowered = note(fullWindow(noon), { sentAt: noon, max: 10, intervalMs: 10_000 });
    expect(granted(take(lowered, many("reply", 20), noon))).toBe(9);
    expect(granted(take(lowered, many("bulk", 20), noon))).toBe(1);
  });

  test("remembers little however high the provider's limit is, and lets no more through than that", () => {
    let window = note(fullWindow(noon), { sentAt: noon - 1, max: 5_000 });
    const sent: Instant[] = [];
    let longest = 0;
    for (let now = noon; now < noon + 25_000; now += 1) {
      const taken = take(window, many("normal", 3), now);
      window = taken.window;
      longest = Math.max(longest, window.grants.length);
      for (const one of taken.granted) if (one) sent.push(now);
    }
    expect(longest).toBeLessThan(256);
    expect(worst(sent, 10_100)).toBeLessThanOrEqual(4_900);
    // a tenth of a second late at most, each time the window is full
    expect(sent.length).toBeGreaterThan(4_700 * 2);
  });

  test("believes the provider when it says that less remains than we think", () => {
    const told = note(fullWindow(noon), { sentAt: noon, remaining: 3 });
    const { window, retryAt, ...taken } = take(told, many("reply", 10), noon + 1);
    expect(taken.granted.filter(Boolean)).toHaveLength(3);
    expect(granted(take(window, one("reply"), retryAt!))).toBe(1);
  });

  test("does not believe an older answer over a newer one", () => {
    const told = note(note(fullWindow(noon), { sentAt: noon + 5, remaining: 50 }), { sentAt: noon, remaining: 0 });
    expect(granted(take(told, many("reply", 10), noon + 6))).toBe(10);
  });

  test("stops at the day's limit until the next UTC day", () => {
    const late = Date.UTC(2026, 2, 2, 23, 30);
    const taken = take({ ...fullWindow(late), dayCount: 199_999 }, many("reply", 2), late);
    expect(granted(taken)).toBe(1);
    expect(taken.retryAt).toBe(Date.UTC(2026, 2, 3));
    expect(granted(take(taken.window, one("reply"), taken.retryAt! - 1))).toBe(0);
    expect(granted(take(taken.window, many("reply", 9), taken.retryAt!))).toBe(9);
  });

  test("asks once an hour whether a spent day has begun anew, and believes the answer", () => {
    let { window } = take({ ...fullWindow(noon), dayCount: 199_999 }, one("reply"), noon);
    for (let hour = 1; hour <= 3; hour += 1) {
      const at = noon + hour * HOUR;
      expect(granted(take(window, many("reply", 5), at - 1))).toBe(0);
      const asked = take(window, many("reply", 5), at);
      expect(granted(asked)).toBe(1);
      window = note(asked.window, { sentAt: at, daily: 200_000, dailyRemaining: 0 });
    }
    const told = note(window, { sentAt: noon + 3 * HOUR + 5, daily: 200_000, dailyRemaining: 180_000 });
    expect(told.dayCount).toBe(20_000);
    expect(granted(take(told, many("reply", 5), noon + 3 * HOUR + 6))).toBe(5);
  });

  test("stops when the provider says that the day is spent, though our own count does not", () => {
    const { window } = take(fullWindow(noon), one("reply"), noon);
    const told = note(window, { sentAt: noon, daily: 200_000, dailyRemaining: 0 });
    const taken = take(told, one("reply"), noon + 1);
    expect(taken).toMatchObject({ granted: [false], retryAt: noon + HOUR });
  });

  test("counts what has left since the answer that says what remains of the day", () => {
    const { window } = take(fullWindow(noon), many("reply", 4), noon + 10);
    expect(note(window, { sentAt: noon, daily: 10_000, dailyRemaining: 9_000 }).dayCount).toBe(1_004);
    const newer = note(window, { sentAt: noon + 10, daily: 10_000, dailyRemaining: 8_996 });
    expect(note(newer, { sentAt: noon + 9, dailyRemaining: 9_000 }).dayCount).toBe(1_004);
  });

  test("lets what belongs together leave together or not at all", () => {
    const { window } = take(fullWindow(noon), [{ lane: "normal", n: 93 }], noon);
    expect(take(window, [{ lane: "normal", n: 2 }, ...one("normal")], noon).granted).toEqual([false, true]);
    expect(take(window, [{ lane: "bulk", n: 0 }], noon)).toMatchObject({ granted: [true] });
  });

  test("grants nothing more because a clock stepped back", () => {
    const { window } = take(fullWindow(noon), many("reply", 98), noon);
    expect(granted(take(window, many("reply", 10), noon - 60_000))).toBe(0);
  });
});
