import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { storyOf } from "../../../test/lead-events.ts";
import { happened } from "../../../test/player.ts";
import { seeded } from "../../../test/seeded.ts";
import type { LeadEvent } from "../../events/index.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { DAY, HOUR, type Instant } from "../../kernel/time.ts";
import { ALIVE, type ExampleOptions, openExamples, openWeeks } from "./examples.ts";
import type { Examples } from "./growing.ts";
import { PLAIN } from "./tally.ts";

const noon = Date.UTC(2026, 0, 5, 12);
const created = happened("contact.created", noon, { createdAt: noon });
const act = (day: number) => happened("website_visit", noon + day * DAY, { url: "https://homes.example.com/" });
const booked = (day: number, start: number, id = "x") =>
  happened("appointment.booked", noon + day * DAY, { appointment: { id }, start: noon + start * DAY });
const daily = (until: number) => Array.from({ length: until }, (_, day) => act(day));
const options = (days: number, more: Partial<ExampleOptions> = {}): ExampleOptions => ({
  until: noon + days * DAY,
  seed: "s",
  ...more,
});

function examples(events: readonly LeadEvent[], days: number): Examples {
  const made = openExamples(options(days));
  made.add("lead", events, PLAIN);
  return made.table();
}
const dayOf = (table: Examples) => Array.from(table.at, (at) => (at - noon) / DAY);
const labelsOf = (table: Examples) => Array.from(table.labels);

describe("rows to learn a chance from", () => {
  test("begin a day after the contact came and come about weekly while it is alive", () => {
    const days = dayOf(examples([created, ...daily(60)], 100));
    expect(days[0]).toBe(1);
    for (let n = 1; n < days.length; n += 1) {
      const gap = (days[n] as number) - (days[n - 1] as number);
      expect(gap).toBeGreaterThan(2.9);
      expect(gap).toBeLessThan(11.1);
    }
  });

  test("begin when we first heard of a contact that came long before: what it did until then is not known", () => {
    const older = happened("contact.created", noon, { createdAt: noon - 90 * DAY });
    expect(dayOf(examples([older, ...daily(60)], 100))[0]).toBe(1);
    expect(examples([older, ...daily(25)], 25).rows).toBe(0);
    // unless an import tells what it did since it came
    const imported = { ...act(-90), source: "import" as const };
    expect(dayOf(examples([older, imported, ...daily(60)], 100))[0]).toBe(-89);
  });

  test("are made only where the horizon is over", () => {
    for (const day of dayOf(examples([created, ...daily(60)], 60))) expect(day).toBeLessThanOrEqual(30);
    expect(examples([created, ...daily(25)], 25).rows).toBe(0);
  });

  test("say 1 where an appointment was booked within 30 days, and are of nobody while it stands", () => {
    const table = examples([created, ...daily(100), booked(45, 52)], 200);
    const days = dayOf(table);
    expect(days.filter((day) => day >= 45 && day <= 52)).toEqual([]);
    expect(days.some((day) => day > 52)).toBe(true);
    expect(labelsOf(table)).toEqual(days.map((day) => (day >= 15 && day < 45 ? 1 : 0)));
  });

  test("go on once an appointment is over, of the next one, and know of the one before", () => {
    const held = happened("appointment.held", noon + 53 * DAY, { appointment: { id: "x" } });
    const table = examples([created, ...daily(120), booked(45, 52), held, booked(90, 95, "y")], 300);
    const later = dayOf(table).flatMap((day, row) => (day > 53 ? [{ day, row }] : []));
    expect(later.map(({ row }) => table.labels[row])).toEqual(later.map(({ day }) => (day >= 60 && day < 90 ? 1 : 0)));
    const column = (name: string) => table.cells[table.columns.findIndex((one) => one.name === name)];
    expect(new Set(column("appointments_held"))).toEqual(new Set([0, 1]));
    expect(new Set(column("appointments"))).toEqual(new Set([0, 1, 2]));
  });

  test("go on at once where an appointment was canceled, and not before its new day where it was moved", () => {
    const firstAfter = (type: string, more: JsonObject) => {
      const told = happened(`appointment.${type}`, noon + 46 * DAY, { appointment: { id: "x" }, ...more });
      const days = dayOf(examples([created, ...daily(120), booked(45, 80), told], 300));
      return Math.min(...days.filter((day) => day >= 45));
    };
    expect(firstAfter("canceled", {})).toBeLessThan(58);
    expect(firstAfter("moved", { start: noon + 100 * DAY })).toBeGreaterThan(100);
  });

  test("are of nobody who has booked and of whom that is not known yet", () => {
    const late = { ...booked(20, 21), receivedAt: noon + 50 * DAY };
    expect(dayOf(examples([created, ...daily(80), late], 200)).filter((day) => day >= 20 && day < 50)).toEqual([]);
  });

  test("end when a lead has been quiet for 45 days", () => {
    expect(Math.max(...dayOf(examples([created, act(0)], 400)))).toBeLessThanOrEqual(ALIVE / DAY);
  });

  test("leave out whose horizon a deletion cut short, for nobody knows what they would have done", () => {
    const gone = happened("contact.deleted", noon + 40 * DAY);
    for (const day of dayOf(examples([created, ...daily(40), gone], 400))) expect(day).toBeLessThan(10);
  });

  test("take an event for known when we received it, and an import's act when it happened", () => {
    const late = { ...act(2), receivedAt: noon + 20 * DAY };
    const column = (events: readonly LeadEvent[]) => {
      const table = examples(events, 100);
      return Array.from(table.cells[table.columns.findIndex(({ name }) => name === "acts_30d")] ?? []);
    };
    expect(column([created, late])[1]).toBe(0);
    expect(column([created, { ...late, source: "import" }])[1]).toBeGreaterThan(0.5);
  });

  test("weigh less the older they are, half at 180 days, and the same whenever they are made", () => {
    const long = daily(200);
    const table = examples([created, ...long], 240);
    const [first, last] = [0, table.rows - 1].map((row) => ({ at: table.at[row], weight: table.weights[row] }));
    expect(last?.weight).toBeCloseTo(0.5 ** (30 / 180), 9);
    expect(first?.weight).toBeCloseTo(0.5 ** ((30 + ((last?.at ?? 0) - (first?.at ?? 0)) / DAY) / 180), 9);
    expect(examples([created, ...long], 240.5)).toEqual(table);
  });

  test("name the lead, and who had it then", () => {
    const owned = (user: string, at: Instant) =>
      happened("crm.contact", at, { asOf: at, contact: { assignedTo: user } });
    const table = examples([created, owned("ana", noon), owned("ben", noon + 20 * DAY), ...daily(40)], 100);
    expect(table.leads).toEqual(["lead"]);
    expect(table.owners[table.owner[0] as number]).toBe("ana");
    expect(table.owners[table.owner[table.rows - 1] as number]).toBe("ben");
  });

  test("are those of the same leads whatever their order, where there are more than may be held", () => {
    const of = (leads: readonly string[]) => {
      const made = openExamples(options(100, { most: 50 }));
      for (const lead of leads) made.add(lead, [created, ...daily(30)], PLAIN);
      return { table: made.table(), leftOut: made.leftOut };
    };
    const leads = Array.from({ length: 40 }, (_, n) => `lead-${n}`);
    const [a, b] = [of(leads), of([...leads].reverse())];
    const kept = ({ lead, leads: names }: Examples) => [...new Set(Array.from(lead, (place) => names[place]))].sort();
    expect(a.table.rows).toBeLessThanOrEqual(50);
    expect(a.leftOut).toBeGreaterThan(0);
    expect(kept(a.table)).toEqual(kept(b.table));
  });

  test("do not change when everything received after their instants is deleted, but for their labels", () => {
    let compared = 0;
    fc.assert(
      fc.property(storyOf({ from: noon, days: 120 }), fc.nat({ max: 80 }), (events, day) => {
        const cut = noon + day * DAY;
        const whole = examples([created, ...events], 200);
        const early = examples([created, ...events.filter(({ receivedAt }) => receivedAt <= cut)], 200);
        for (let row = 0; row < whole.rows && (whole.at[row] as number) <= cut; row += 1) {
          const same = early.at.indexOf(whole.at[row] as number);
          if (same < 0) continue;
          compared += 1;
          for (const cells of whole.cells.keys()) {
            expect(early.cells[cells]?.[same], whole.columns[cells]?.name).toBe(whole.cells[cells]?.[row]);
          }
        }
      }),
      { ...seeded, numRuns: 100 },
    );
    expect(compared).toBeGreaterThan(100);
  });
});

describe("rows to learn from who goes cold", () => {
  const weeks = (events: readonly LeadEvent[], days: number): Examples => {
    const made = openWeeks(options(days));
    made.add("lead", events, PLAIN);
    return made.table();
  };

  test("are weekly looks at a lead, 1 where the silence of then came to 30 days, and none while it is cold", () => {
    const table = weeks([created, act(0), act(10)], 200);
    expect(dayOf(table)).toEqual([0, 7, 14, 21, 28, 35]);
    // on days 0 and 7 the silence of day 0 is looked at, which the act of day 10 ended
    expect(labelsOf(table)).toEqual([0, 0, 1, 1, 1, 1]);
  });

  test("begin again when the lead is back", () => {
    const days = dayOf(weeks([created, act(0), act(60)], 200));
    expect(days.some((day) => day > 35 && day < 60)).toBe(false);
    expect(days.some((day) => day > 60)).toBe(true);
  });

  test("say that a silence was ended by an act just before it was over", () => {
    const back = happened("website_visit", noon + 30 * DAY - HOUR, { url: "https://homes.example.com/" });
    expect(labelsOf(weeks([created, act(0), back], 58))).toEqual([0, 0, 0, 0, 0]);
  });

  test("follow nobody beyond a deal that is won, nor beyond the end of the log", () => {
    const won = happened("opportunity.won", noon + 33 * DAY, { "opportunity.id": "o" });
    expect(dayOf(weeks([created, act(0), act(10), won], 200))).toEqual([0, 7]);
    expect(dayOf(weeks([created, act(0), act(10)], 39))).toEqual([0, 7]);
  });

  test("end 30 days before the log does: later looks could be of those alone who are quiet already", () => {
    expect(dayOf(weeks([created, act(0), act(45)], 80)).at(-1)).toBe(49);
  });

  test("keep apart the looks whose outcome nobody saw, and how each lead turned out", () => {
    const gone = happened("contact.deleted", noon + 20 * DAY);
    const made = openWeeks(options(200));
    made.add("gone", [{ ...created, data: { createdAt: noon, source: "Zillow" } }, act(0), act(10), gone], PLAIN);
    // whatever it was, it would have been known on day 30, and of the last look on day 40
    expect(dayOf(made.table())).toEqual([]);
    expect(dayOf(made.lost())).toEqual([0, 7, 14]);
    expect(Array.from(made.lost().cells.at(-2) ?? [])).toEqual([4, 3, 3]);
    expect(made.stories.get("gone")).toEqual({
      ...{ came: noon, acts: [noon, noon + 10 * DAY], until: noon + 20 * DAY, source: "portal" },
    });
  });

  test("have the week ahead and the days of silence as their last cells", () => {
    const { cells } = weeks([created, act(0), act(10)], 200);
    const [week, idle] = [cells.at(-2) as Float64Array, cells.at(-1) as Float64Array];
    expect(Array.from(week)).toEqual([4, 3, 3, 2, 1, 0]);
    expect(Array.from(idle)).toEqual([0, 7, 4, 11, 18, 25]);
  });

  test("look further ahead where they are asked to: more weeks of a look", () => {
    const made = openWeeks(options(200), 60);
    made.add("lead", [created, act(0), act(10)], PLAIN);
    const table = made.table();
    const ofDay0 = dayOf(table).flatMap((day, row) =>
      day === 0 ? [[table.cells.at(-2)?.[row], table.labels[row]]] : [],
    );
    expect(ofDay0).toEqual([
      [4, 0],
      [5, 1],
    ]);
  });
});
