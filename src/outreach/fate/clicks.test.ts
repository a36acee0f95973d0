// Whose clicks count: people's, and what cannot be told.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { AFTER_DELIVERY, type Click, linkKey, TOGETHER, withClick } from "./clicks.ts";
import { type Delivery, isMachineClick, note, type Teller } from "./delivery.ts";

type Telling = Parameters<typeof note>[2];
const AT = 1_000 * SECOND;

const delivered = (at: number, by: Teller = "email_stats"): Telling => ({
  channel: "email",
  told: "delivered",
  fact: { at, by },
});
const click = (at: number, link = "a", by: Teller = "email_stats"): Telling => ({
  channel: "email",
  told: "clicked",
  fact: { at, by },
  link,
});
const all = (...told: readonly Telling[]): Delivery =>
  told.reduce<Delivery>((delivery, one) => note(delivery, "email", one), {});

describe("a click in an e-mail", () => {
  test("within ten seconds of its delivery is a machine's; after them a person's", () => {
    const soon = all(delivered(AT), click(AT + AFTER_DELIVERY - 1));
    expect([soon.clickedAt, soon.legs?.email?.machine_clicked?.at]).toEqual([undefined, AT + AFTER_DELIVERY - 1]);
    expect(all(delivered(AT), click(AT + AFTER_DELIVERY)).clickedAt).toBe(AT + AFTER_DELIVERY);
  });

  test("before the provider's own stamp of delivery is a machine's: nobody had the mail", () => {
    expect(all(delivered(AT), click(AT - SECOND)).clickedAt).toBeUndefined();
    expect(all(delivered(AT, "webhook"), click(AT - SECOND)).clickedAt).toBe(AT - SECOND);
  });

  test("soon after a delivery that was asked for is a person's: that stamp may be late", () => {
    expect(all(delivered(AT, "poll"), click(AT + SECOND)).clickedAt).toBe(AT + SECOND);
  });

  test("beside one on another link within two seconds is a machine's, and so is that one", () => {
    const both = all(delivered(AT - 60 * SECOND), click(AT, "a"), click(AT + TOGETHER, "b"));
    expect([both.clickedAt, both.legs?.email?.machine_clicked?.at]).toEqual([undefined, AT]);
    expect(all(click(AT, "a"), click(AT + TOGETHER + 1, "b")).clickedAt).toBe(AT);
    expect(all(click(AT, "a"), click(AT + SECOND, "a")).clickedAt).toBe(AT);
  });

  test("is judged alike where its mail was known by the recipient alone", () => {
    const by = "recipient";
    expect(all(delivered(AT), click(AT + SECOND, "a", by)).clickedAt).toBeUndefined();
    expect(all(delivered(AT, by), click(AT - SECOND)).clickedAt).toBeUndefined();
    expect(all(click(AT, "a", by), click(AT + SECOND, "b")).clickedAt).toBeUndefined();
  });

  test("that we saw ourselves was judged where it came in", () => {
    expect(all(delivered(AT), click(AT + 1, "a", "lead")).clickedAt).toBe(AT + 1);
  });

  test("of a person counts beside a scanner's", () => {
    const told = all(delivered(AT), click(AT + 1, "a"), click(AT + 1, "b"), click(AT + 60 * SECOND, "a"));
    expect([told.clickedAt, told.legs?.email?.machine_clicked?.at]).toEqual([AT + 60 * SECOND, AT + 1]);
  });

  test("taken for a person's is taken back when its delivery is told late", () => {
    const before = all(click(AT + SECOND));
    expect([before.clickedAt, isMachineClick(before, AT + SECOND, "a")]).toEqual([AT + SECOND, false]);
    const after = note(before, "email", delivered(AT));
    expect([after.clickedAt, isMachineClick(after, AT + SECOND, "a")]).toEqual([undefined, true]);
  });

  test("saved before clicks were kept stays what it was", () => {
    const fact = { at: AT, by: "email_stats" } as const;
    const old: Delivery = { channel: "email", legs: { email: { clicked: fact, machine_clicked: fact } } };
    const now = note(old, "email", click(AT + 60 * SECOND));
    expect(now.legs?.email).toEqual({ clicked: fact, machine_clicked: fact });
  });

  test("is judged alike whatever the order in which clicks and deliveries are told, repeated or not", () => {
    const tellings = fc.oneof(
      fc
        .record({
          at: fc.integer({ min: 0, max: 30 }),
          by: fc.constantFrom<Teller[]>("email_stats", "webhook", "poll"),
        })
        .map(({ at, by }) => delivered(AT + at * SECOND, by)),
      fc.record({ at: fc.integer({ min: 0, max: 30 }), link: fc.constantFrom("a", "b"), machine: fc.boolean() }).map(
        ({ at, link, machine }): Telling => ({
          ...click(AT + at * SECOND, link),
          told: machine ? "machine_clicked" : "clicked",
        }),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(tellings, { maxLength: 8 }).chain((told) =>
          fc.record({
            told: fc.constant(told),
            again: fc.shuffledSubarray([...told, ...told], { minLength: told.length * 2 }),
          }),
        ),
        ({ told, again }) => {
          expect(all(...again)).toEqual(all(...told));
        },
      ),
    );
  });

  test("is one of at most fifty that are kept, the earliest, whatever their order", () => {
    const many = Array.from({ length: 60 }, (_, n): Click => ({ at: AT + n, by: "email_stats", link: "a" }));
    const keep = (clicks: readonly Click[]) => clicks.reduce<readonly Click[]>(withClick, []);
    expect(keep(many)).toEqual(many.slice(0, 50));
    expect(keep(many.toReversed())).toEqual(keep(many));
  });

  test("names its link by a hash alone", () => {
    expect(linkKey("https://example.com/l/secret")).toMatch(/^[0-9a-f]{8}$/);
  });
});
