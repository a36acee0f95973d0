import { describe, expect, test } from "vitest";
import { fieldKind, moneyIn, monthsIn, sourceIn, yesIn } from "./stated.ts";

describe("what people stated", () => {
  test.each([
    ["90 days", 2.96],
    ["0-3 months", 1.5],
    ["6+ months", 6],
    ["1 year", 12],
    ["ASAP", 0],
    [4, 4],
    ["just looking", undefined],
    [-1, undefined],
  ])("reads a time line of %j as %j months", (value, months) => expect(monthsIn(value)).toBe(months));

  test.each([
    ["$400,000", 400_000],
    ["300k - 400k", 350_000],
    ["1.2M", 1_200_000],
    [0, undefined],
    ["as much as it takes", undefined],
  ])("reads a budget of %j as %j", (value, money) => expect(moneyIn(value)).toBe(money));

  test.each([
    ["Yes", true],
    ["Not yet", false],
    ["pre-approved", true],
    [true, true],
    ["maybe", undefined],
  ])("reads a pre-approval of %j as %j", (value, yes) => expect(yesIn(value)).toBe(yes));

  test.each([
    ["Zillow Premier", "portal"],
    ["Facebook Ads", "ad"],
    ["Past client", "referral"],
    ["Open House 12 May", "open house"],
    ["Website", "site"],
    ["Home portal", "portal"],
    ["Something", "other"],
    ["", undefined],
  ])("takes the source %j for %j", (text, source) => expect(sourceIn(text)).toBe(source));

  test.each([
    ["contact.custom.pre_approved", "approved"],
    ["Timeline", "timeline"],
    ["contact.custom.months_to_move", "timeline"],
    ["budget_range", "budget"],
    ["favorite_color", undefined],
  ])("knows the field %s as %j", (name, kind) => expect(fieldKind([name])).toBe(kind));

  test.each([
    ["its key tells income", ["contact.custom.section_8_pre_approved", "section_8_pre_approved", "Pre-approved"]],
    ["it was renamed in the CRM", ["contact.custom.budget", "budget", "Ingreso familiar"]],
    ["the folder calls it otherwise", ["contact.custom.budget", "household_budget", "Budget"]],
    ["it is written in other letters", ["contact.custom.timeline", "timeline", "Аge"]],
  ])("is nothing that may be read where %s", (_, names) => expect(fieldKind(names)).toBeUndefined());

  test("reads a field that was renamed to something harmless", () => {
    expect(fieldKind(["contact.custom.budget", "budget", "What they would spend"])).toBe("budget");
  });
});
