import { describe, expect, test } from "vitest";
import type { LeadExplanation } from "../../src/app/explaining.ts";
import type { Suggestion } from "../../src/scoring/index.ts";
import { riskOf } from "./risk.ts";

const NOW = Date.UTC(2026, 10, 18, 19);
const HOUR = 3_600_000;
const call: Suggestion = {
  ...{ intervention: "immediate_call", words: "call the lead", priority: "high", dueBy: NOW + 24 * HOUR },
  effect: "not measured",
};
const winBack: Suggestion = {
  ...{ intervention: "re_engagement_campaign", words: "start the workflow that wins back quiet leads" },
  ...{ priority: "high", dueBy: NOW + 24 * HOUR, because: "silence" },
  effect: { experiment: "re_engagement_campaign", metric: "replied", value: 0.031, low: -0.004, high: 0.066 },
};
const told = (more: Partial<LeadExplanation>): LeadExplanation => ({
  ...{ lead: "ada", asOf: new Date(NOW).toISOString(), score: 0.5, tier: "warm", model: "rules-1", note: "" },
  ...more,
});
const week = (reasons: number): NonNullable<NonNullable<LeadExplanation["risk"]>["week"]> => ({
  ...{ week: 1, hazard: 0.73, base: -2, contributions: [], logOdds: 1, said: 1, off: 0, chance: 0.73 },
  reasons: Array.from({ length: reasons }, (_, at) => ({
    ...{ group: "silence", text: `reason ${at + 1}`, direction: "higher" as const, logOdds: 1 / (at + 1), columns: [] },
  })),
});
const risk = { chance: 0.731, days: 30, level: "high" as const, week: week(7), suggestions: [call, winBack] };

describe("going cold, on a lead's page", () => {
  test("is the figure, its strongest reasons, and what there is to do, by when and for what", () => {
    const found = riskOf(told({ risk }), NOW);
    expect(found?.says).toBe("73 of 100 like this go cold within 30 days. Risk: high.");
    expect(found?.reasons.map(({ text }) => text)).toEqual([
      "reason 1",
      "reason 2",
      "reason 3",
      "reason 4",
      "reason 5",
    ]);
    expect(found?.doing.map(({ words }) => words)).toEqual([
      "Call the lead",
      "Start the workflow that wins back quiet leads",
    ]);
    expect(found?.doing[0]?.note).toMatch(/^by \w/);
    expect(found?.doing[1]?.note).toContain(", for how long it has been quiet");
  });

  test("names an effect only where one was measured, with its interval", () => {
    const [one, other] = riskOf(told({ risk }), NOW)?.doing ?? [];
    expect(one).not.toHaveProperty("effect");
    expect(other?.effect).toBe("Measured here: +3.1 points (-0.4 to +6.6)");
  });

  test("says of a lead that is cold that it is", () => {
    const { week: _, ...cold } = { ...risk, chance: 1, suggestions: [] };
    expect(riskOf(told({ risk: cold }), NOW)).toMatchObject({
      says: "Has gone cold: nothing for 30 days.",
      reasons: [],
    });
  });

  test("is the rate of silences without a model, and says whose it is", () => {
    const rate = { value: 0.333, low: 0.28, high: 0.39, n: 300, leads: 215, of: "segment" as const };
    const silence = { idleDays: 20.4, coldDays: 30, rate, level: "low" as const, suggestions: [call] };
    expect(riskOf(told({ silence }), NOW)).toMatchObject({
      says: "Quiet for 20 days: 33 of 100 such silences went on to 30 days.",
      by: "No model speaks of it: this is the rate of 215 leads that came the same way, 28 to 39 at 95%.",
      doing: [{ words: "Call the lead" }],
    });
  });

  test("gives no figure where too few leads tell, and none of a silence that is cold already", () => {
    const silence = { idleDays: 1.2, coldDays: 30, rate: null };
    expect(riskOf(told({ silence }), NOW)).toMatchObject({
      ...{ says: "Quiet for 1 day.", by: "Too few leads of yours tell how such a silence goes on.", doing: [] },
    });
    expect(riskOf(told({ silence: { ...silence, idleDays: 0.9 } }), NOW)?.says).toBe("Quiet for less than a day.");
    expect(riskOf(told({ silence: { ...silence, idleDays: 41 } }), NOW)?.says).toBe(
      "Has gone cold: nothing for 41 days.",
    );
  });

  test("is nothing where neither a model nor a silence speaks of it, and of a lead that is gone no silence does", () => {
    const silence = { idleDays: 1.2, coldDays: 30, rate: null };
    expect(riskOf(told({}), NOW)).toBeUndefined();
    expect(riskOf(told({ silence, gone: true }), NOW)).toBeUndefined();
    expect(riskOf(told({ risk, silence }), NOW)).toEqual(riskOf(told({ risk }), NOW));
  });
});
