import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Grant, Reply } from "../highlevel/index.ts";
import { MINUTE } from "../kernel/time.ts";
import { afterMint, afterRefresh, renewAt } from "./decide.ts";

const now = Date.parse("2026-03-02T12:00:00Z");
const grant: Grant = {
  of: "Location",
  access: "a",
  expiresAt: now + 86_399_000,
  scopes: [],
  bulk: false,
  approved: [],
};
const done: Reply<Grant> = { outcome: "done", value: grant };
const refused = (status: number, message: string): Reply<Grant> => ({ outcome: "refused", status, message });
const lost: Reply<Grant> = { outcome: "unknown", detail: "ETIMEDOUT" };
const away: Reply<Grant> = { outcome: "not_taken", cause: "unreachable", retryAt: now + 5_000, detail: "ECONNREFUSED" };
const alone = { company: false, doubtful: false, now };

describe("when a token is renewed", () => {
  test("is ten to fifteen minutes before the end of a day's token", () => {
    const end = now + 86_399_000;
    expect(end - renewAt(now, end, 0)).toBe(10 * MINUTE);
    expect(end - renewAt(now, end, 0.999)).toBeLessThanOrEqual(15 * MINUTE);
  });

  test("is after most of its life and before its end, however short that is", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 * 86_400_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (life, draw) => {
          const at = renewAt(now, now + life, draw);
          expect(at).toBeLessThanOrEqual(now + life);
          expect(at).toBeGreaterThanOrEqual(now + Math.floor(life * 0.69));
        },
      ),
    );
  });
});

describe("after a refresh", () => {
  test("what came is kept", () => {
    expect(afterRefresh(done, alone)).toEqual({ next: "keep", grant });
  });

  test("a lost answer asks the company's token, else shows the refresh token once more", () => {
    expect(afterRefresh(lost, { ...alone, company: true })).toEqual({ next: "mint" });
    expect(afterRefresh(lost, alone)).toEqual({ next: "again" });
  });

  test("a refusal after a lost answer says that it was spent: a person must connect again", () => {
    expect(afterRefresh(refused(401, "invalid_grant"), { ...alone, doubtful: true })).toEqual({
      next: "park",
      why: "lost",
    });
  });

  test("a refusal parks, unless the company's token is there to ask", () => {
    expect(afterRefresh(refused(401, "invalid_grant"), alone)).toEqual({ next: "park", why: "refused" });
    expect(afterRefresh(refused(400, "Invalid refresh token"), { ...alone, company: true })).toEqual({ next: "mint" });
  });

  test("an account that is not active is parked, whoever could be asked", () => {
    const said = refused(400, "Location is not active");
    expect(afterRefresh(said, { ...alone, company: true })).toEqual({ next: "park", why: "inactive" });
    expect(afterMint(said, alone)).toEqual({ next: "park", why: "inactive" });
  });

  test("the app's own wrong secret, a closed door or a silent CRM park nobody", () => {
    for (const reply of [
      refused(401, "Invalid client: client is invalid"),
      refused(403, "Forbidden"),
      refused(404, ""),
      away,
    ])
      for (const company of [true, false]) expect(afterRefresh(reply, { ...alone, company }).next).toBe("later");
    expect(afterRefresh(lost, { ...alone, doubtful: true })).toEqual({
      next: "later",
      at: now + MINUTE,
      doubtful: true,
    });
  });

  test("minting may be repeated: a lost answer is asked for again, a refusal parks", () => {
    expect(afterMint(lost, alone).next).toBe("later");
    expect(afterMint(refused(400, "No such installation"), alone)).toEqual({ next: "park", why: "refused" });
  });
});
