// What a bounce says of an address.

import { describe, expect, test } from "vitest";
import { DAY } from "../../kernel/time.ts";
import { afterBounce, bounceClass } from "./bounce.ts";

const AT = Date.UTC(2026, 2, 2);
const of = (detail: string, at = AT) => ({ at, detail });

describe("a bounce", () => {
  test("is told apart by its enhanced code, wherever it stands", () => {
    expect(
      ["5.1.1", "550 5.2.1", "452 4.2.2", "4.4.7", "5.7.26", "550-5.7.515", "5.6.1", "5.3.4"].map(bounceClass),
    ).toEqual(["address", "address", "mailbox", "network", "policy", "policy", "content", "content"]);
    expect([undefined, "550", "5.9.9"].map(bounceClass)).toEqual(["unknown", "unknown", "unknown"]);
  });

  test("of a mailbox that does not exist, or without a code, suppresses the address at once", () => {
    expect(afterBounce(undefined, of("5.1.1"))).toMatchObject({ badAt: AT });
    expect(afterBounce(undefined, of("550"))).toMatchObject({ badAt: AT });
  });

  test("of the sender's policy, of a network or of the content says nothing against the lead", () => {
    for (const code of ["5.7.1", "5.7.26", "5.7.515", "4.7.0", "4.4.1", "5.4.7", "5.6.0", "5.3.4"])
      expect(afterBounce(undefined, of(code))).toBeUndefined();
  });

  test("of a full mailbox suppresses it after the third over seven days, and not before", () => {
    const first = afterBounce(undefined, of("5.2.2"));
    expect(first).toEqual({ detail: "5.2.2", doubts: [AT] });
    const second = afterBounce(first, of("5.2.2", AT + DAY));
    const soon = afterBounce(second, of("5.2.2", AT + 2 * DAY));
    expect(soon?.badAt).toBeUndefined();
    const third = afterBounce(second, of("5.2.2", AT + 7 * DAY));
    expect(third?.badAt).toBe(AT + 7 * DAY);
    // told twice it counts once
    expect(afterBounce(second, of("5.2.2", AT + DAY))).toEqual({ detail: "5.2.2", doubts: [AT, AT + DAY] });
    // two of them are not three, however long apart; nor is one bounce that is told of again
    const apart = afterBounce(first, of("5.2.2", AT + 30 * DAY));
    expect(apart?.badAt).toBeUndefined();
    const again = afterBounce(apart, of("5.2.2", AT + 30 * DAY));
    expect(again?.badAt).toBeUndefined();
    const last = afterBounce(again, of("5.2.2", AT + 31 * DAY));
    expect(last?.badAt).toBe(AT + 31 * DAY);
  });
});
