import { expect, test } from "vitest";
import { whichLead } from "./which-lead.ts";

const maya = { id: "c1", name: "Maya Torres" };
const mayas = { id: "c2", name: "Maya Torresen" };

test("one who is found is meant", () => {
  expect(whichLead("+1 512 555 0142", [maya])).toBe("c1");
});

test("of several the only one with exactly that name is meant", () => {
  expect(whichLead("maya  torres", [mayas, maya])).toBe("c1");
});

test("where it may be several, each is named with its id", () => {
  expect(() => whichLead("maya", [maya, mayas])).toThrow("  c1  Maya Torres\n  c2  Maya Torresen");
  expect(() => whichLead("Maya Torres", [maya, { ...maya, id: "c3" }])).toThrow("c3");
});

test("where it is nobody, it says where ids come from", () => {
  expect(() => whichLead("Maia", [])).toThrow(/^Nobody here is Maia\. A lead is named by its id \(.*\/leads\/ID/);
});
