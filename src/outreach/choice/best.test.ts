// Which channel a lead answers on.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY, HOUR } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";
import type { Fact, Leg } from "../fate/delivery.ts";
import {
  ANSWER_WITHIN,
  bestChannel,
  changeOf,
  estimate,
  type Habits,
  habitOf,
  plus,
  rank,
  type Tried,
} from "./best.ts";

const NOW = Date.UTC(2026, 2, 2, 17);
const CHANNELS: readonly ChannelName[] = ["sms", "email", "whatsapp", "voice"];
const tried: fc.Arbitrary<Tried> = fc
  .record({ sent: fc.nat(60), answered: fc.nat(60), opened: fc.nat(60) })
  .map(({ sent, answered, opened }) => ({
    sent,
    answered: Math.min(answered, sent),
    opened: Math.min(opened, sent - Math.min(answered, sent)),
  }));
const habits: fc.Arbitrary<Habits> = fc.record(
  { sms: tried, email: tried, whatsapp: tried, voice: tried },
  { requiredKeys: [] },
);
const may = fc.oneof(
  fc.constant("now" as const),
  fc.constant("never" as const),
  fc.integer({ min: 1, max: 100 }).map((hours) => ({ from: NOW + hours * HOUR })),
);
const candidates = fc.tuple(may, may, may, may).chain((each) =>
  fc.shuffledSubarray(
    CHANNELS.map((channel, at) => ({ channel, may: each[at]! })),
    { minLength: 1 },
  ),
);
const asked = fc.record({ now: fc.constant(NOW), urgent: fc.boolean(), until: fc.constant(NOW + 72 * HOUR) });
const of = (sent: number, answered = 0, opened = 0): Tried => ({ sent, answered, opened });

describe("the share a lead answers", () => {
  test("is a share, whatever was counted", () => {
    fc.assert(
      fc.property(habits, habits, (own, rates) => {
        for (const channel of CHANNELS) {
          const share = estimate(channel, { habits: own, rates }, NOW);
          expect(share).toBeGreaterThan(0);
          expect(share).toBeLessThan(1);
        }
      }),
    );
  });

  test("rises with an answer and falls with a silence, never the other way", () => {
    fc.assert(
      fc.property(tried, habits, (own, rates) => {
        const share = (sms: Tried) => estimate("sms", { habits: { sms }, rates }, NOW);
        expect(share(plus(own, of(1, 1)))).toBeGreaterThan(share(own));
        expect(share(plus(own, of(1)))).toBeLessThan(share(own));
        // and an open is worth less than an answer
        expect(share(plus(own, of(1, 0, 1)))).toBeLessThan(share(plus(own, of(1, 1))));
      }),
    );
  });

  test("of a lead nobody has written to is the location's, and of a new location the same guess on every channel", () => {
    const rates = { sms: of(1_000, 400), email: of(1_000, 50) };
    expect(estimate("sms", { habits: {}, rates }, NOW)).toBeCloseTo(0.398, 3);
    expect(estimate("email", { habits: {}, rates }, NOW)).toBeCloseTo(0.0515, 3);
    for (const channel of CHANNELS) expect(estimate(channel, { habits: {} }, NOW)).toBe(0.2);
  });

  test("is drawn to the location's while there is little, and becomes the lead's own", () => {
    const rates = { sms: of(1_000, 300) };
    const at = (sent: number) => estimate("sms", { habits: { sms: of(sent) }, rates }, NOW);
    expect(at(1)).toBeGreaterThan(0.25);
    expect(at(40)).toBeLessThan(0.06);
  });
});

describe("a message's habit", () => {
  const fact = (at: number): Fact => ({ at, by: "lead" });
  const sent: Leg = { accepted: fact(NOW) };

  test("is answered by a reply, a click or a call taken in time, and only opened by an open", () => {
    expect(habitOf({ ...sent, replied: fact(NOW + HOUR) })).toBe("answered");
    expect(habitOf({ ...sent, opened: fact(NOW + 1), clicked: fact(NOW + 2) })).toBe("answered");
    expect(habitOf({ ...sent, opened: fact(NOW + 1) })).toBe("opened");
    expect(habitOf(sent)).toBe("silent");
    expect(habitOf({ replied: fact(NOW) })).toBeUndefined();
  });

  test("is silent where the answer came after the window, or from a machine", () => {
    expect(habitOf({ ...sent, replied: fact(NOW + ANSWER_WITHIN + 1) })).toBe("silent");
    expect(habitOf({ ...sent, machine_opened: fact(NOW + 1), machine_clicked: fact(NOW + 1) })).toBe("silent");
  });

  test("is counted once, however its facts come one after the other", () => {
    const steps: Leg[] = [
      {},
      sent,
      { ...sent, opened: fact(NOW + 1) },
      { ...sent, opened: fact(NOW + 1), clicked: fact(NOW + 2) },
      { ...sent, opened: fact(NOW + 1), clicked: fact(NOW + 2), replied: fact(NOW + 3) },
    ];
    const total = steps.reduce((sum, leg, at) => plus(sum, changeOf(steps[at - 1], leg)), of(0));
    expect(total).toEqual(of(1, 1));
  });
});

describe("the order of channels", () => {
  test("holds each channel once, the same whenever it is asked", () => {
    fc.assert(
      fc.property(candidates, habits, habits, asked, (given, own, rates, about) => {
        const order = rank(given, { habits: own, rates }, about);
        expect(order.map(({ channel }) => channel).toSorted()).toEqual(given.map(({ channel }) => channel).toSorted());
        expect(rank(given, { habits: own, rates }, about)).toEqual(order);
      }),
    );
  });

  test("never puts a channel without a right before one that has it", () => {
    fc.assert(
      fc.property(candidates, habits, asked, (given, own, about) => {
        const order = rank(given, { habits: own }, about);
        const barred = order.findIndex(({ may }) => may === "never");
        if (barred !== -1) expect(order.slice(barred).some(({ may }) => may === "now")).toBe(false);
      }),
    );
  });

  test("of an urgent message begins with what may go now; of any other with what is answered best", () => {
    fc.assert(
      fc.property(candidates, habits, asked, (given, own, about) => {
        const [first] = rank(given, { habits: own }, about);
        const now = given.filter((one) => one.may === "now");
        if (about.urgent && now.length > 0) expect(first?.may).toBe("now");
        if (!about.urgent && first !== undefined && first.may !== "never") {
          const reachable = given.filter(
            (one) => one.may === "now" || (one.may !== "never" && one.may.from < about.until),
          );
          const best = Math.max(...reachable.map(({ channel }) => estimate(channel, { habits: own }, NOW)));
          if (reachable.length > 0) expect(first.estimate).toBe(best);
        }
      }),
    );
  });

  test("is the step's where nothing is known", () => {
    const given = (["whatsapp", "email", "sms"] as const).map((channel) => ({ channel, may: "now" as const }));
    const about = { now: NOW, urgent: false, until: NOW + DAY };
    expect(rank(given, { habits: {} }, about).map(({ channel }) => channel)).toEqual(["whatsapp", "email", "sms"]);
  });

  test("puts last what could go only when it is too late", () => {
    const given = [
      { channel: "sms" as const, may: { from: NOW + 2 * DAY } },
      { channel: "email" as const, may: "now" as const },
    ];
    const known = { habits: { sms: of(9, 9) } };
    expect(rank(given, known, { now: NOW, urgent: false, until: NOW + DAY })[0]?.channel).toBe("email");
    expect(rank(given, known, { now: NOW, urgent: false, until: NOW + 3 * DAY })[0]?.channel).toBe("sms");
  });
});

describe("a lead's best channel", () => {
  test("is where it answers most; unknown while it has answered nowhere", () => {
    expect(bestChannel({ habits: { sms: of(5, 1), email: of(5, 4) } }, NOW)).toBe("email");
    expect(bestChannel({ habits: { sms: of(5), email: of(2) } }, NOW)).toBeUndefined();
    expect(bestChannel({ habits: {} }, NOW)).toBeUndefined();
  });

  test("is where it wrote of its own accord, for a season", () => {
    expect(bestChannel({ habits: { email: of(3) }, wrote: { sms: NOW - DAY } }, NOW)).toBe("sms");
    expect(bestChannel({ habits: {}, wrote: { sms: NOW - 91 * DAY } }, NOW)).toBeUndefined();
  });
});
