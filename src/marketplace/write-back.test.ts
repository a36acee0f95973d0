import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OWN_FIELDS } from "../kernel/own-fields.ts";
import { HOUR, MINUTE } from "../kernel/time.ts";
import { openCatalog, stub } from "../leads/index.ts";
import { type Standing, type Written, writeBack } from "./write-back.ts";

const NOON = Date.UTC(2026, 2, 2, 17);
const all = {
  f1: "contact.latchkey_score",
  f2: "contact.latchkey_tier",
  f3: "contact.latchkey_last_decision",
  f5: "contact.latchkey_going_cold",
};
const catalog = openCatalog({ installedAt: 0, fields: { ...all, f4: "contact.budget" } });
const standing = (change: Partial<Standing> = {}): Standing => ({
  ...{ lead: { ...stub("loc", "ada"), stub: false }, turn: 3, score: 0.523, tier: "warm" },
  ...change,
});
const at = (now: number, fields = catalog) => ({ catalog: fields, now, location: "loc" });
const told = (change: Partial<Written> = {}): Written => ({
  ...{ outbox: "before", askedAt: NOON - 2 * HOUR, score: 52, tier: "warm", lost: false },
  ...change,
});

describe("what a contact is told", () => {
  test("is how likely it goes cold, in percent, where a model says it, and remembers what was said", () => {
    const next = writeBack(standing({ churn: 0.304 }), undefined, at(NOON));
    expect(next?.custom.find(({ id }) => id === "f5")).toEqual({ id: "f5", value: 30 });
  });

  test("is an empty field once no model says it any more: at once, again where that was lost, and then no more", () => {
    const churnOf = (next: ReturnType<typeof writeBack>) => next?.custom.find(({ id }) => id === "f5")?.value;
    const silent = writeBack(standing(), told({ churn: 30 }), at(NOON));
    expect(churnOf(silent)).toBe("");
    expect(silent?.written.churn).toBeUndefined();
    const later = at(NOON + 2 * HOUR);
    expect(writeBack(standing(), silent?.written, later)).toBeUndefined();
    expect(churnOf(writeBack(standing({ tier: "hot" }), silent?.written, later))).toBeUndefined();
    expect(churnOf(writeBack(standing(), { ...silent!.written, lost: true }, later))).toBe("");
    expect(churnOf(writeBack(standing({ churn: 0.3 }), silent?.written, later))).toBe(30);
    expect(churnOf(writeBack(standing(), undefined, later))).toBeUndefined();
  });

  test("is score of 100, tier, and the last decision with its instant, in the fields that the location has", () => {
    const decision = { id: "d1", text: "2026-03-02 12:00: Ada got this text." };
    const next = writeBack(standing({ decision }), undefined, at(NOON));
    expect(next?.row).toMatchObject({ kind: "write_back", lane: "bulk", lead: "ada" });
    expect(next?.row.notBefore).toBeUndefined();
    expect(next?.custom).toEqual([
      { id: "f1", value: 52 },
      { id: "f2", value: "warm" },
      { id: "f3", value: "2026-03-02 12:00: Ada got this text." },
    ]);
    const { f1, f2 } = all;
    const fewer = openCatalog({ installedAt: 0, fields: { f1, f2 } });
    expect(writeBack(standing({ decision }), undefined, at(NOON, fewer))?.custom.map(({ id }) => id)).toEqual([
      "f1",
      "f2",
    ]);
    const gone = openCatalog({ installedAt: 0, fields: all, gone: ["f1", "f2"] });
    expect(writeBack(standing({ decision }), undefined, at(NOON, gone))?.custom.map(({ id }) => id)).toEqual(["f3"]);
    expect(writeBack(standing(), undefined, at(NOON, openCatalog({ installedAt: 0 })))).toBeUndefined();
  });

  test.each([
    ["nothing has changed", {}, {}, false],
    ["the score moved by less than 5 of 100", { score: 0.564 }, {}, false],
    ["the score moved by 5 of 100", { score: 0.57 }, {}, true],
    ["the score fell by 5 of 100", { score: 0.47 }, {}, true],
    ["the tier is another, however little the score moved", { tier: "hot" }, {}, true],
    ["something was decided since", { decision: { id: "d2", text: "x" } }, { decision: "d1" }, true],
    ["the same decision was told", { decision: { id: "d1", text: "x" } }, { decision: "d1" }, false],
    ["a model says for the first time how likely it goes cold", { churn: 0.3 }, {}, true],
    ["it goes cold by less than 5 of 100 more likely", { churn: 0.34 }, { churn: 30 }, false],
    ["it goes cold by 5 of 100 more likely", { churn: 0.35 }, { churn: 30 }, true],
    ["no model says any more how likely it goes cold", {}, { churn: 30 }, true],
    ["the CRM never had what was told", {}, { lost: true }, true],
    ["the contact is gone", { score: 0.9, lead: { ...stub("loc", "ada"), stub: false, deleted: true } }, {}, false],
    ["nobody knows who it is", { score: 0.9, lead: stub("loc", "ada") }, {}, false],
  ] as const)("when %s", (_what, now, before, isTold) => {
    expect(writeBack(standing(now), told(before), at(NOON)) !== undefined).toBe(isTold);
  });

  test("leaves an hour after what was told before, at the soonest", () => {
    const soon = writeBack(standing({ tier: "hot" }), told({ askedAt: NOON - 10 * MINUTE }), at(NOON));
    expect(soon?.row.notBefore).toBe(NOON + 50 * MINUTE);
    const waiting = writeBack(standing({ tier: "hot" }), told({ askedAt: NOON + 50 * MINUTE }), at(NOON));
    expect(waiting?.written.askedAt).toBe(NOON + 50 * MINUTE);
  });

  test("is never more than one request an hour for a lead, whatever its turns bring", () => {
    const change = fc.record({
      wait: fc.integer({ min: 0, max: 90 * MINUTE }),
      score: fc.double({ min: 0, max: 1, noNaN: true }),
      tier: fc.constantFrom("hot", "warm", "cold"),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        let now = NOON;
        let before: Written | undefined;
        const leaves = new Set<number>();
        for (const [turn, { wait, ...said }] of changes.entries()) {
          now += wait;
          const next = writeBack(standing({ ...said, turn }), before, at(now));
          if (next === undefined) continue;
          before = next.written;
          leaves.add(next.written.askedAt);
        }
        const instants = [...leaves].sort((a, b) => a - b);
        expect(instants.every((one, i) => i === 0 || one - (instants[i - 1] ?? 0) >= HOUR)).toBe(true);
      }),
    );
  });

  test("goes to fields whose keys the CRM makes of their names", () => {
    for (const { name, key } of Object.values(OWN_FIELDS)) {
      expect(name.toLowerCase().replace(/\W+/g, "_")).toBe(key);
    }
  });
});
