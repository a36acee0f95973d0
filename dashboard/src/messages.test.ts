import { describe, expect, test } from "vitest";
import type { KeptBack } from "./api.ts";
import { byRule } from "./messages.ts";
import { outcomeWords } from "./workflows.ts";

const one = (more: Partial<KeptBack>): KeptBack => ({
  ...{ day: "2026-11-20", verdict: "held", code: "cap.full", check: "Cap", says: "full", messages: 2, leads: 1 },
  ...more,
});

describe("what rules kept back", () => {
  test("is told once for each rule and what it did, over all days, the most first", () => {
    const days = [
      one({}),
      one({ verdict: "blocked", code: "dnd.crm", messages: 5 }),
      one({ day: "2026-11-21", messages: 4 }),
      one({ day: "2026-11-21", verdict: "blocked", messages: 1 }),
    ];
    expect(byRule(days).map(({ verdict, code, messages }) => [verdict, code, messages])).toEqual([
      ["held", "cap.full", 6],
      ["blocked", "dnd.crm", 5],
      ["blocked", "cap.full", 1],
    ]);
    expect(byRule([])).toEqual([]);
  });
});

test("how a run ended is said in words", () => {
  expect(["not_enrolled", "completed", "goal_met"].map(outcomeWords)).toEqual([
    "did not enter",
    "completed",
    "goal met",
  ]);
});
