import { describe, expect, test } from "vitest";
import { draws } from "../learn/draws.ts";
import { sigmoid } from "../learn/predict.ts";
import type { Labeled } from "./csv.ts";
import { parted, tried } from "./trial.ts";
import { trialText } from "./trial-words.ts";

/** Rows whose base rate rises by `jump` log-odds in the last fifth. */
function file(n: number, jump = 0): Labeled {
  const next = draws(4);
  const records: string[][] = [];
  const labels = new Uint8Array(n);
  for (let row = 0; row < n; row += 1) {
    const visits = Math.floor(10 * next());
    const from = next() < 0.3 ? "friend" : "web";
    records.push([`${visits}`, from]);
    const truth = 0.4 * (visits - 6) + (from === "friend" ? 1 : 0) + (row >= 0.8 * n ? jump : 0);
    labels[row] = Number(next() < sigmoid(truth));
  }
  return {
    headings: ["visits", "from"],
    records,
    labels,
    positive: "yes",
    repeated: 2,
    first: Int32Array.from(labels.keys()),
    unlabeled: 1,
  };
}

describe("the split", () => {
  test("by fold learns from the others; while another than fold 0 is tested, fold 0 stays unseen", () => {
    const last = parted(1000, { kind: "fold", fold: 0 });
    expect(last.from.length + last.on.length).toBe(1000);
    const choosing = parted(1000, { kind: "fold", fold: 1 });
    const seen = new Set([...choosing.from, ...choosing.on]);
    expect(last.on.some((row) => seen.has(row))).toBe(false);
    expect(choosing.from.some((row) => choosing.on.includes(row))).toBe(false);
  });

  test("by time tests the last fifth of the file, and learns from what came before", () => {
    const { from, on } = parted(10, { kind: "temporal" });
    expect(from).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(on).toEqual([8, 9]);
  });
});

describe("a split of leads who have several rows", () => {
  const lead = Int32Array.from({ length: 1000 }, (_, row) => row % 200);
  const whose = (rows: readonly number[]) => new Set(rows.map((row) => lead[row]));

  test("by fold has each lead on one side, by its place among the leads", () => {
    for (const fold of [0, 1]) {
      const { from, on } = parted(1000, { kind: "fold", fold }, lead);
      expect(whose(on)).toEqual(new Set(parted(200, { kind: "fold", fold }).on));
      expect([...whose(on)].some((one) => whose(from).has(one))).toBe(false);
    }
  });

  test("by time learns nothing of the leads that it tests", () => {
    const late = lead.map((_, row) => (row < 700 ? row % 300 : 100 + (row % 200)));
    const { from, on } = parted(1000, { kind: "temporal" }, late);
    expect(on).toHaveLength(200);
    expect(from.length).toBeGreaterThan(0);
    const tested = new Set(on.map((row) => late[row]));
    expect(from.some((row) => tested.has(late[row] as number))).toBe(false);
  });
});

describe("a trial", () => {
  test("says n, base rates, the AUC with its interval and the calibration before and after", () => {
    const data = file(1500);
    const trial = tried(data, { split: { kind: "fold", fold: 0 }, seed: 1 });
    expect(trial.learnedFrom.n + trial.measures.n).toBe(1500);
    expect(trial.auc.low).toBeLessThan(trial.measures.auc);
    expect(trial.auc.high).toBeGreaterThan(trial.measures.auc);
    expect(trial.measures.auc).toBeGreaterThan(0.7);
    expect(trial.recalibrated).toBeUndefined();
    const text = trialText("leads.csv", "bought", data, trial);
    expect(text).toContain(`tested on      ${trial.measures.n} rows, base rate`);
    expect(text).toContain("95 % interval");
    expect(text).toContain("the majority's answer for everybody");
    expect(text).toContain("2 rows repeat an earlier one");
    expect(text).toContain("1 rows have no label");
  });

  test.each<[string, (label: number, row: number) => string]>([
    ["is the outcome in other words", (label) => (label === 1 ? "won" : "lost")],
    ["is a number of it", (label, row) => `${10 * label + (row % 7)}`],
    ["is filled in where it came", (label) => (label === 1 ? "2026-01-01" : "")],
    ["is it but for one row in fifty", (label, row) => `${row % 50 === 0 ? 1 - label : label}`],
  ])("points out a column that %s", (_, cell) => {
    const data = file(600);
    const records = data.records.map((record, row) => [...record, cell(data.labels[row] as number, row)]);
    const leaky = { ...data, headings: [...data.headings, "stage"], records };
    const trial = tried(leaky, { split: { kind: "fold", fold: 0 }, seed: 1 });
    expect(trial.telling.map(({ name }) => name)).toEqual(["stage"]);
    const text = trialText("leads.csv", "bought", leaky, trial);
    expect(text).toContain("Warning: stage by itself ranks the rows tested on with an AUC of");
    expect(text).toContain("--drop stage leaves it out");
  });

  test("points out no column that honestly foretells", () => {
    const trial = tried(file(1500), { split: { kind: "fold", fold: 0 }, seed: 1 });
    expect(trial.measures.auc).toBeGreaterThan(0.7);
    expect(trial.telling).toEqual([]);
  });

  test("warns where a split in time meets a file in the order of its outcome", () => {
    const data = file(600);
    const order = [...data.labels.keys()].sort((a, b) => (data.labels[a] as number) - (data.labels[b] as number));
    const ordered = {
      ...data,
      records: order.map((row) => data.records[row] as string[]),
      labels: Uint8Array.from(order, (row) => data.labels[row] as number),
    };
    const trial = tried(ordered, { split: { kind: "temporal" }, seed: 1 });
    expect(trial.testedOn.baseRate).toBe(1);
    expect(trialText("leads.csv", "bought", ordered, trial)).toContain("this one looks ordered by its outcome");
  });

  test("says how many rows are copies, and warns where rows tested on were learned from", () => {
    const once = file(300);
    const split = { kind: "fold", fold: 0 } as const;
    const plain = tried(once, { split, seed: 1 });
    expect(plain.copies).toEqual({ rows: 0, tested: 0, share: 0 });
    const without = trialText("leads.csv", "bought", once, plain);
    expect(without).toContain(
      "copies         0 rows repeat an earlier one; 0.0 % of the rows tested on were learned from",
    );
    expect(without).not.toContain("Warning");

    // a row that is tested on stands once more among those learned from, another one twice on the tested side
    const { from, on } = parted(300, split);
    const [learned, tested, twin] = [from.at(-1) as number, on[0] as number, on[2] as number];
    const first = once.first.slice();
    first[learned] = tested;
    first[twin] = on[1] as number;
    const copied = tried({ ...once, first }, { split, seed: 1 });
    expect(copied).toEqual({ ...plain, copies: { rows: 2, tested: 1, share: 1 / on.length } });
    const text = trialText("leads.csv", "bought", once, copied);
    expect(text).toContain("2 rows repeat an earlier one");
    expect(text).toContain("Warning: 1 of the rows tested on");
    expect(text).toContain("--unique leaves copies out");
  });

  test("by time shows the frozen model beside one whose intercept follows the newest outcomes", () => {
    const trial = tried(file(2500, 2), { split: { kind: "temporal" }, seed: 1 });
    expect(trial.recalibrated?.gain.high).toBeLessThan(0);
    expect(trial.recalibrated?.measures.calibrationError).toBeLessThan(trial.measures.calibrationError / 2);
  });

  test("of leads who have four rows each is no surer than of the leads", () => {
    const once = file(450);
    const often = {
      ...once,
      records: once.records.flatMap((record) => [record, record, record, record]),
      labels: Uint8Array.from({ length: 1800 }, (_, row) => once.labels[row >> 2] as number),
      first: Int32Array.from({ length: 1800 }, (_, row) => row & ~3),
    };
    const lead = Int32Array.from(often.labels, (_, row) => row >> 2);
    const split = { kind: "fold", fold: 0 } as const;
    const [one, four] = [tried(once, { split, seed: 1 }), tried({ ...often, lead }, { split, seed: 1 })];
    const wide = ({ low, high }: { low: number; high: number }) => high - low;
    expect(four.testedOn).toEqual({ ...one.testedOn, n: 4 * one.testedOn.n, leads: one.testedOn.n });
    expect(wide(four.auc) / wide(one.auc)).toBeCloseTo(1, 1);
    expect(wide(four.logLoss) / wide(one.logLoss)).toBeCloseTo(1, 1);
    expect(trialText("leads.csv", "bought", often, four)).toContain(
      `${four.testedOn.n} rows of ${four.testedOn.leads} leads`,
    );
  });

  test("learns from the others, whatever one number is, and says what it did with it", () => {
    const plain = file(300);
    const auc = tried(plain, { split: { kind: "fold", fold: 0 }, seed: 1 }).measures.auc;
    for (const cell of ["999999999", "1e308", "-1.7e308", "1e999"]) {
      // a row that is learned from
      const records = plain.records.map((record, row) => (row === 5 ? [cell, "web"] : record));
      const trial = tried({ ...plain, records }, { split: { kind: "fold", fold: 0 }, seed: 1 });
      expect(trial.model.parts[0]?.kind).toBe("linear");
      expect(trial.measures.auc).toBeCloseTo(auc, 1);
      const said = trialText("leads.csv", "bought", { ...plain, records }, trial);
      expect(said).toContain(
        cell === "1e999"
          ? "visits: 1 cell is infinite, and taken for missing."
          : "visits: some numbers are out of all scale; the logistic holds them within 0 and 9.",
      );
    }
  });

  test("says what every column was read as, and which says nothing", () => {
    const plain = file(300);
    const odd = {
      ...plain,
      headings: ["visits", "from", "floor", "gap", "slip", "id"],
      records: plain.records.map((record, row) => [
        ...[...record, "7", "", row === 5 ? "many" : `${row % 4}`, `lead ${row}`],
      ]),
    };
    const said = trialText("a.csv", "y", odd, tried(odd, { split: { kind: "fold", fold: 0 }, seed: 1 }));
    for (const line of [
      "  as numbers     visits, floor, gap\n",
      "  as categories  from (2), slip (5)\n",
      "floor: the known cells are all the same in the rows to learn from.",
      "gap: no cell is known in the rows to learn from, so it says nothing.",
      'known cells is no number ("many"); leave such cells empty to have numbers.',
      "different values in 247 rows name them.",
    ])
      expect(said).toContain(line);
    const many = {
      ...plain,
      headings: Array.from({ length: 20 }, (_, n) => `c${n}`),
      records: plain.records.map((record) => Array.from({ length: 20 }, () => record[0] as string)),
    };
    expect(trialText("a.csv", "y", many, tried(many, { split: { kind: "fold", fold: 0 }, seed: 1 }))).toContain(
      "c11, and 8 more (--json has all)",
    );
  });

  test("of ten rows is refused or has the rate, never a confident answer", () => {
    const trial = tried(file(10), { split: { kind: "temporal" }, seed: 1 });
    expect(trial.model.parts).toEqual([{ kind: "rate", weight: 1 }]);
    expect(trialText("few.csv", "y", file(10), trial)).toContain("Too little to learn from");
    expect(() => tried(file(1), { split: { kind: "temporal" }, seed: 1 })).toThrow("rows to learn from");
  });
});

test("few rows to test on give wide intervals, or none, and never a figure that is no number", () => {
  const text = (labeled: Labeled, split: Parameters<typeof tried>[1]["split"]) =>
    trialText("file.csv", "booked", labeled, tried(labeled, { split, seed: 1 }));
  for (const n of [10, 20, 100]) {
    const said = text(file(n), { kind: "fold", fold: 0 });
    expect(said).not.toMatch(/NaN|Infinity|interval -/);
    expect(said).toMatch(/accuracy +\S+ % \(95 % interval /);
  }
  const early = file(200);
  const labels = early.labels.map((label, row) => (row < 160 ? label : 0));
  const said = text({ ...early, labels }, { kind: "temporal" });
  expect(said).not.toMatch(/NaN/);
  expect(said).toContain("top 10 %       none came true");
});
