// What became of a message, whatever the order in which it was told.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { type Delivery, type Fact, fateOf, hasArrived, note, stateOfLeg, TELLERS, type Told } from "./delivery.ts";

const tellings = fc.record({
  channel: fc.constantFrom("sms" as const, "email" as const),
  told: fc.constantFrom<Told[]>(
    "accepted",
    "delivered",
    "opened",
    "clicked",
    "replied",
    "failed",
    "bounced",
    "opted_out",
    "machine_opened",
    "machine_clicked",
  ),
  link: fc.constantFrom("a", "b", "c"),
  fact: fc.record({
    at: fc.integer({ min: 1, max: 20 }).map((n) => n * SECOND),
    by: fc.constantFrom(...TELLERS),
  }) as fc.Arbitrary<Fact>,
});
const earliest = (a: Fact | undefined, b: Fact | undefined) =>
  a === undefined || (b !== undefined && b.at < a.at) ? b : a;
type Telling = Parameters<typeof note>[2];

const all = (told: readonly Telling[], from: Delivery = {}) =>
  told.reduce((delivery, one) => note(delivery, "sms", one), from);

describe("a message's delivery", () => {
  test("is the same whatever the order and the number of its receipts", () => {
    fc.assert(
      fc.property(fc.array(tellings, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (told, chance) => {
        const shuffled = [...told, ...told.filter(() => (chance.next().value as number) % 2 === 0)]
          .map((one) => ({ one, at: chance.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        expect(all(shuffled)).toEqual(all(told));
      }),
    );
  });

  test("never forgets a fact, and never moves one to a later instant", () => {
    fc.assert(
      fc.property(fc.array(tellings, { maxLength: 8 }), tellings, (told, late) => {
        const [before, after] = [all(told), all([...told, late])];
        for (const [channel, leg] of Object.entries(before.legs ?? {})) {
          for (const [name, fact] of Object.entries(leg)) {
            const leg = after.legs?.[channel as "sms"];
            // a click may turn out a machine's, or a person's
            const isClick = name === "clicked" || name === "machine_clicked";
            const now = isClick ? earliest(leg?.clicked, leg?.machine_clicked) : leg?.[name as Told];
            expect(now?.at).toBeLessThanOrEqual(fact.at);
          }
        }
      }),
    );
  });

  test("comes back as it was where nothing is learned", () => {
    const once = all([{ channel: "sms", told: "delivered", fact: { at: 5, by: "webhook" } }]);
    expect(note(once, "sms", { channel: "sms", told: "delivered", fact: { at: 9, by: "poll" } })).toBe(once);
  });

  test("is opened by people alone: what a machine fetched is told, and counts for nothing", () => {
    const delivery = note({}, "email", {
      channel: "email",
      told: "machine_opened",
      fact: { at: 3, by: "email_stats" },
    });
    expect(delivery.openedAt).toBeUndefined();
    expect(stateOfLeg(delivery.legs?.email ?? {})).toBe("pending");
    expect(hasArrived(delivery.legs?.email)).toBe(false);
  });

  test("names the channel on which it arrived, not the one that failed before", () => {
    const told: Telling[] = [
      { channel: "email", told: "accepted", fact: { at: 1, by: "answer" } },
      { channel: "email", told: "bounced", fact: { at: 2, by: "email_stats", detail: "550" } },
      { channel: "sms", told: "accepted", fact: { at: 3, by: "answer" } },
      { channel: "sms", told: "delivered", fact: { at: 4, by: "webhook" } },
    ];
    expect(all(told)).toMatchObject({
      channel: "sms",
      acceptedAt: 3,
      deliveredAt: 4,
      stands: { email: "bounced", sms: "delivered" },
    });
    expect(all(told).failedAt).toBeUndefined();
  });

  test("saved before there were channels of their own goes on from what it says", () => {
    const old: Delivery = { channel: "sms", acceptedAt: 1, deliveredAt: 2 };
    const now = note(old, "sms", { channel: "sms", told: "replied", fact: { at: 9, by: "lead" } });
    expect(now).toMatchObject({ acceptedAt: 1, deliveredAt: 2, repliedAt: 9, stands: { sms: "replied" } });
  });

  test("has failed as a whole only where no channel got through and none comes next", () => {
    const fate = (...told: readonly (readonly [Telling["channel"], Told])[]) =>
      [...fateOf(all(told.map(([channel, one], n) => ({ channel, told: one, fact: { at: n, by: "answer" } }))))].sort();
    expect(fate(["email", "accepted"], ["email", "bounced"], ["email", "failover"])).toEqual([
      ...["accepted", "bounced", "failover"],
    ]);
    expect(fate(["email", "failed"], ["email", "failover"], ["sms", "accepted"])).toEqual(["accepted", "failover"]);
    expect(fate(["email", "failed"], ["email", "failover"], ["sms", "failed"])).toEqual(["failed", "failover"]);
    expect(fate(["email", "accepted"], ["email", "bounced"])).toEqual(["accepted", "bounced", "failed"]);
    // it arrived after all
    expect(fate(["sms", "failed"], ["sms", "delivered"])).toEqual(["delivered"]);
    // the provider refused it: who asked to stop was not reached, and who did so after it went, was
    expect(fate(["sms", "opted_out"])).toEqual(["failed", "opted_out"]);
    expect(fate(["sms", "accepted"], ["sms", "opted_out"])).toEqual(["accepted", "opted_out"]);
    expect(fate()).toEqual([]);
  });
});
