import { describe, expect, it } from "vitest";
import { boostedOf, dice, rowOf as drawnRow, linearOf, modelOf } from "../../../test/models.ts";
import { WEEK_COLUMNS } from "../features/registry.ts";
import { ADDS_UP, accountOf } from "./account.ts";
import { explainer } from "./explain.ts";
import { featureWords } from "./words.ts";

const roll = dice(21);
const model = modelOf(6, [
  { weight: 0.7, part: boostedOf(roll, [0, 1, 2, 3, 4, 5], 5) },
  { weight: 0.3, part: linearOf(roll, 6) },
]);

describe("an explanation that is handed out", () => {
  it("adds up to what the model says in a turn, for every row", () => {
    const explain = explainer(model);
    for (let n = 0; n < 200; n++) {
      const account = accountOf(model, drawnRow(roll, 6), explain, featureWords);
      expect(account.off).toBeLessThan(ADDS_UP);
      expect(account.contributions.reduce((sum, one) => sum + one.logOdds, account.base)).toBeCloseTo(account.said, 9);
      expect(account.chance).toBeCloseTo(1 / (1 + Math.exp(-account.said)), 12);
    }
  });

  it("says so where it does not", () => {
    const wrong = accountOf(
      model,
      drawnRow(roll, 6),
      (row) => ({ ...explainer(model)(row), logOdds: explainer(model)(row).logOdds + 1e-6 }),
      featureWords,
    );
    expect(wrong.off).toBeGreaterThan(ADDS_UP);
  });

  it("has words for the two columns that a row of going cold has besides its features", () => {
    expect(WEEK_COLUMNS.map(({ name }) => featureWords(name)?.say(4))).toEqual(["week 5 from now", "quiet for 4 days"]);
    expect(featureWords("no_such_column")).toBeUndefined();
    for (const name of ["__proto__", "constructor"]) expect(featureWords(name)).toBeUndefined();
  });
});
