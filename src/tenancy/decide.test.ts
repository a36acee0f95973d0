import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Grant, Reply } from "../highlevel/index.ts";
import { MINUTE } from "../kernel/time.ts";
import { type AppNotice, afterMint, afterRefresh, decideApp, renewAt } from "./decide.ts";
import type { Installation } from "./installation.ts";

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

describe("the CRM's word that the app came or went", () => {
  const active = { status: "active", statusAt: now } as const;
  const gone = { status: "uninstalled", statusAt: now } as const;
  const word = (type: string, more: Partial<AppNotice> = {}): AppNotice => ({
    ...{ type, at: now + 1_000, app: "ours", location: "loc1", company: "com1" },
    ...more,
  });
  const known = { app: "ours", location: undefined, company: active };

  test("connects an account of a company that let us in, now or later", () => {
    expect(decideApp(word("INSTALL"), known)).toEqual({ change: "connect", location: "loc1", company: "com1" });
    expect(decideApp(word("INSTALL"), { ...known, location: gone }).change).toBe("connect");
  });

  test("lets nobody in whom no company of ours stands for", () => {
    expect(decideApp(word("INSTALL"), { ...known, company: undefined })).toEqual({ change: "none", why: "unknown" });
    expect(decideApp(word("INSTALL"), { ...known, company: gone }).change).toBe("none");
  });

  test("asks a person to connect an account that came back without one", () => {
    const back = decideApp(word("INSTALL"), { ...known, company: undefined, location: gone });
    expect(back).toEqual({ change: "invite", location: "loc1" });
  });

  test("removes one account, or all of a company", () => {
    expect(decideApp(word("UNINSTALL"), { ...known, location: active }).change).toBe("remove");
    expect(
      decideApp(word("UNINSTALL"), { ...known, location: { status: "reconnect", statusAt: now + 9_000 } }).change,
    ).toBe("remove");
    expect(decideApp(word("UNINSTALL", { location: undefined }), known)).toEqual({
      change: "remove_company",
      company: "com1",
    });
  });

  test("that is older than what let an account in is late, also where a renewal of it was refused since", () => {
    const parked = { status: "reconnect", statusAt: now + 9_000, letInAt: now + 2_000 } as const;
    expect(decideApp(word("UNINSTALL"), { ...known, location: parked })).toEqual({ change: "none", why: "late" });
    expect(decideApp(word("UNINSTALL", { at: now + 3_000 }), { ...known, location: parked }).change).toBe("remove");
    expect(decideApp(word("UNINSTALL", { location: undefined }), { ...known, company: parked }).change).toBe("none");
  });

  test("that one account came is late where all of its company went since", () => {
    const since = { status: "uninstalled", statusAt: now + 2_000 } as const;
    expect(decideApp(word("INSTALL"), { ...known, company: since, location: gone }).change).toBe("none");
    expect(decideApp(word("INSTALL", { at: now + 3_000 }), { ...known, company: since, location: gone }).change).toBe(
      "invite",
    );
  });

  test("is not heard of another app, which the CRM signs for with the same key", () => {
    for (const app of ["theirs", undefined])
      expect(decideApp(word("UNINSTALL", { app }), { ...known, location: active })).toEqual({
        change: "none",
        why: "another-app",
      });
    expect(decideApp(word("INSTALL"), { ...known, app: undefined }).change).toBe("none");
  });

  test("about a plan changes nothing", () => {
    expect(decideApp(word("PLAN_CHANGE"), { ...known, location: active })).toEqual({
      change: "none",
      why: "of-no-concern",
    });
  });

  test("counts by when it was said: whatever the order, however often, the last one stands", () => {
    const said = fc.uniqueArray(
      fc.record({ type: fc.constantFrom("INSTALL", "UNINSTALL"), after: fc.integer({ min: 1, max: 500 }) }),
      { minLength: 1, maxLength: 8, selector: ({ after }) => after },
    );
    const shuffled = said.chain((words) =>
      fc.record({
        words: fc.constant(words),
        heard: fc.shuffledSubarray([...words, ...words], { minLength: 2 * words.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ words, heard }) => {
        let location: Pick<Installation, "status" | "statusAt"> = active;
        for (const { type, after } of heard) {
          const at = now + after;
          const { change } = decideApp(word(type, { at }), { ...known, location });
          if (change === "connect") location = { status: "active", statusAt: at };
          if (change === "remove") location = { status: "uninstalled", statusAt: at };
          if (change === "confirm") location = { ...location, statusAt: Math.max(location.statusAt, at) };
        }
        const last = words.toSorted((a, b) => a.after - b.after).at(-1);
        expect(location.status).toBe(last?.type === "INSTALL" ? "active" : "uninstalled");
      }),
    );
  });
});
