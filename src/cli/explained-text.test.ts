import { expect, test } from "vitest";
import type { LeadExplanation } from "../app/explaining.ts";
import { APPOINTMENT } from "../kernel/aim.ts";
import { explainedText } from "./explained-text.ts";

test("a chance that is held against other leads names them, and as of when", () => {
  const chance = {
    base: -1,
    reasons: [],
    logOdds: -1,
    said: -1,
    off: 0,
    foretells: APPOINTMENT,
    chance: 0.27,
    shifted: 0.27,
  };
  const location = { logOdds: 0, n: 0, k: 0 };
  const lineOf = (against?: object) => {
    const told = { lead: "ada", chance: { ...chance, location, ...(against && { against }) } };
    return explainedText(told as unknown as LeadExplanation).split("\n")[2];
  };
  expect(lineOf()).toBe("    -1.0000  the average of what it learned from");
  const against = { leads: 100, asOf: "2026-11-18T19:00:00.000Z" };
  expect(lineOf(against)).toBe(
    "    -1.0000  the mean of 100 leads of this location, as known on 2026-11-18T19:00:00.000Z",
  );
});

test("a silence of less than a day is said to be that, and one of one day to be of one", () => {
  const silent = (idleDays: number) => {
    const silence = { idleDays, coldDays: 30, rate: null };
    const told = { lead: "ada", asOf: "2026-03-02", score: 40, tier: "cold", model: "rules-1", silence, note: "" };
    return explainedText(told as unknown as LeadExplanation).split("\n")[1];
  };
  expect([0.9, 1.2, 2, 30].map(silent)).toEqual([
    "No model speaks of going cold. Quiet for less than a day; too few leads of this location tell how that goes on.",
    "No model speaks of going cold. Quiet for 1 day; too few leads of this location tell how that goes on.",
    "No model speaks of going cold. Quiet for 2 days; too few leads of this location tell how that goes on.",
    "No model speaks of going cold. Quiet for 30 days: it has gone cold.",
  ]);
});
