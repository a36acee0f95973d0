// What an audit says of groups: on samples whose truth is known.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY } from "../../kernel/time.ts";
import { columnsFor } from "../features/registry.ts";
import { NOTHING_SEEN } from "../features/tally.ts";
import { foretellerOf } from "../foretell.ts";
import { draws } from "../learn/draws.ts";
import { learnLinear, linearLogOdds } from "../learn/logistic.ts";
import type { Model, Table } from "../learn/model.ts";
import { score as scoreByRules } from "../score.ts";
import { fairnessDocument } from "./document.ts";
import { fieldsSeen } from "./fields.ts";
import { flips } from "./flips.ts";
import { type Audited, calibrations, FEWEST, impact, ratioInterval, spreads } from "./impact.ts";
import { LAW_AS_OF } from "./law.ts";
import { type AuditRows, proxyTest } from "./proxies.ts";
import { fairnessReport, type Subject } from "./report.ts";
import { learnedRows, rulesRows } from "./rows.ts";
import { treatments } from "./treatment.ts";

const CUTS = [
  { name: "hot", from: 0.7 },
  { name: "warm", from: 0.4 },
];

/** `n` leads of a group whose scores are uniform up to `most`. */
const people = (group: string, n: number, most: number, seed: number): Audited[] => {
  const next = draws(seed);
  return Array.from({ length: n }, () => ({ group, score: most * next() }));
};

const learner = (table: Table) => {
  const model = learnLinear(table, { seed: 1 });
  return (rows: Pick<Table, "cells" | "rows">) => linearLogOdds(model, rows);
};

describe("adverse impact", () => {
  test("is the share of the chosen over that of the group chosen most, with an interval", () => {
    const sample = [...people("a", 1000, 1, 1), ...people("b", 1000, 0.8, 2)];
    const [hot, warm] = impact(sample, CUTS).cuts;
    expect(hot?.reference).toBe("a");
    const ratio = hot?.ratios[0]?.ratio;
    // .125 of b and .3 of a
    expect(ratio?.value).toBeCloseTo(0.42, 1);
    expect(ratio?.low).toBeLessThan(0.125 / 0.3);
    expect(ratio?.high).toBeGreaterThan(0.125 / 0.3);
    expect(hot?.ratios[0]).toMatchObject({ below: true, sure: true });
    expect(warm?.ratios[0]?.ratio?.value).toBeGreaterThan(ratio?.value as number);
  });

  test("has the published interval of a known table", () => {
    // everybody chosen in both: the ratio is 1, and no surer than so many leads make it
    const all = ratioInterval(40, 40, 400, 400);
    expect(all.value).toBe(1);
    expect(all.low).toBeLessThan(0.98);
    expect(all.high).toBeGreaterThan(1.02);
    // Katz: 15 of 100 against 30 of 100, ratio .5, standard error of its logarithm sqrt(.85/15 + .7/30)
    const { value, low, high } = ratioInterval(15, 100, 30, 100);
    const deviation = Math.sqrt(0.85 / 15 + 0.7 / 30);
    expect(value).toBe(0.5);
    expect(Math.log(high / 0.5)).toBeCloseTo(1.959963984540054 * deviation, 9);
    expect(Math.log(0.5 / low)).toBeCloseTo(1.959963984540054 * deviation, 9);
  });

  test("covers the truth in about 19 of 20 samples", () => {
    let covered = 0;
    for (let seed = 0; seed < 300; seed += 1) {
      const next = draws(seed);
      const count = (share: number) => Array.from({ length: 400 }, next).filter((one) => one < share).length;
      const { low, high } = ratioInterval(count(0.15), 400, count(0.2), 400);
      if (low <= 0.75 && high >= 0.75) covered += 1;
    }
    expect(covered).toBeGreaterThan(0.92 * 300);
    expect(covered).toBeLessThan(0.985 * 300);
  });

  test("gives no number of a group of fewer than thirty, nor where hardly anybody would be chosen", () => {
    const [hot] = impact([...people("a", 500, 1, 1), ...people("b", FEWEST - 1, 0.1, 2)], CUTS).cuts;
    expect(hot?.reference).toBeUndefined();
    expect(hot?.ratios.every(({ ratio }) => ratio === undefined)).toBe(true);
    const three = [...people("a", 500, 1, 1), ...people("b", 500, 1, 2), ...people("c", FEWEST - 1, 1, 5)];
    const [beside] = impact(three, CUTS).cuts;
    expect(beside?.ratios.map(({ group, ratio }) => [group, ratio !== undefined])).toEqual([
      [beside?.reference === "a" ? "b" : "a", true],
      ["c", false],
    ]);
    const rare = [...people("a", 500, 0.705, 3), ...people("b", 40, 0.3, 4)];
    expect(impact(rare, CUTS).cuts[0]?.ratios[0]).toEqual({ group: "b" });
  });

  test("does not depend on the order of the leads, and never judges the group chosen most", () => {
    const one = fc.record({ group: fc.constantFrom("a", "b", "c"), score: fc.double({ min: 0, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 200 }), (sample) => {
        const found = impact(sample, CUTS);
        expect(impact(sample.toReversed(), CUTS)).toEqual(found);
        for (const { reference, ratios, groups } of found.cuts) {
          expect(groups.reduce((sum, { n }) => sum + n, 0)).toBe(sample.length);
          for (const { group, ratio } of ratios) {
            if (ratio === undefined) continue;
            expect(group).not.toBe(reference);
            expect(ratio.value).toBeLessThanOrEqual(1);
            expect(ratio.low).toBeLessThanOrEqual(ratio.value);
            expect(ratio.high).toBeGreaterThanOrEqual(ratio.value);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("where scores lie", () => {
  test("is told by quantile, less those of the largest group", () => {
    const found = spreads([...people("a", 900, 1, 1), ...people("b", 600, 0.8, 2), ...people("c", 5, 1, 3)], 7);
    expect(found.find(({ group }) => group === "a")?.apart).toBeUndefined();
    expect(found.find(({ group }) => group === "c")).toEqual({ group: "c", n: 5 });
    const middle = found.find(({ group }) => group === "b")?.apart?.[2];
    expect(middle?.low).toBeLessThan(-0.1);
    expect(middle?.high).toBeGreaterThan(-0.1);
    expect(middle?.high).toBeLessThan(0);
  });
});

describe("whether chances come true within a group", () => {
  test("is said from two hundred outcomes on", () => {
    const of = (group: string, n: number, chance: number, true_: number): Audited[] => {
      const next = draws(n);
      return Array.from({ length: n }, () => ({ group, score: chance, chance, came: next() < true_ }));
    };
    const found = calibrations([...of("a", 2000, 0.1, 0.1), ...of("b", 2000, 0.1, 0.2), ...of("c", 199, 0.1, 0.1)]);
    expect(found.map(({ group, verdict }) => [group, verdict])).toEqual([
      ["a", "as said"],
      ["b", "more than said"],
      ["c", undefined],
    ]);
  });
});

describe("how groups were treated", () => {
  test("is messages and the first answer, which columns left out do not cure", () => {
    const of = (group: string, minutes: number, messages: number) =>
      Array.from({ length: 60 }, (_, n) => ({ group, messages: messages + (n % 2), answeredAfter: minutes + n }));
    const [a, b] = treatments([...of("a", 5, 8), ...of("b", 300, 3)], 1);
    expect(a?.messages?.value).toBeCloseTo(8.5);
    expect(b?.answeredAfter?.low).toBeGreaterThan(a?.answeredAfter?.high as number);
    expect(treatments([{ group: "a", messages: 1 }], 1)).toEqual([{ group: "a", n: 1, answered: 0 }]);
  });
});

/** Group b with the chance .3; `tells` goes with it, `noise` does not, `gap` is missing more often in it. */
function sample(n: number, seed: number): { rows: AuditRows; groups: string[] } {
  const next = draws(seed);
  const groups = Array.from({ length: n }, () => (next() < 0.3 ? "b" : "a"));
  const cells = [
    Float64Array.from(groups, (group) => next() + (group === "b" ? 0.5 : 0)),
    Float64Array.from(groups, () => next()),
    Float64Array.from(groups, (group) => (next() < (group === "b" ? 0.7 : 0.2) ? Number.NaN : next())),
  ];
  const columns = ["tells", "noise", "gap"].map((name) => ({ name, kind: "number" as const }));
  return { rows: { columns, rows: n, cells }, groups };
}

describe("a stand-in for a group", () => {
  test("is found by a column alone, also by what is missing, and by all together; noise is not", () => {
    const { rows, groups } = sample(2000, 5);
    const { together, columns } = proxyTest(rows, groups, "b", { learner, seed: 1 });
    expect(together?.verdict).toBe("stands in");
    const verdict = (name: string) => columns.find((column) => column.name === name)?.verdict;
    expect(verdict("tells")).toBe("stands in");
    expect(verdict("gap")).toBe("stands in");
    expect(verdict("noise")).toBe("does not");
    expect(together?.auc.value).toBeGreaterThan(Math.max(...columns.map(({ auc }) => auc.value)));
  });

  test("is looked for on rows that had no part in learning, so that noise alone stays near one half", () => {
    const { rows, groups } = sample(600, 9);
    const noise = { ...rows, columns: rows.columns.slice(1, 2), cells: rows.cells.slice(1, 2) };
    const { together, columns } = proxyTest(noise, groups, "b", { learner, seed: 1 });
    expect(together?.auc.value).toBeLessThan(0.56);
    expect(columns[0]?.auc.value).toBeLessThan(0.56);
  });

  test("is not believed of a learner that knows its rows by heart", () => {
    const { rows, groups } = sample(600, 9);
    const noise = { ...rows, columns: rows.columns.slice(1, 2), cells: rows.cells.slice(1, 2) };
    const byHeart = ({ cells, labels }: Table) => {
      const known = new Map([...(cells[0] as Float64Array)].map((cell, row) => [cell, labels[row] as number]));
      return (asked: Pick<Table, "cells" | "rows">) =>
        (asked.cells[0] as Float64Array).map((cell) => known.get(cell) ?? 0);
    };
    expect(proxyTest(noise, groups, "b", { learner: byHeart, seed: 1 }).together?.auc.value).toBe(0.5);
  });

  test("cannot be told of fewer than thirty", () => {
    const { rows, groups } = sample(60, 3);
    expect(proxyTest(rows, groups, "c", { learner, seed: 1 })).toEqual({ group: "c", n: 60, members: 0, columns: [] });
  });
});

describe("a lead as if of another group", () => {
  const asked = (score: (row: Float64Array) => number, linked: readonly string[]) => {
    const { rows, groups } = sample(400, 5);
    return flips(rows, groups, linked, { score, cuts: CUTS, seed: 1 });
  };

  test("changes tier where the score reads what is linked to the group", () => {
    const found = asked((row) => (row[0] as number) / 1.5, ["tells"]);
    expect(found.changed?.value).toBeGreaterThan(0.3);
    const b = found.groups.find(({ group }) => group === "b");
    expect(b?.down).toBeGreaterThan(b?.up as number);
  });

  test("stays where the score reads nothing of it", () => {
    expect(asked((row) => row[1] as number, ["tells"]).changed?.value).toBe(0);
    expect(asked((row) => row[0] as number, []).n).toBe(0);
  });
});

describe("the rows of an audit", () => {
  test("are scored again as the rules scored them", () => {
    const features = { engagement: 0.4, qualification: 0.6, idle: 0, views: 3, wrote: true, appointment: false };
    const kept = [features, { ...features, wrote: false, views: 0 }].map(scoreByRules);
    const { rows, score } = rulesRows(kept.map(({ base, reasons }) => ({ base, reasons })));
    expect(rows.rows).toBe(2);
    kept.forEach((one, row) => {
      expect(score(Float64Array.from(rows.cells, (cells) => cells[row] as number))).toBeCloseTo(one.score, 5);
    });
  });

  test("are what a model read, and stand where its turn had them stand", () => {
    const columns = columnsFor("score").filter(({ name }) => name === "idle_days");
    const model: Model = {
      format: 1,
      columns,
      parts: [{ weight: 1, part: { kind: "rate", logOdds: -3 } }],
      calibration: { kind: "none" },
      learned: { rows: 1, positives: 0, seed: 1 },
    };
    const quantiles = Array.from({ length: 101 }, (_, n) => n / 1000);
    const scorer = { model, quantiles, location: { logOdds: 0.5, n: 10, k: 10 }, agents: {} };
    const tally = { ...NOTHING_SEEN, last: { act: 0 } };
    const { rows, score } = learnedRows([{ tally, at: 3 * DAY }], scorer);
    expect(rows.cells.map((cells) => [...cells])).toEqual([[3]]);
    const told = foretellerOf({ id: "m", chance: scorer }).tell(tally, 3 * DAY);
    expect(score(Float64Array.of(3))).toBeCloseTo(told.standing as number, 4);
  });
});

describe("the document", () => {
  const subject: Subject = {
    location: "loc_1",
    at: Date.UTC(2026, 10, 22),
    models: [{ id: "rules-1", leads: 700 }],
    features: [
      { name: "idle_days", example: "did something 3 days ago", use: ["score"], readBy: ["the chance"] },
      { name: "reply_hour", use: [], readBy: [] },
    ],
    fields: fieldsSeen([
      { key: "move_in_timeline", names: ["contact.custom.move_in_timeline", "move_in_timeline"] },
      { key: "budget", name: "Household income", names: ["contact.custom.budget", "budget", "Household income"] },
      { key: "religion", names: ["contact.custom.religion", "religion"] },
      { key: "question_7", names: ["contact.custom.faith", "question_7"] },
      { key: "notes", names: ["contact.custom.notes", "notes"] },
    ]),
    denied: [{ terms: ["race"], why: "race is protected", source: "42 USC 3604" }],
    refused: [],
    leads: { scored: 700, from: 0, until: DAY, tiers: { hot: 100, warm: 200, cold: 400 } },
    cuts: CUTS,
  };

  test("without groups names the model, its features, what is denied, and says what is not known", () => {
    const report = fairnessReport(subject);
    expect(report.groups).toBeUndefined();
    const text = fairnessDocument(report);
    for (const said of [
      "rules-1",
      "idle_days",
      "For audits alone",
      "race is protected",
      "no file of groups",
      LAW_AS_OF,
    ])
      expect(text).toContain(said);
    expect(text).not.toContain("Who is chosen");
    expect(text).toContain("29 CFR 1607.4(D)");
  });

  test("lists the custom fields that are read, as what, and those that are left alone, for which name and why", () => {
    const text = fairnessDocument(fairnessReport(subject));
    for (const line of [
      "Custom fields that the CRM has named: 5.",
      "| move_in_timeline |  | time line |",
      '| budget | Household income | budget | Household income | family status is protected ("household") |',
      '| religion |  | nothing | religion | religion is protected ("religion") |',
      '| question_7 |  | nothing | contact.custom.faith | religion is protected ("faith") |',
      "The other 1: of these nothing is read",
    ])
      expect(text).toContain(line);
    const none = fairnessDocument(fairnessReport({ ...subject, fields: fieldsSeen([]) }));
    expect(none).toContain("Custom fields that the CRM has named: 0.\n\nNone of them is read.");
  });

  test("names the file of groups, and says of which kind the brackets are and of no figure that it is less than nothing", () => {
    const { groups } = sample(400, 5);
    const people = groups.map((group, row) => ({ group, score: 0.5 + 0.001 * (row % 2), messages: 3 }));
    const file = { name: "groups.csv", sha256: "0".repeat(64) };
    const text = fairnessDocument(fairnessReport(subject, { people, file, unknown: 0, learner, seed: 1 }));
    expect(text).toContain(`The file: groups.csv, SHA-256 ${"0".repeat(64)}.`);
    expect(text).toContain("95 % intervals");
    expect(text).not.toContain("-0.00");
  });

  test("with groups has every table, and `not yet` in place of a number where a group is small", () => {
    const { rows, groups } = sample(400, 5);
    const scored = groups.map((group, row) => ({
      group: row < 10 ? "c" : group,
      score: Math.min(1, rows.cells[0]?.[row] as number),
      messages: 3,
      answeredAfter: row,
    }));
    const report = fairnessReport(subject, {
      people: scored,
      unknown: 2,
      rows,
      learner,
      score: (row) => Math.min(1, row[0] as number),
      seed: 1,
    });
    const text = fairnessDocument(report);
    for (const said of [
      "### hot: from 0.7",
      "chosen most",
      "not yet: 10 of 30",
      "no scored lead of the location: 2",
      "| tells |",
    ])
      expect(text).toContain(said);
    expect(report.groups?.flips?.columns).toContain("tells");
    expect(text).toMatch(/of 400 leads change tier/);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
    expect(JSON.parse(JSON.stringify(report)).groups.n).toBe(400);
  });
});
