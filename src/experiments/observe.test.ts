import { describe, expect, test } from "vitest";
import { experimentOf } from "../../test/experiment.ts";
import type { LeadEvent } from "../events/index.ts";
import { DAY } from "../kernel/time.ts";
import type { Exposure } from "./experiment.ts";
import { observe, type Watching } from "./observe.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const condition = { subject: "event.link", tests: [{ operator: "equals", value: "tour" }] } as const;
const experiment = experimentOf({
  metric: { when: [{ event: "message.replied" }], of: "welcome", within: 7 * DAY },
  also: [{ when: [{ event: "email.clicked", if: condition }], within: 2 * DAY }],
  guardrails: [{ when: [{ event: "message.opted_out" }], within: 14 * DAY, worseBy: 0.005 }],
});
const exposure: Exposure = {
  experiment: "welcome",
  lead: "ada",
  variant: "b",
  run: "run1",
  exposedAt: noon,
  closesAt: noon + 14 * DAY,
  reached: {},
};
const watching: Watching = {
  holds: (_, event) => event.data["link"] === "tour",
  isOf: (run, step, message) => run === "run1" && step === "welcome" && message === "m1",
};
const event = (type: string, at: number, data: LeadEvent["data"] = {}): LeadEvent => ({
  id: `${type} ${at}`,
  lead: "ada",
  type,
  at,
  receivedAt: at,
  source: "crm",
  data,
});
const reachedBy = (exposed: Exposure, ...events: LeadEvent[]) =>
  events.reduce((now, one) => observe(now, experiment, one, watching), exposed).reached;

describe("a metric", () => {
  test("is reached by its event within its window, by the first of them", () => {
    const first = event("message.replied", noon + DAY, { "message.id": "m1" });
    const second = event("message.replied", noon + 2 * DAY, { "message.id": "m1" });
    expect(reachedBy(exposure, first, second)).toEqual({ 0: noon + DAY });
    expect(reachedBy(exposure, event("message.replied", noon + 7 * DAY))).toEqual({ 0: noon + 7 * DAY });
    expect(reachedBy(exposure, event("message.replied", noon + 7 * DAY + 1))).toEqual({});
  });

  test("does not count the event by which the lead came", () => {
    expect(reachedBy(exposure, event("message.replied", noon))).toEqual({});
  });

  test("has its own window and its own condition", () => {
    expect(reachedBy(exposure, event("email.clicked", noon + DAY, { link: "tour" }))).toEqual({ 1: noon + DAY });
    expect(reachedBy(exposure, event("email.clicked", noon + DAY, { link: "other" }))).toEqual({});
    expect(reachedBy(exposure, event("email.clicked", noon + 3 * DAY, { link: "tour" }))).toEqual({});
    expect(reachedBy(exposure, event("message.opted_out", noon + 10 * DAY))).toEqual({ 2: noon + 10 * DAY });
  });

  test("of a step counts that step's message alone; a reply that names none counts", () => {
    expect(reachedBy(exposure, event("message.replied", noon + 1, { message: { id: "m2" } }))).toEqual({});
    expect(reachedBy(exposure, event("message.replied", noon + 1, { message: { id: "m1" } }))).toEqual({ 0: noon + 1 });
    expect(reachedBy(exposure, event("message.replied", noon + 1))).toEqual({ 0: noon + 1 });
  });

  test("of a step counts any message for the held out, who got none of it", () => {
    expect(
      reachedBy({ ...exposure, variant: "none" }, event("message.replied", noon + 1, { "message.id": "m2" })),
    ).toEqual({
      0: noon + 1,
    });
  });

  test("leaves the exposure as it is where nothing counts", () => {
    expect(observe(exposure, experiment, event("property_view", noon + 1), watching)).toBe(exposure);
  });
});
