import { describe, expect, test } from "vitest";
import { conditionFacts, is, MONDAY, newLead } from "../../test/stage.ts";
import type { Condition, Value } from "./condition.ts";
import { evaluate, explain } from "./evaluate.ts";

const facts = (values: Record<string, Value>, more: object = {}) => ({
  ...conditionFacts({ ...newLead(), values }),
  ...more,
});
const truth = (condition: Condition, values: Record<string, Value> = {}) => evaluate(condition, facts(values));
const asked = (operator: string, value: unknown, has: Value) =>
  truth(is("contact.x", operator, value), { "contact.x": has });

const yes = is("contact.yes", "equals", 1);
const no = is("contact.no", "equals", 1);
const unknown = is("contact.unknown", "equals", 1);
const three = (condition: Condition) => truth(condition, { "contact.yes": 1, "contact.no": 0 });

describe("a condition in three values", () => {
  test("all is false if one is false, else unknown if one is unknown", () => {
    expect(three({ all: [yes, yes] })).toBe(true);
    expect(three({ all: [yes, unknown] })).toBeUndefined();
    expect(three({ all: [unknown, no] })).toBe(false);
    expect(three({ all: [] })).toBe(true);
  });

  test("any is true if one is true, else unknown if one is unknown", () => {
    expect(three({ any: [unknown, yes] })).toBe(true);
    expect(three({ any: [no, unknown] })).toBeUndefined();
    expect(three({ any: [no, no] })).toBe(false);
  });

  test("not unknown is unknown", () => {
    expect(three({ not: unknown })).toBeUndefined();
    expect(three({ not: no })).toBe(true);
  });

  test("at least 2 of 3 is decided as soon as the unknown ones cannot change it", () => {
    expect(three({ atLeast: 2, of: [yes, unknown, yes] })).toBe(true);
    expect(three({ atLeast: 2, of: [yes, unknown, no] })).toBeUndefined();
    expect(three({ atLeast: 2, of: [no, unknown, no] })).toBe(false);
  });
});

describe("a leaf", () => {
  test("with several tests holds if all of them do", () => {
    const leaf: Condition = {
      subject: "contact.budget",
      tests: [
        { operator: "at_least", value: 5 },
        { operator: "less_than", value: 9 },
      ],
    };
    expect(truth(leaf, { "contact.budget": 5 })).toBe(true);
    expect(truth(leaf, { "contact.budget": 9 })).toBe(false);
    expect(truth(leaf)).toBeUndefined();
  });

  test("on an empty field is unknown, also for not_equals, not_contains and not_in", () => {
    for (const operator of ["equals", "not_equals", "contains", "not_contains", "in", "not_in", "matches"]) {
      expect(truth(is("contact.x", operator, operator.endsWith("in") ? ["a"] : "a"))).toBeUndefined();
      expect(asked(operator, operator.endsWith("in") ? ["a"] : "a", "")).toBeUndefined();
    }
  });

  test("with if_missing is settled on the spot when the field is empty, and only then", () => {
    expect(truth(is("contact.x", "equals", "a", true))).toBe(true);
    expect(truth(is("contact.x", "equals", "a", false))).toBe(false);
    expect(truth(is("contact.x", "equals", "a", true), { "contact.x": "b" })).toBe(false);
  });

  test("that compares numbers with text is unknown", () => {
    expect(asked("greater_than", 5, "six")).toBeUndefined();
    expect(asked("equals", 5, "5")).toBeUndefined();
    expect(asked("between", [1, 9], "5")).toBeUndefined();
    expect(asked("in", [1, 2], "1")).toBeUndefined();
  });

  test("compares with another fact of the same moment, and is unknown where that is empty", () => {
    const leaf = is("contact.x", "greater_than", { fact: "contact.y" });
    expect(truth(leaf, { "contact.x": 2, "contact.y": 1 })).toBe(true);
    expect(truth(leaf, { "contact.x": 2 })).toBeUndefined();
  });
});

describe("an operator", () => {
  test("orders numbers", () => {
    expect(asked("greater_than", 5, 5)).toBe(false);
    expect(asked("at_least", 5, 5)).toBe(true);
    expect(asked("less_than", 5, 4)).toBe(true);
    expect(asked("at_most", 5, 5)).toBe(true);
  });

  test("orders local dates, but no other text", () => {
    expect(asked("greater_than", "2026-03-01", "2026-03-02")).toBe(true);
    expect(asked("greater_than", "apple", "banana")).toBeUndefined();
  });

  test("between includes both ends", () => {
    expect(asked("between", [1, 3], 1)).toBe(true);
    expect(asked("between", [1, 3], 3)).toBe(true);
    expect(asked("between", [1, 3], 3.1)).toBe(false);
  });

  test("contains ignores case, within text and for whole elements of a list", () => {
    expect(asked("contains", "HOME", "my home town")).toBe(true);
    expect(asked("contains", "investor", ["Buyer", "INVESTOR"])).toBe(true);
    expect(asked("contains", "invest", ["Investor"])).toBe(false);
    expect(asked("not_contains", "investor", [])).toBe(true);
  });

  test("in asks for one of a list; of a list, for one element of it", () => {
    expect(asked("in", ["Zillow", "Realtor.com"], "Zillow")).toBe(true);
    expect(asked("not_in", ["Zillow"], "Other")).toBe(true);
    expect(asked("in", ["Buyer"], ["buyer", "vip"])).toBe(true);
  });

  test("starts_with, ends_with and equals look at text as it is written", () => {
    expect(asked("starts_with", "Aus", "Austin")).toBe(true);
    expect(asked("ends_with", "TIN", "Austin")).toBe(false);
    expect(asked("equals", "austin", "Austin")).toBe(false);
  });

  test("matches finds an RE2 pattern anywhere, in time that does not explode", () => {
    expect(asked("matches", "(?i)tour|showing", "A SHOWING, please")).toBe(true);
    expect(asked("matches", "^(a+)+$", `${"a".repeat(5_000)}!`)).toBe(false);
    expect(asked("matches", "(?=a)", "a")).toBeUndefined();
  });

  test("exists is never unknown", () => {
    expect(truth(is("contact.email", "exists", false))).toBe(true);
    expect(asked("exists", true, "")).toBe(false);
    expect(asked("exists", true, [])).toBe(false);
    expect(asked("exists", true, 0)).toBe(true);
  });

  test("is_true and is_false ask a yes or no, and nothing else answers them", () => {
    expect(asked("is_true", true, true)).toBe(true);
    expect(asked("is_false", true, true)).toBe(false);
    expect(asked("is_true", true, "yes")).toBeUndefined();
  });

  test("rose_by and fell_by compare with the figure of a step, to six decimals", () => {
    const rose = is("lead.engagement", "rose_by", { by: 0.2, since: "week2" });
    const fell = is("lead.engagement", "fell_by", { by: 0.2, since: "week2" });
    const at = (before: number | undefined, value: number) =>
      facts({ "lead.engagement": value }, { mark: () => before });
    expect(evaluate(rose, at(0.1, 0.30000000000000004))).toBe(true);
    expect(evaluate(rose, at(0.7, 0.9))).toBe(true);
    expect(evaluate(rose, at(0.1, 0.299))).toBe(false);
    expect(evaluate(fell, at(0.5, 0.3))).toBe(true);
    expect(evaluate(rose, at(undefined, 0.9))).toBeUndefined();
  });

  test("changed looks at the event in hand, and is unknown without one", () => {
    const leaf = is("contact.custom.stage", "changed", true);
    expect(evaluate(leaf, facts({}, { changed: () => true }))).toBe(true);
    expect(evaluate(leaf, facts({}))).toBeUndefined();
  });
});

describe("conformance of conditions", () => {
  test("14: not at_least on an empty budget is unknown", () => {
    expect(truth({ not: is("contact.budget", "at_least", 5) })).toBeUndefined();
  });

  test("15: less_than with if_missing on an empty budget is true", () => {
    expect(truth(is("contact.budget", "less_than", 5, true))).toBe(true);
  });

  test("16: any with one true side is true although the budget is empty", () => {
    const either: Condition = { any: [is("contact.budget", "at_least", 5), is("lead.score", "at_least", 0)] };
    expect(truth(either, { "lead.score": 0.1 })).toBe(true);
  });

  test("17: exists false on an empty e-mail is true", () => {
    expect(truth(is("contact.email", "exists", false))).toBe(true);
  });

  test("18 and 19: counts of history are tested as numbers, and no events are zero", () => {
    const question = { key: "q", event: "property_view", within: 7 * 86_400_000, keep: 3 };
    const lead = newLead();
    const count = (operator: "at_least" | "at_most", value: number) =>
      evaluate({ history: question, tests: [{ operator, value }] }, conditionFacts(lead));
    expect(count("at_most", 0)).toBe(true);
    lead.did["property_view"] = [MONDAY - 3, MONDAY - 2, MONDAY - 1];
    expect(count("at_least", 3)).toBe(true);
    expect(count("at_least", 4)).toBe(false);
  });

  test("21: an overnight range of local time has an open end", () => {
    const night = is("time.local", "between", [21 * 60, 8 * 60]);
    expect(truth(night, { "time.local": 23 * 60 })).toBe(true);
    expect(truth(night, { "time.local": 21 * 60 })).toBe(true);
    expect(truth(night, { "time.local": 8 * 60 })).toBe(false);
    expect(truth(night, { "time.local": 12 * 60 })).toBe(false);
    const day = is("time.local", "between", [9 * 60, 17 * 60]);
    expect(truth(day, { "time.local": 17 * 60 })).toBe(false);
  });
});

describe("an explanation", () => {
  test("names each leaf, what it found, and whether it was empty or of another type", () => {
    const condition: Condition = {
      all: [yes, { any: [no, unknown] }, { not: is("contact.text", "greater_than", 3) }],
    };
    expect(explain(condition, facts({ "contact.yes": 1, "contact.no": 0, "contact.text": "x" }))).toEqual([
      { subject: "contact.yes", truth: true, value: 1, code: "holds" },
      { subject: "contact.no", truth: false, value: 0, code: "differs" },
      { subject: "contact.unknown", truth: undefined, code: "empty" },
      { subject: "contact.text", truth: undefined, value: "x", code: "other_type" },
    ]);
  });

  test("of a question about history tells the count", () => {
    const leaf: Condition = {
      history: { key: "q", event: "property_view", within: 1, keep: 3 },
      tests: [{ operator: "at_least", value: 3 }],
    };
    expect(explain(leaf, facts({}))).toEqual([
      { subject: "behavior.property_view", truth: false, value: 0, code: "differs" },
    ]);
  });
});
