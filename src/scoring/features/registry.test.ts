import { describe, expect, test } from "vitest";
import { InvalidInput } from "../../kernel/errors.ts";
import { denied } from "./denied.ts";
import type { Feature } from "./feature.ts";
import { knownAt } from "./known.ts";
import { FEATURES } from "./list.ts";
import { auditColumns, churnColumns, columnsFor, REGISTRY, register, sayCell } from "./registry.ts";
import { NOTHING_SEEN } from "./tally.ts";

const some = (name: string, more: Partial<Feature> = {}): Feature => ({
  name,
  kind: "number",
  unit: "count",
  group: "activity",
  use: ["score"],
  read: () => 1,
  say: () => "one",
  ...more,
});

describe("the registry", () => {
  test.each([
    ...["race", "first_name", "lastName", "language", "age", "birth_date", "gender", "marital_status", "children"],
    ...["zip", "zip_code", "postal_code", "census_tract", "school_district", "street_address", "city", "neighborhood"],
    ...["source_of_income", "income", "citizenship", "religion", "disability", "photo_url", "national_origin"],
  ])("refuses a feature called %s, and says why", (name) => {
    expect(denied(name)).toBeTypeOf("string");
    expect(() => register(REGISTRY, some(name))).toThrow(InvalidInput);
  });

  test.each(["idle_days", "first_answer_hours", "price_spread", "source", "months_to_move"])(
    "lets %s in: it holds no denied word",
    (name) => expect(denied(name)).toBeUndefined(),
  );

  test("refuses a name that is taken, one that is not plain, and a category without levels", () => {
    expect(() => register(REGISTRY, some("idle_days"))).toThrow("already");
    expect(() => register(REGISTRY, some("Idle-Days"))).toThrow("lower-case");
    expect(() => register(REGISTRY, some("kind", { kind: "category" }))).toThrow("levels");
    expect(register(REGISTRY, some("fresh_idea")).has("fresh_idea")).toBe(true);
  });

  test("keeps what is for audits alone out of every score", () => {
    const forScores = columnsFor("score").map(({ name }) => name);
    expect(forScores).not.toContain("price_level");
    expect(columnsFor("churn").map(({ name }) => name)).not.toContain("price_level");
    expect(auditColumns().map(({ name }) => name)).toContain("price_level");
  });

  test("gives the chance its directions: silence never raises it, replies and a pre-approval never lower it", () => {
    const directions = Object.fromEntries(
      columnsFor("score").flatMap((column) =>
        column.kind === "number" && column.monotone !== undefined ? [[column.name, column.monotone]] : [],
      ),
    );
    expect(directions).toMatchObject({ idle_days: -1, word_days: -1, words: 1, text_answers: 1, pre_approved: 1 });
    expect(columnsFor("churn").every((column) => !("monotone" in column))).toBe(true);
  });

  test("ends a row of churn with the week and the days of silence", () => {
    expect(
      churnColumns()
        .slice(-2)
        .map(({ name }) => name),
    ).toEqual(["week", "idleDays"]);
  });

  test("says every value in words, also that it is not known", () => {
    const known = knownAt(NOTHING_SEEN, 0);
    for (const feature of FEATURES) {
      const values = feature.kind === "category" ? [undefined, feature.levels?.[0]] : [undefined, 0, 1, 2.5, 40];
      for (const value of values) {
        const words = feature.say(value);
        expect(words, feature.name).toMatch(/^[a-z0-9]/);
        expect(words, feature.name).not.toMatch(/undefined|NaN|\?$/);
      }
      expect(() => feature.read(known)).not.toThrow();
    }
  });

  test("says a cell of a row, and of a column that is no feature any more its name", () => {
    expect(sayCell({ name: "homes", kind: "number" }, 5)).toBe("5 different homes in 30 days");
    expect(sayCell({ name: "source", kind: "category", levels: ["ad", "referral"] }, 1)).toBe("came by referral");
    expect(sayCell({ name: "word_days", kind: "number" }, Number.NaN)).toBe("has never written or talked to us");
    expect(sayCell({ name: "gone", kind: "number" }, 1)).toBe("gone");
  });
});
