import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { storyOf } from "../../../test/lead-events.ts";
import { happened } from "../../../test/player.ts";
import type { CrmOpportunity, LeadEvent } from "../../events/index.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { DAY } from "../../kernel/time.ts";
import { winOf } from "./deals.ts";
import { knownFrom, openExamples } from "./examples.ts";
import type { Examples } from "./growing.ts";
import { PLAIN, type Reading } from "./tally.ts";

const noon = Date.UTC(2025, 0, 6, 12);
const AIM = { outcome: "won", days: 60 } as const;
const created = happened("contact.created", noon, { createdAt: noon });
const daily = (until: number) =>
  Array.from({ length: until }, (_, day) =>
    happened("website_visit", noon + day * DAY, { url: "https://homes.example.com/" }),
  );
type Deal = Partial<CrmOpportunity["opportunity"]>;
const deal = (day: number, change: CrmOpportunity["change"], of: Deal = {}) =>
  happened("crm.opportunity", noon + day * DAY, {
    ...{ change, asOf: noon + day * DAY },
    opportunity: { id: "d", status: "open", ...of },
  } as unknown as JsonObject);
const won = (day: number) => deal(day, "status", { status: "won" });

function examples(events: readonly LeadEvent[], days: number, reading: Reading = PLAIN): Examples {
  const made = openExamples({ until: noon + days * DAY, seed: "s", aim: AIM });
  made.add("lead", events, reading);
  return made.table();
}
const dayOf = (table: Examples) => Array.from(table.at, (at) => (at - noon) / DAY);
const labelsOf = (table: Examples) => Array.from(table.labels);

describe("rows to learn the chance of a deal won from", () => {
  test("say 1 where a deal was won within so many days, and are of nobody once it was", () => {
    const table = examples([created, ...daily(150), deal(40, "create"), won(100)], 300);
    const days = dayOf(table);
    expect(days.some((day) => day > 90)).toBe(true);
    expect(days.filter((day) => day >= 100)).toEqual([]);
    expect(labelsOf(table)).toEqual(days.map((day) => (day >= 40 ? 1 : 0)));
  });

  test("are made only where the horizon is over, whatever came of it: a deal lost early is no 'no' yet", () => {
    for (const end of ["won", "lost", "abandoned"] as const) {
      const table = examples([created, ...daily(150), deal(70, "status", { status: end })], 100);
      for (const day of dayOf(table)) expect(day).toBeLessThanOrEqual(40);
    }
    expect(examples([created, ...daily(50), won(20)], 55).rows).toBe(0);
  });

  test("say 0 of a deal that was lost or abandoned, and 1 where it was won later all the same", () => {
    const lost = deal(50, "status", { status: "lost" });
    expect(new Set(labelsOf(examples([created, ...daily(150), lost], 300)))).toEqual(new Set([0]));
    const table = examples([created, ...daily(150), lost, won(100)], 300);
    expect(labelsOf(table)).toEqual(dayOf(table).map((day) => (day >= 40 ? 1 : 0)));
  });

  test("are of a lead while an appointment of it stands, too", () => {
    const booked = happened("appointment.booked", noon + 20 * DAY, {
      appointment: { id: "x" },
      start: noon + 60 * DAY,
    });
    expect(dayOf(examples([created, ...daily(100), booked], 200)).some((day) => day > 20 && day < 60)).toBe(true);
  });

  test("leave out the lead that was gone before anybody could tell", () => {
    const gone = happened("contact.deleted", noon + 50 * DAY);
    expect(examples([created, ...daily(50), gone], 300).rows).toBe(0);
  });
});

describe("a win", () => {
  test("that was taken back, or whose deal was deleted, is none", () => {
    expect(winOf([won(50), deal(51, "status", { status: "open" })])).toBeUndefined();
    expect(winOf([won(50), deal(51, "delete", { status: "won" })])).toBeUndefined();
    expect(winOf([won(50), deal(51, "value", { status: "won" })])).toEqual({
      after: noon + 50 * DAY - 1,
      by: noon + 50 * DAY,
    });
  });

  test("is the first of several deals", () => {
    expect(winOf([won(50), deal(20, "status", { id: "e", status: "won" })])?.by).toBe(noon + 20 * DAY);
  });

  test("that an import finds happened when the CRM says that the status changed", () => {
    const found = deal(120, "update", { status: "won", createdAt: noon, statusAt: noon + 100 * DAY });
    const table = examples([created, ...daily(150), { ...found, source: "import" }], 300);
    expect(dayOf(table).filter((day) => day >= 100)).toEqual([]);
    expect(labelsOf(table)).toEqual(dayOf(table).map((day) => (day >= 40 ? 1 : 0)));
  });

  test("of which nobody says when it was makes no row that hangs on it", () => {
    // between the creation of the deal, on day 30, and day 120, when it was found won
    const found = deal(120, "update", { status: "won", createdAt: noon + 30 * DAY });
    const table = examples([created, ...daily(150), found], 300);
    // on day 1 it is not known whether that was before day 61: no row says 'no' of it
    expect(table.rows).toBe(0);
    expect(
      labelsOf(examples([created, ...daily(150), deal(90, "stage"), deal(120, "update", { status: "won" })], 300)),
    ).not.toHaveLength(0);
    // a deal that nobody had seen, nor says when it was made: nothing before is known
    expect(examples([created, ...daily(150), deal(120, "update", { status: "won" })], 300).rows).toBe(0);
  });
});

describe("what became of a deal", () => {
  const asRows = (table: Examples) =>
    dayOf(table).map((at, row) => [at, ...table.cells.map((column) => column[row] as number)]);
  /** A team that counts every deal as something the lead did, and whose fields are told by their names. */
  const greedy: Reading = {
    isAct: (type) => PLAIN.isAct(type) || type.startsWith("opportunity."),
    fieldNames: (id) => [id],
  };
  const after: fc.Arbitrary<LeadEvent[]> = storyOf({ from: noon + 100 * DAY, days: 150, most: 40 });

  test("never reaches a row: without the win, and all that came after it, every row that stays is the same", () => {
    fc.assert(
      fc.property(storyOf({ from: noon, days: 100, most: 60 }), after, (before, later) => {
        const derived = happened("opportunity.won", noon + 100 * DAY, { "opportunity.id": "d", status: "won" });
        const past = [created, ...daily(100), ...before, deal(40, "create")];
        const whole = examples([...past, won(100), derived, ...later], 400, greedy);
        const stage = deal(100, "stage", { stage: "closed", status: "won" });
        const staged = examples([...past, won(100), stage, derived, ...later], 400, greedy);
        // what was known before the win, and nothing else
        const cut = [...past].filter((event) => knownFrom(event) < noon + 100 * DAY);
        const bare = new Map(asRows(examples(cut, 400, greedy)).map(([at, ...cells]) => [at, cells]));
        for (const [at, ...cells] of asRows(whole)) {
          expect(at).toBeLessThan(100);
          expect(bare.get(at as number)).toEqual(cells);
        }
        expect(asRows(staged)).toEqual(asRows(whole));
      }),
      { numRuns: 40 },
    );
  });

  test("is no feature: pipelines, stages, values and statuses of deals move no cell before or after", () => {
    const plain = [created, ...daily(90)];
    const deals = ["create", "stage", "value", "owner"].map((change, n) =>
      deal(10 + n * 15, change as CrmOpportunity["change"], { stage: `s${n}`, pipeline: "p", value: n * 100_000 }),
    );
    const derived = ["opportunity.created", "opportunity.stage_changed", "opportunity.lost"].map((type, n) =>
      happened(type, noon + (12 + n * 15) * DAY, { "opportunity.id": "d", stage: "closed" }),
    );
    expect(asRows(examples([...plain, ...deals, ...derived], 200))).toEqual(asRows(examples(plain, 200)));
  });
});
