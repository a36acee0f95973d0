import { describe, expect, it } from "vitest";
import type { Column } from "../learn/model.ts";
import { reasonsOf, sentenceOf, type Told, type Words } from "./reasons.ts";

const columns: readonly Column[] = [
  { name: "views_7", kind: "number" },
  { name: "views_30", kind: "number" },
  { name: "idle", kind: "number" },
  { name: "source", kind: "category", levels: ["portal", "open house"] },
  { name: "unnamed", kind: "number" },
];
const TOLD: Readonly<Record<string, Told>> = {
  views_7: { group: "homes", say: (value) => `${value} property views in 7 days` },
  views_30: { group: "homes", say: (value) => `${value} in 30 days` },
  idle: {
    group: "silence",
    say: (value) => (value === undefined ? "has done nothing yet" : `quiet for ${value} days`),
  },
  source: { group: "arrival", say: (value) => `came by ${value ?? "a way that is not known"}` },
};
const words: Words = (column) => TOLD[column];
const told = (row: number[], contributions: number[]) =>
  reasonsOf(columns, row, { base: -3, contributions: Float64Array.from(contributions), logOdds: 0 }, words);

describe("reasons", () => {
  it("tell groups together, strongest first, with the lead's own figures and a direction", () => {
    expect(
      told([3, 8, 21, 1, 5], [0.4, 0.3, -0.5, 0.1, 0]).map((reason) => [
        reason.group,
        reason.logOdds,
        sentenceOf(reason),
      ]),
    ).toEqual([
      ["homes", 0.7, "3 property views in 7 days, 8 in 30 days: goes with a higher score"],
      ["silence", -0.5, "quiet for 21 days: goes with a lower score"],
      ["arrival", 0.1, "came by open house: goes with a higher score"],
    ]);
  });

  it("name only figures that point where the group points, and a second one only where it weighs half of the first", () => {
    expect(told([3, 8, 0, 0, 0], [-0.4, 0.6, 0, 0, 0])[0]).toMatchObject({ text: "8 in 30 days", direction: "higher" });
    expect(told([3, 8, 0, 0, 0], [0.6, 0.2, 0, 0, 0])[0]?.text).toBe("3 property views in 7 days");
  });

  it("say what is not known, and name a column nobody has words for", () => {
    const reasons = told([0, 0, Number.NaN, Number.NaN, Number.NaN], [0, 0, -0.3, -0.2, 0.1]);
    expect(reasons.map(({ text }) => text)).toEqual([
      "has done nothing yet",
      "came by a way that is not known",
      "unnamed is not known",
    ]);
  });

  it("leave out what moved nothing, and what evens out within its group", () => {
    expect(told([1, 1, 1, 1, 1], [0.2, -0.2, 1e-9, 0, 0])).toEqual([]);
  });

  it("speak of what goes with a score, never of what would change it", () => {
    for (const { text, direction } of told([3, 8, 21, 1, 5], [0.4, -0.1, -0.5, 0.1, 0.7])) {
      for (const of of ["score", "risk of going cold"]) {
        expect(sentenceOf({ text, direction }, of)).toMatch(/: goes with a (higher|lower) (score|risk of going cold)$/);
        expect(sentenceOf({ text, direction }, of)).not.toMatch(/because|causes?|raises?|lowers|due to|to improve/i);
      }
    }
  });
});
