// Snippets from text to what happens: waits to instants in five zones, conditions to three values.

import { describe, expect, test } from "vitest";
import { conditionFacts, newLead } from "../../../test/stage.ts";
import { checkSnippet } from "../compile/conformance.ts";
import type { Value } from "../condition.ts";
import { evaluate } from "../evaluate.ts";
import type { Step, WaitStep } from "../plan.ts";
import { waitEnd } from "./wait.ts";

const stepOf = (snippet: string): Step => {
  const step = checkSnippet(snippet).plans.find(({ workflow }) => workflow === "w")?.lists[0]?.[1];
  if (step === undefined) throw new Error(`this does not compile: ${snippet}`);
  return step;
};

const over = (snippet: string, from: string, zone: string): string => {
  const calendar = { zone, businessHours: [{ days: [1, 2, 3, 4, 5], from: 540, to: 1080 }], holidays: ["2026-03-09"] };
  const end = waitEnd((stepOf(snippet) as WaitStep).wait, Date.parse(from), calendar, {
    anchor: () => undefined,
    bestTime: () => undefined,
  });
  return typeof end === "string" ? end : new Date(end.at).toISOString();
};

describe("waits on the days when clocks change", () => {
  test.each([
    // spring: 02:30 does not exist, and is the first instant after the gap
    ['wait: { until: "02:30" }', "2026-03-08T05:00:00Z", "America/New_York", "2026-03-08T07:00:00.000Z"],
    ['wait: { until: "02:30" }', "2026-03-08T07:00:00Z", "America/Chicago", "2026-03-08T08:00:00.000Z"],
    ['wait: { until: "02:30" }', "2026-03-28T23:30:00Z", "Europe/Berlin", "2026-03-29T01:00:00.000Z"],
    ['wait: { until: "02:15" }', "2026-10-03T14:00:00Z", "Australia/Lord_Howe", "2026-10-03T15:30:00.000Z"],
    // autumn: 01:30 exists twice, and is the first
    ['wait: { until: "01:30" }', "2026-11-01T04:00:00Z", "America/New_York", "2026-11-01T05:30:00.000Z"],
    ['wait: { until: "02:30" }', "2026-10-24T23:00:00Z", "Europe/Berlin", "2026-10-25T00:30:00.000Z"],
    // a zone without changes
    ['wait: { until: "02:30" }', "2026-03-08T05:00:00Z", "America/Phoenix", "2026-03-08T09:30:00.000Z"],
    // a day is the same local time; 24 hours are elapsed time
    ["wait: 1d", "2026-03-07T15:00:00Z", "America/New_York", "2026-03-08T14:00:00.000Z"],
    ["wait: 24h", "2026-03-07T15:00:00Z", "America/New_York", "2026-03-08T15:00:00.000Z"],
    ["wait: 1w", "2026-10-28T14:00:00Z", "America/New_York", "2026-11-04T15:00:00.000Z"],
    ["wait: { until: tue 10:00 }", "2026-03-04T15:00:00Z", "America/New_York", "2026-03-10T14:00:00.000Z"],
    // Friday evening, a weekend, a holiday on Monday
    [
      "wait: { for: 1h, during: business_hours }",
      "2026-03-06T22:30:00Z",
      "America/New_York",
      "2026-03-10T13:00:00.000Z",
    ],
    ["wait: 1 business day", "2026-03-06T20:00:00Z", "America/New_York", "2026-03-10T19:00:00.000Z"],
    [
      'wait: { for: 1d, during: "sat 10:00-12:00" }',
      "2026-03-02T20:00:00Z",
      "Europe/Berlin",
      "2026-03-07T09:00:00.000Z",
    ],
  ])("%s from %s in %s ends at %s", (snippet, from, zone, at) => {
    expect(over(snippet, from, zone)).toBe(at);
  });
});

describe("conditions in three values, from their text", () => {
  const truth = (snippet: string, values: Record<string, Value>) => {
    const { if: condition } = stepOf(snippet);
    if (condition === undefined) throw new Error(`no condition: ${snippet}`);
    return evaluate(condition, conditionFacts({ ...newLead(), values }));
  };
  test.each<[string, Record<string, Value>, boolean | undefined]>([
    ["if: { not: { contact.budget: { at_least: 5 } } }", {}, undefined],
    ["if: { contact.budget: { less_than: 5, if_missing: true } }", {}, true],
    [
      "if: { any: [ { contact.budget: { at_least: 5 } }, { lead.score: { at_least: 0 } } ] }",
      { "lead.score": 0 },
      true,
    ],
    ["if: { contact.email: { exists: false } }", {}, true],
    ['if: { time.local: { between: "21:00-08:00" } }', { "time.local": 1380 }, true],
    ['if: { time.local: { between: "21:00-08:00" } }', { "time.local": 480 }, false],
    ["if: { segment: luxury }", { "contact.budget": 1_000_000 }, true],
    ["if: { not: { segment: luxury } }", {}, undefined],
    [
      "if: { at_least: 2, of: [ { contact.city: Austin }, { contact.source: Zillow }, { lead.score: { at_least: 0.5 } } ] }",
      { "contact.city": "Austin", "lead.score": 0.5 },
      true,
    ],
    [
      "if: { at_least: 2, of: [ { contact.city: Austin }, { contact.source: Zillow } ] }",
      { "contact.city": "Austin" },
      undefined,
    ],
    ["if: { contact.tags: { contains: investor } }", { "contact.tags": ["Investor"] }, true],
    ["if: { contact.tags: { contains: invest } }", { "contact.tags": ["Investor"] }, false],
    ["if: { contact.city: { not_in: [Austin], if_missing: true } }", {}, true],
    [
      "if: { contact.city: { equals: { fact: contact.state } } }",
      { "contact.city": "Utah", "contact.state": "Utah" },
      true,
    ],
    ["if: { contact.budget: { between: 5-9 } }", { "contact.budget": 9 }, true],
    ["if: { lead.idle: { at_least: 7d } }", { "lead.idle": 7 * 86_400_000 - 1 }, false],
    ["if: { contact.budget: { at_least: 5 } }", { "contact.budget": "a lot" }, undefined],
  ])("%s of %j is %s", (snippet, values, expected) => {
    expect(truth(snippet, values)).toBe(expected);
  });
});
