import { describe, expect, it } from "vitest";
import { chanceOf, churnOf } from "../../../test/scorers.ts";
import { BUILT_IN, type LeadEvent } from "../../events/index.ts";
import { newId } from "../../kernel/ids.ts";
import { DAY, type Instant } from "../../kernel/time.ts";
import { accountOfChance } from "../explain/lead.ts";
import { openExamples } from "../features/examples.ts";
import { openRows } from "../features/row.ts";
import { NOTHING_SEEN, observe, type Reading } from "../features/tally.ts";
import type { Model } from "../learn/model.ts";
import { ready } from "../learn/predict.ts";
import { drawBackground } from "./background.ts";
import type { ReadPage } from "./log.ts";

const NOW = Date.UTC(2026, 10, 18, 19);
const reading: Reading = { isAct: (type) => Object.hasOwn(BUILT_IN.behaviors, type), fieldNames: () => [] };

const event = (lead: string, type: string, at: Instant): LeadEvent => ({
  ...{ id: newId(at), lead, type, at, receivedAt: at, source: "site" },
  data: type === "property_view" ? { "property.id": `home_${at % 7}` } : {},
});
/** Came so many days ago, and looks at homes on `n` of the days after; every third writes. */
const leadCame = (n: number, daysAgo: number): LeadEvent[] => {
  const lead = `${"AZaz"[n % 4]}${String(n).padStart(4, "0")}`;
  const came = NOW - daysAgo * DAY;
  const views = Array.from({ length: n % 9 }, (_, day) => event(lead, "property_view", came + (day + 0.5) * DAY));
  const wrote = n % 3 === 0 ? [event(lead, "message.received", came + 0.2 * DAY)] : [];
  return [event(lead, "contact.created", came), ...wrote, ...views];
};
const leads = (count: number, daysAgo = 90) => Array.from({ length: count }, (_, n) => leadCame(n, daysAgo)).flat();

/** A log in pages of seven, in the order in which the location's is kept. */
function pagesOf(events: readonly LeadEvent[]): ReadPage {
  const key = ({ lead, receivedAt, id }: Pick<LeadEvent, "lead" | "receivedAt" | "id">) =>
    `${lead} ${String(receivedAt).padStart(15, "0")} ${id}`;
  const kept = events.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  return async (after) => kept.filter((one) => after === undefined || key(one) > key(after)).slice(0, 7);
}
const drawn = (events: readonly LeadEvent[], scorer: Parameters<typeof drawBackground>[0] = chanceOf(), asOf = NOW) =>
  drawBackground(scorer, { location: "loc", asOf, readPage: pagesOf(events), reading });
const cellsOf = (rows: readonly ArrayLike<number>[]) => rows.map((row) => Array.from(row));

describe("the leads that a lead is held against", () => {
  it("are a look of each of a hundred, made as a training makes it, and the same ones of the same log", async () => {
    const log = leads(140);
    const { rows, asOf } = await drawn(log);
    expect([rows.length, asOf]).toEqual([100, NOW]);
    expect(cellsOf((await drawn(log)).rows)).toEqual(cellsOf(rows));
    const training = openExamples({ until: NOW, seed: "loc", columns: chanceOf().model.columns });
    for (let n = 0; n < 140; n++) training.add(leadCame(n, 90)[0]?.lead as string, leadCame(n, 90), reading);
    const { cells, rows: count } = training.table();
    const made = new Set(Array.from({ length: count }, (_, row) => String(cells.map((column) => column[row]))));
    for (const row of cellsOf(rows)) expect(made).toContain(String(row));
    expect(new Set(cellsOf(rows).map(String)).size).toBeGreaterThan(5);
  });

  it("are those of what was known by then: what came later changes nobody", async () => {
    const log = leads(60);
    // told today: that they had been deleted two months ago
    const later = leads(60).map((one) => ({
      ...one,
      type: "contact.deleted",
      at: NOW - 60 * DAY,
      receivedAt: NOW + 1,
    }));
    expect(cellsOf((await drawn([...log, ...later])).rows)).toEqual(cellsOf((await drawn(log)).rows));
    const weeks = await drawn(log, churnOf());
    expect(weeks.rows).toHaveLength(60);
    expect(cellsOf((await drawn([...log, ...later], churnOf())).rows)).toEqual(cellsOf(weeks.rows));
  });

  it("are thirty at least, whose outcome is known: of fewer it says how many there are", async () => {
    expect((await drawn(leads(30))).rows).toHaveLength(30);
    await expect(drawn(leads(29))).rejects.toThrow("29 of 30 of this location had a look whose outcome was known");
    await expect(drawn(leads(60, 20))).rejects.toThrow("0 of 30");
  });

  it("share what a lead's chance is away from their mean by Shapley's definition, to 1e-9", async () => {
    const model = stumpy();
    const scorer = chanceOf({ model });
    const background = await drawn(leads(50), scorer);
    const tally = leadCame(8, 40).reduce((so, one) => observe(so, one, reading), NOTHING_SEEN);
    const account = accountOfChance(scorer, tally, NOW, { owner: undefined, background });
    expect(account.against).toEqual({ leads: 50, asOf: new Date(NOW).toISOString() });
    const say = ready(model);
    const row = openRows(model.columns)(tally, NOW);
    const worth = (known: number) =>
      background.rows.reduce((sum, other) => {
        const mixed = Float64Array.from(row, (cell, place) => ((known >> place) & 1 ? cell : (other[place] as number)));
        return sum + say.logOdds(mixed);
      }, 0) / background.rows.length;
    expect(Math.abs(account.base - worth(0))).toBeLessThan(1e-9);
    expect(account.off).toBeLessThan(1e-9);
    const share = new Map(account.contributions.map(({ column, logOdds }) => [column, logOdds]));
    // of three columns: first and last in two orders of six each, in the middle in one of each other
    for (const [place, { name }] of model.columns.entries()) {
      const [mine, one, two] = [1 << place, 1 << ((place + 1) % 3), 1 << ((place + 2) % 3)];
      const adds = (to: number) => worth(to | mine) - worth(to);
      const expected = (2 * adds(0) + adds(one) + adds(two) + 2 * adds(one | two)) / 6;
      expect(Math.abs((share.get(name) ?? 0) - expected)).toBeLessThan(1e-9);
    }
    expect(share.size).toBeGreaterThan(1);
  });
});

/** Three columns that lean on each other. */
function stumpy(): Model {
  const tree = {
    feature: [0, 1, 2, -1, -1, -1, -1],
    threshold: [2, 0.5, 20, 0, 0, 0, 0],
    levels: [null, null, null, null, null, null, null],
    missingLeft: [true, true, false, false, false, false, false],
    left: [1, 3, 5, -1, -1, -1, -1],
    right: [2, 4, 6, -1, -1, -1, -1],
    value: [0, 0, 0, -1.5, 0.25, 2, 0.75],
    cover: [100, 60, 40, 30, 30, 20, 20],
  };
  const columns = ["homes", "words_ever", "idle_days"].map((name) => ({ name, kind: "number" as const }));
  return { ...chanceOf().model, columns, parts: [{ weight: 1, part: { kind: "boosted", base: -2, trees: [tree] } }] };
}
