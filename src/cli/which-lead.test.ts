import { expect, test } from "vitest";
import { bare, type Leads, leadMeant, whichLead } from "./which-lead.ts";

const maya = { id: "c1", name: "Maya Torres" };
const mayas = { id: "c2", name: "Maya Torresen" };

test("an id is that lead's, whatever anybody is called", async () => {
  const leads: Leads = { isThere: async (id) => id === "maya", find: async () => [maya] };
  expect(await leadMeant("maya", leads)).toBe("maya");
  expect(await leadMeant("Maya Torres", leads)).toBe("c1");
});

test("who has exactly that name, number or address is meant, not who has more of it", async () => {
  const leads: Leads = { isThere: async () => false, find: async (_, whole) => (whole ? [maya] : [maya, mayas]) };
  expect(await leadMeant("maya torres", leads)).toBe("c1");
});

test("of those who only begin so nobody is meant, also where it is one: each is listed", () => {
  const said = /^Nobody here is exactly maya@example\.co\. What begins so:\n {2}c1 {2}Maya Torres$/;
  expect(() => whichLead("maya@example.co", { exact: [], near: [maya] })).toThrow(said);
});

test("where it may be several, each is named with its id, and of very many that there are more", () => {
  const same = { ...maya, id: "c3" };
  expect(() => whichLead("maya torres", { exact: [maya, same], near: [] })).toThrow(
    "Several may be meant by maya torres. Name one by its id:\n  c1  Maya Torres\n  c3  Maya Torres",
  );
  const many = Array.from({ length: 21 }, (_, n) => ({ ...maya, id: `m${n}` }));
  expect(() => whichLead("maya", { exact: many, near: [] })).toThrow(/m19 {2}Maya Torres\n {2}and more$/);
});

test("where it is nobody, it says how leads are named; an empty name asks nobody", async () => {
  const none: Leads = { isThere: async () => false, find: async (typed) => (typed === "" ? [maya] : []) };
  await expect(leadMeant("Maia", none)).rejects.toThrow(/^Nobody here is Maia\. A lead is named by its id \(/);
  await expect(leadMeant(" ", none)).rejects.toThrow(/^Expected a LEAD\. A lead is named by its id/);
});

test("the address of a lead's page is its id, and what programs put around an address or a number is left", () => {
  expect(bare("http://127.0.0.1:3000/leads/c1?tab=why")).toBe("c1");
  expect(bare("https://app.example.com/v2/location/loc1/contacts/detail/c1")).toBe("c1");
  expect(bare("Maya Torres <maya@example.com>")).toBe("maya@example.com");
  expect(bare("mailto:maya@example.com")).toBe("maya@example.com");
  expect(bare("tel:+1-512-555-0142")).toBe("+1-512-555-0142");
  expect(bare("  +1 512 555 0142 ")).toBe("+1 512 555 0142");
});
