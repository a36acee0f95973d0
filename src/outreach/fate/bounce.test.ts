// What a bounce says of an address.

import { describe, expect, test } from "vitest";
import { DAY } from "../../kernel/time.ts";
import { afterBounce, bounceClass } from "./bounce.ts";

const AT = Date.UTC(2026, 2, 2);
const of = (detail: string, at = AT) => ({ at, detail, channel: "email" });

describe("a bounce", () => {
  test("is told apart by its enhanced code, wherever it stands", () => {
    expect(
      ["5.1.1", "550 5.2.1", "452 4.2.2", "4.4.7", "5.7.26", "550-5.7.515", "5.6.1", "5.3.4"].map(bounceClass),
    ).toEqual(["address", "address", "mailbox", "network", "policy", "policy", "content", "content"]);
    expect([undefined, "550", "5.9.9"].map(bounceClass)).toEqual(["unknown", "unknown", "unknown"]);
  });

  test("of a mailbox that does not exist, or without a code, suppresses the address at once", () => {
    expect(afterBounce(undefined, of("5.1.1"))).toMatchObject({ bouncedAt: AT });
    expect(afterBounce(undefined, of("550"))).toMatchObject({ bouncedAt: AT });
  });

  test("of the sender's policy, of a network or of the content says nothing against the lead", () => {
    for (const code of ["5.7.1", "5.7.26", "5.7.515", "4.7.0", "4.4.1", "5.4.7", "5.6.0", "5.3.4"])
      expect(afterBounce(undefined, of(code))).toBeUndefined();
  });

  test("of a full mailbox suppresses it after the third over seven days, and not before", () => {
    const first = afterBounce(undefined, of("5.2.2"));
    expect(first?.bouncedAt).toBeUndefined();
    const second = afterBounce({ sends: [], bounce: first!.bounce }, of("5.2.2", AT + DAY));
    const soon = afterBounce({ sends: [], bounce: second!.bounce }, of("5.2.2", AT + 2 * DAY));
    expect(soon?.bouncedAt).toBeUndefined();
    const third = afterBounce({ sends: [], bounce: second!.bounce }, of("5.2.2", AT + 7 * DAY));
    expect(third?.bouncedAt).toBe(AT + 7 * DAY);
    // told twice it counts once
    const twice = afterBounce({ sends: [], bounce: second!.bounce }, of("5.2.2", AT + DAY));
    expect(twice).toEqual({ bounce: { detail: "5.2.2", channel: "email", soft: [AT, AT + DAY] } });
    // two of them are not three, however long apart; nor is one bounce that is told of again
    const apart = afterBounce({ ...first, sends: [] }, of("5.2.2", AT + 30 * DAY));
    expect(apart?.bouncedAt).toBeUndefined();
    const again = afterBounce({ ...apart, sends: [] }, of("5.2.2", AT + 30 * DAY));
    expect(again?.bouncedAt).toBeUndefined();
    const last = afterBounce({ ...again, sends: [] }, of("5.2.2", AT + 31 * DAY));
    expect(last?.bouncedAt).toBe(AT + 31 * DAY);
  });
});
