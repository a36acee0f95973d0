import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DAY } from "../../kernel/time.ts";
import type { Plan } from "../plan.ts";
import { completeContent, completePlan } from "./complete.ts";

/** A row of `plan` and one of `publication`, as the previous version wrote them. */
const stored = JSON.parse(readFileSync(new URL("./complete.fixture.json", import.meta.url), "utf8"));

describe("a plan that the previous version stored", () => {
  const plan: Plan = completePlan(stored.plan);

  test("keeps its runs on it when the file is edited, and declares nothing", () => {
    expect(plan).toMatchObject({ onEdit: "keep", moved: {}, vars: {}, inputs: {}, outputs: {} });
  });

  test("counts the goal it counted", () => {
    expect(plan.goal).toEqual({
      when: [
        {
          event: "appointment.booked",
          if: { subject: "event.calendar", tests: [{ operator: "equals", value: "buyer_call" }] },
        },
      ],
      within: 30 * DAY,
      then: "continue",
    });
  });

  test("keeps its id, its steps and all else it said", () => {
    const { goal: _, ...rest } = stored.plan;
    expect(plan).toMatchObject(rest);
  });

  test("read again, is the same: what is whole needs nothing", () => {
    expect(completePlan(plan)).toEqual(plan);
  });

  test("without a goal has none", () => {
    const { goal: _, ...rest } = stored.plan;
    expect(completePlan(rest)).not.toHaveProperty("goal");
  });
});

describe("a publication that the previous version stored", () => {
  test("has no segments, no experiments, no teams, and all that it had", () => {
    const content = completeContent(stored.content);
    expect(content).toMatchObject({
      ...stored.content,
      segments: [],
      experiments: {},
      settings: { ...stored.content.settings, teams: {}, highlevelWorkflows: {} },
    });
    expect(completeContent(content)).toEqual(content);
  });
});
