import { describe, expect, test } from "vitest";
import { quote } from "./quote.ts";

describe("what somebody wrote, quoted", () => {
  test("says how it begins", () => {
    expect(quote("Is it still for sale?")).toBe("“Is it still for sale?”");
    expect(quote("x".repeat(200))).toHaveLength(142);
    expect([quote(""), quote(undefined)]).toEqual([undefined, undefined]);
  });

  test.each([
    ["Call +1 (212) 555-0143 or ada@example.com", "“Call (number) or (address)”"],
    ["2125550143!", "“(number)!”"],
    ["On 2026-11-22 for 1,250,000 at 14 Alder Court", "“On 2026-11-22 for 1,250,000 at 14 Alder Court”"],
  ])("keeps numbers and addresses for the lead's own page: %s", (text, line) => {
    expect(quote(text)).toBe(line);
  });
});
