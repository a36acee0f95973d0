import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../../test/seeded.ts";
import { HOUR, type Instant } from "../../kernel/time.ts";
import type { Lane } from "../message.ts";
import { type Ask, fullWindow, note, type RateWindow, roomFor, settle, take } from "./budget.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const many = (lane: Lane, count: number): Ask[] => Array.from({ length: count }, () => ({ lane, n: 1 }));
const one = (lane: Lane): Ask[] => many(lane, 1);
const granted = (taken: ReturnType<typeof take>) => taken.granted.filter((at) => at !== undefined).length;

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
    sent.push(...taken.granted.filter((at) => at !== undefined));
    backlog = backlog.filter((_, i) => taken.granted[i] === undefined);
    return taken.retryAt;
  };
  for (const [wait, lane, count] of arrivals) {
    const until = now + wait;
    for (let next = ask(); next !== undefined && next <= until; next = ask()) now = next;
    now = until;
    backlog = [...backlog, ...many(lane, count)].toSorted((a, b) => LANES.indexOf(a.lane) - LANES.indexOf(b.lane));
  }
  for (let next = ask(); next !== undefined; next = ask()) now = next;
  return sent.toSorted((a, b) => a - b);
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
    expect(granted(take(lowered, many("bulk", 20), noon))).toBe(3); // two seconds ahead, one each second
  });

  test("remembers little however high the provider's limit is, and lets no more through than that", () => {
    let window = note(fullWindow(noon), { sentAt: noon - 1, max: 5_000 });
    const sent: Instant[] = [];
    let longest = 0;
    for (let now = noon; now < noon + 25_000; now += 1) {
      const taken = take(window, many("normal", 3), now);
      window = taken.window;
      longest = Math.max(longest, window.grants.length);
      for (const at of taken.granted) if (at !== undefined) sent.push(at);
    }
    expect(longest).toBeLessThan(256);
    expect(worst(sent, 10_100)).toBeLessThanOrEqual(4_900);
    // a tenth of a second late at most, each time the window is full
    expect(sent.length).toBeGreaterThan(4_700 * 2);
  });

  test("believes the provider when it says that less remains than we think", () => {
    const told = note(fullWindow(noon), { sentAt: noon, remaining: 3 });
    const { window, retryAt, ...taken } = take(told, many("reply", 10), noon + 1);
    expect(granted({ window, ...taken })).toBe(3);
    expect(granted(take(window, one("reply"), retryAt!))).toBe(1);
  });

  test.each([
    ["a limit without end", { max: 1e9 }],
    ["no limit", { max: 0 }],
    ["less than one request", { max: 0.5 }],
    ["a window of nothing", { intervalMs: 1e-9 }],
    ["a window of a moment", { intervalMs: 3 }],
    ["a window of eleven days", { intervalMs: 1e9 }],
    ["a window without end", { intervalMs: 1e300 }],
    ["what is no number", { max: Number.NaN, intervalMs: Number.NaN, daily: Number.NaN }],
  ])("does not believe %s, which cannot be meant", (_, nonsense) => {
    const plain = play([[0, "bulk", 300]], fullWindow(noon));
    expect(play([[0, "bulk", 300]], note(fullWindow(noon), { sentAt: noon, ...nonsense }))).toEqual(plain);
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
    expect(taken).toMatchObject({ granted: [undefined], retryAt: noon + HOUR });
  });

  test("counts what has left since the answer that says what remains of the day", () => {
    const { window } = take(fullWindow(noon), many("reply", 4), noon + 10);
    expect(note(window, { sentAt: noon, daily: 10_000, dailyRemaining: 9_000 }).dayCount).toBe(1_004);
    const newer = note(window, { sentAt: noon + 10, daily: 10_000, dailyRemaining: 8_996 });
    expect(note(newer, { sentAt: noon + 9, dailyRemaining: 9_000 }).dayCount).toBe(1_004);
  });

  test("lets what belongs together leave together or not at all", () => {
    const { window } = take(fullWindow(noon), [{ lane: "normal", n: 93 }], noon);
    expect(take(window, [{ lane: "normal", n: 2 }, ...one("normal")], noon).granted).toEqual([undefined, noon]);
    expect(take(window, [{ lane: "bulk", n: 0 }], noon)).toMatchObject({ granted: [noon] });
  });

  test("holds the place of a request that was answered late for as long as it may have arrived late", () => {
    const { window } = take(fullWindow(noon), many("reply", 98), noon);
    const settled = settle(window, { lane: "reply", n: 3, grantedAt: noon, answeredAt: noon + 4_000 });
    expect(granted(take(settled, many("reply", 98), noon + 10_100))).toBe(95);
    expect(granted(take(settled, many("reply", 98), noon + 14_100))).toBe(98);
    const prompt = settle(window, { lane: "reply", n: 98, grantedAt: noon, answeredAt: noon + 100 });
    expect(granted(take(prompt, many("reply", 98), noon + 10_100))).toBe(98);
  });

  test("leaves what others of the provider's window leave over to answers first", () => {
    const told = note(fullWindow(noon), { sentAt: noon, remaining: 6 });
    expect(granted(take(told, many("bulk", 9), noon + 1))).toBe(2);
    expect(granted(take(told, many("reply", 9), noon + 1))).toBe(6);
    expect(granted(take(told, many("reply", 98), noon + 10_100))).toBe(98);
  });

  test("is not frightened by a provider that counts what we sent", () => {
    let window = fullWindow(noon);
    for (let at = noon; at < noon + 9_400; at += 100) window = take(window, one("bulk"), at).window;
    const told = note(window, { sentAt: noon + 9_300, remaining: 6 });
    expect(granted(take(told, many("reply", 9), noon + 9_400))).toBe(4);
  });

  test("grants bulk two seconds ahead, each at its instant, and no more while half a second lies ahead", () => {
    const first = take(fullWindow(noon), many("bulk", 30), noon);
    const ahead = Array.from({ length: 21 }, (_, step) => noon + step * 100);
    expect(first.granted).toEqual([...ahead, ...Array.from({ length: 9 }, () => undefined)]);
    expect(first.retryAt).toBe(noon + 1_600);
    expect(granted(take(first.window, many("bulk", 30), noon + 1_499))).toBe(0);
    expect(granted(take(first.window, many("bulk", 30), noon + 1_600))).toBe(16);
    expect(granted(take(first.window, many("reply", 100), noon))).toBe(77);
  });

  test("grants whoever waits a place ahead, which mass sends that go on then leave", () => {
    let window = fullWindow(noon);
    let now = noon;
    for (; now < noon + 30_000; now += 1_600) window = take(window, many("bulk", 30), now).window;
    expect(roomFor(window, now, 100).normal).toBe(0);
    const refused = take(window, one("normal"), now);
    const first = take(window, [{ lane: "normal", n: 1, waits: true }], refused.retryAt! - 2_000);
    expect([refused.granted, first.granted]).toEqual([[undefined], [refused.retryAt]]);
    const rest = take(first.window, many("bulk", 30), now + 1_600);
    expect(rest.granted[0]).toBeGreaterThan(refused.retryAt!);
  });

  test("says how many of each lane a batch may hold", () => {
    const { window } = take(fullWindow(noon), many("normal", 90), noon);
    expect(roomFor(window, noon, 100)).toEqual({ reply: 8, urgent: 8, normal: 4, bulk: 4 });
    const { window: full } = take(fullWindow(noon), many("normal", 94), noon);
    expect(roomFor(full, noon + 9_000, 100)).toEqual({ reply: 4, urgent: 4, normal: 0, bulk: 10 });
    expect(roomFor(fullWindow(noon), noon, 100)).toEqual({ reply: 98, urgent: 98, normal: 94, bulk: 21 });
  });

  test("grants nothing more because a clock stepped back", () => {
    const { window } = take(fullWindow(noon), many("reply", 98), noon);
    expect(granted(take(window, many("reply", 10), noon - 60_000))).toBe(0);
  });
});

describe("the rate budget, whatever happens", () => {
  /** One thing after another: time passes or jumps back, answers say something, lanes ask. */
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("ask" as const),
      wait: fc.nat({ max: 4_000 }),
      lane: lanes(),
      n: fc.nat({ max: 60 }),
      waits: fc.boolean(),
    }),
    fc.record({ kind: fc.constant("back" as const), by: fc.nat({ max: 5_000 }) }),
    fc.record({
      kind: fc.constant("told" as const),
      max: fc.constantFrom(20, 50, 100),
      remaining: fc.nat({ max: 100 }),
    }),
  );
  function lanes() {
    return fc.constantFrom(...LANES);
  }

  test("never grants more than the provider's limit in any of its windows, by a clock that steps back, up and down", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let window = fullWindow(noon);
        let [now, truth, max] = [noon, noon, 100];
        // instants of the world, not of the clock that steps
        const sent: Instant[] = [];
        let lowest = 100;
        for (const each of steps) {
          if (each.kind === "back") now -= each.by;
          else if (each.kind === "told") {
            ({ max } = each);
            lowest = Math.min(lowest, max);
            window = note(window, { sentAt: now, max, remaining: Math.min(each.remaining, max) });
          } else {
            [now, truth] = [now + each.wait, truth + each.wait];
            const asks = many(each.lane, each.n).map((ask) => ({ ...ask, waits: each.waits }));
            const taken = take(window, asks, now);
            window = taken.window;
            for (const at of taken.granted) if (at !== undefined) sent.push(truth + Math.max(0, at - now));
          }
        }
        expect(
          worst(
            sent.toSorted((a, b) => a - b),
            10_000,
          ),
        ).toBeLessThanOrEqual(100);
      }),
      { ...seeded, numRuns: 200 },
    );
  });

  test("says of each lane as many as it would grant at once, and not one less", () => {
    const day = fc.option(fc.nat({ max: 120 }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), day, fc.nat({ max: 12_000 }), (steps, dailyRemaining, wait) => {
        let [window, now, max] = [fullWindow(noon), noon, 100];
        for (const each of steps) {
          if (each.kind === "back") now -= each.by;
          else if (each.kind === "told") {
            ({ max } = each);
            window = note(window, { sentAt: now, max, remaining: Math.min(each.remaining, max) });
          } else {
            now += each.wait;
            const asks = many(each.lane, each.n).map((ask) => ({ ...ask, waits: each.waits }));
            ({ window } = take(window, asks, now));
          }
        }
        if (dailyRemaining !== undefined) window = note(window, { sentAt: now, dailyRemaining });
        now += wait;
        const room = roomFor(window, now, 1_000);
        const isGranted = (lane: Lane, n: number) => take(window, [{ lane, n }], now).granted[0] !== undefined;
        for (const [lane, share] of [["reply", 0.98] as const, ["normal", 0.94] as const]) {
          const most = Math.max(1, Math.floor(max * share));
          expect(room[lane]).toBeLessThanOrEqual(most);
          expect(isGranted(lane, room[lane])).toBe(true);
          if (room[lane] < most) expect(isGranted(lane, room[lane] + 1)).toBe(false);
        }
      }),
      { ...seeded, numRuns: 300 },
    );
  });

  test("leaves four places to answers wherever bulk and normal have taken theirs", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 900 }), fc.constantFrom("normal" as const, "bulk" as const)), {
          maxLength: 200,
        }),
        (asks) => {
          let window = fullWindow(noon);
          let now = noon;
          for (const [wait, lane] of asks) {
            now += wait;
            window = take(window, many(lane, 20), now).window;
            expect(roomFor(window, now, 98).reply).toBeGreaterThanOrEqual(4);
          }
        },
      ),
      { ...seeded, numRuns: 40 },
    );
  });

  test("grants an answer at once while bulk alone has been granted, and bulk never two in a tenth of a second", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2_000 }), { maxLength: 60 }), (waits) => {
        let window = fullWindow(noon);
        let now = noon;
        const bulk: Instant[] = [];
        for (const wait of waits) {
          now += wait;
          const taken = take(window, many("bulk", 30), now);
          window = taken.window;
          bulk.push(...taken.granted.filter((at) => at !== undefined));
          expect(granted(take(window, one("reply"), now))).toBe(1);
        }
        expect(bulk.slice(1).every((at, i) => at - bulk[i]! >= 100)).toBe(true);
      }),
      { ...seeded, numRuns: 60 },
    );
  });
});
