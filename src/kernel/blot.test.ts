import { expect, test } from "vitest";
import { blot } from "./blot.ts";

test.each([
  ["Call +12125550143", "Call (number)"],
  ["+1 (212) 555-0143, 212.555.0143, 212‑555‑0143, 212/555/0143, 212•555•0143", Array(5).fill("(number)").join(", ")],
  ["２１２５５５０１４３", "(number)"],
  ["maya@example.com or maya%40example.com, <rafael@example.org>", "(address) or (address) <(address)>"],
])("takes out %s", (text, shown) => {
  expect(blot(text)).toBe(shown);
});

test("keeps dates, prices, house numbers and times", () => {
  const text = "On 2026-11-22 10:30 or 11/22/2026 10 am, 1,250,000 for 14 Alder Court, meet @ 5";
  expect(blot(text)).toBe(text);
});
