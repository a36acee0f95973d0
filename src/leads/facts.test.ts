import { describe, expect, test } from "vitest";
import { DAY, HOUR } from "../kernel/time.ts";
import { openCatalog } from "./catalog.ts";
import { contactFact, mergeFields } from "./facts.ts";
import { type Lead, stub } from "./lead.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const catalog = openCatalog({
  installedAt: noon,
  users: { u1: { name: "Dana Reyes", email: "dana@example.com", available: true } },
  stages: { s2: { name: "Touring" } },
  pipelines: { p1: "Buyers" },
  fields: { f1: "contact.budget_range", f2: "lease_end", f3: "style" },
  declared: {
    "contact.custom.budget": { type: "money", crm: "budget_range" },
    "contact.custom.lease_end": { type: "date" },
  },
});
const deal = { id: "o1", pipeline: "p1", stage: "s2", status: "open", changedAt: noon } as const;
const lead: Lead = {
  ...stub("loc", "c1"),
  stub: false,
  createdAt: noon - DAY,
  contact: {
    firstName: "Ann",
    lastName: "Lee",
    email: "ann@example.com",
    phone: "+15555550101",
    assignedTo: "u1",
    tags: ["Buyer"],
    custom: { f1: "$650,000", f2: "2026-06-01", f3: "Craftsman", f9: "of a field we do not know" },
  },
  opportunities: {
    o1: deal,
    o2: { ...deal, id: "o2", stage: "s9", changedAt: noon + 1 },
    o3: { ...deal, id: "o3", status: "won", changedAt: noon + 2 },
  },
  appointments: {
    past: { id: "past", status: "confirmed", start: noon - HOUR },
    off: { id: "off", status: "cancelled", start: noon + HOUR },
    next: { id: "next", status: "confirmed", start: noon + 2 * HOUR, title: "Tour" },
    later: { id: "later", status: "confirmed", start: noon + DAY },
  },
};
const fact = (subject: string, of: Lead = lead) => contactFact(of, subject, noon, catalog);

describe("a fact about a lead", () => {
  test("is undefined where the lead has no such value, and where there is no such name", () => {
    expect(fact("contact.city")).toBeUndefined();
    expect(fact("contact.shoe_size")).toBeUndefined();
    expect(fact("contact.constructor")).toBeUndefined();
    expect(fact("lead.score")).toBeUndefined();
  });

  test("about tags is a list even when there are none, and unknown of a lead we know only by its id", () => {
    expect(fact("contact.tags")).toEqual(["Buyer"]);
    expect(fact("contact.tags", { ...lead, contact: { tags: [], custom: {} } })).toEqual([]);
    expect(fact("contact.tags", stub("loc", "c2"))).toBeUndefined();
  });

  test("about a custom field is found by the folder's name and by the CRM's key, in the folder's type", () => {
    expect(fact("contact.custom.budget")).toBe(650_000);
    expect(fact("contact.custom.budget_range")).toBe(650_000);
    expect(fact("contact.custom.lease_end")).toBe(Date.UTC(2026, 5, 1));
    expect(fact("contact.custom.style")).toBe("Craftsman");
  });

  test("that should be money and is not stays what it is, so that comparing it is unknown", () => {
    const vague = { ...lead, contact: { ...lead.contact, custom: { f1: "500-700k" } } };
    expect(fact("contact.custom.budget", vague)).toBe("500-700k");
  });

  test("about the opportunity is of the open one changed last, by its stage's name where we know it", () => {
    expect(fact("opportunity.id")).toBe("o2");
    expect(fact("opportunity.stage")).toBe("s9");
    expect(fact("opportunity.stage", { ...lead, opportunities: { o1: deal } })).toBe("Touring");
  });

  test("about the appointment is of the next one that stands", () => {
    expect(fact("appointment.id")).toBe("next");
    expect(fact("appointment.start")).toBe(noon + 2 * HOUR);
  });

  test("about the agent is of the contact's owner", () => {
    expect([fact("agent.name"), fact("agent.first_name"), fact("agent.available")]).toEqual([
      "Dana Reyes",
      "Dana",
      true,
    ]);
  });
});

describe("a template's fields", () => {
  const fields = mergeFields(lead, noon, catalog);

  test("go by our names", () => {
    expect(fields.contact["name"]).toBe("Ann Lee");
    expect(fields.contact["custom"]).toMatchObject({ budget: 650_000, style: "Craftsman" });
    expect(fields.agent["first_name"]).toBe("Dana");
    expect(fields.appointment["start"]).toBe(noon + 2 * HOUR);
  });

  test("and by the CRM's merge names", () => {
    expect(fields.contact["full_name"]).toBe("Ann Lee");
    expect(fields.contact["budget_range"]).toBe(650_000);
    expect(fields.user["name"]).toBe("Dana Reyes");
    expect(fields.appointment["start_time"]).toBe(noon + 2 * HOUR);
  });

  test("leave out what the lead does not have", () => {
    expect(fields.contact).not.toHaveProperty("city");
  });
});
