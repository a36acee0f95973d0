import { describe, expect, it } from "vitest";
import { DAY, HOUR } from "../../kernel/time.ts";
import { INTERVENTION_WORDS, INTERVENTIONS, interventionsFor, riskLevel } from "./interventions.ts";

describe("what to do about a lead that may go cold", () => {
  it("is as urgent as its risk", () => {
    const of = (chance: number) => interventionsFor(chance, ["homes"], 0)[0]!;
    expect([of(0.95), of(0.75), of(0.5), of(0.2)].map(({ priority, dueBy }) => [priority, dueBy])).toEqual([
      ["urgent", 2 * HOUR],
      ["high", DAY],
      ["medium", 3 * DAY],
      ["low", 7 * DAY],
    ]);
    expect([0.9, 0.7, 0.4, 0.39].map(riskLevel)).toEqual(["critical", "high", "medium", "low"]);
  });

  it("answers the level first, then the reasons in their order, three at most", () => {
    const names = (chance: number, reasons: string[]) =>
      interventionsFor(chance, reasons, 0).map(({ intervention, because }) => [intervention, because]);
    expect(names(0.95, ["homes", "silence", "price"])).toEqual([
      ["immediate_call", undefined],
      ["agent_escalation", undefined],
      ["property_recommendation", "homes"],
    ]);
    expect(names(0.5, ["silence", "words", "price"])).toEqual([
      ["personalized_email", "words"],
      ["re_engagement_campaign", "silence"],
      ["special_offer", "price"],
    ]);
  });

  it("asks for nobody's time at little risk, and for nothing without a reason", () => {
    expect(interventionsFor(0.1, ["calls", "team", "meetings"], 0)).toEqual([]);
    expect(interventionsFor(0.1, [], 0)).toEqual([]);
  });

  it("names an effect only where the location has measured it", () => {
    const effect = { experiment: "immediate_call", metric: "appointment.booked", value: 0.06, low: 0.01, high: 0.11 };
    const [call, mail] = interventionsFor(0.8, ["words"], 0, { immediate_call: effect });
    expect(call?.effect).toEqual(effect);
    expect(mail?.effect).toBe("not measured");
  });

  it("has words for each, that promise nothing", () => {
    for (const one of INTERVENTIONS) expect(INTERVENTION_WORDS[one]).not.toMatch(/reduc|prevent|%|will/);
  });
});
