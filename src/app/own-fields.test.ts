import { describe, expect, test } from "vitest";
import type { CatalogItem } from "../tenancy/index.ts";
import { withOwnFields } from "./own-fields.ts";

const field = (id: string, key: string): CatalogItem => ({ kind: "field", id, data: { key, name: key } });
const lost = { outcome: "unknown" as const, detail: "500" };
const keyOf = (name: string) => `contact.${name.toLowerCase().replaceAll(" ", "_")}`;

/** A CRM that has these fields, and does or does not answer. */
const crm = (there: readonly string[] | undefined, creates = true) => {
  const made: string[] = [];
  return {
    made,
    customFields: async () =>
      there === undefined
        ? lost
        : {
            outcome: "done" as const,
            value: there.map((fieldKey) => ({ id: fieldKey, fieldKey, name: "", dataType: "" })),
          },
    createCustomField: async (_location: string, { name }: { name: string }) => {
      if (!creates) return lost;
      made.push(name);
      const value = { id: `made ${made.length}`, fieldKey: keyOf(name), name, dataType: "TEXT" };
      return { outcome: "done" as const, value };
    },
  };
};

describe("our fields in the CRM", () => {
  test("are made where they are missing, and kept with what the location has", async () => {
    const api = crm(["contact.budget", "contact.latchkey_tier"]);
    const items = await withOwnFields(api, "loc", [
      field("f1", "contact.budget"),
      field("f2", "contact.latchkey_tier"),
    ]);
    expect(api.made).toEqual(["Latchkey score", "Latchkey going cold", "Latchkey last decision"]);
    expect(items?.map(({ id, data }) => [id, data["key"]])).toEqual([
      ["f1", "contact.budget"],
      ["f2", "contact.latchkey_tier"],
      ["made 1", "contact.latchkey_score"],
      ["made 2", "contact.latchkey_going_cold"],
      ["made 3", "contact.latchkey_last_decision"],
    ]);
    const again = crm([]);
    expect(await withOwnFields(again, "loc", items)).toEqual(items);
    expect(again.made).toEqual([]);
  });

  test("are made in a location that has no field at all", async () => {
    expect(await withOwnFields(crm([]), "loc", [])).toHaveLength(4);
  });

  test("are not made where the CRM did not say what there is, and left for the next time where it does not answer", async () => {
    const silent = crm(undefined);
    expect(await withOwnFields(silent, "loc", undefined)).toBeUndefined();
    expect(await withOwnFields(silent, "loc", [])).toEqual([]);
    expect(silent.made).toEqual([]);
    expect(await withOwnFields(crm([], false), "loc", [])).toEqual([]);
  });

  test("are not made twice where the CRM has one that the reading before did not name", async () => {
    const api = crm(["contact.latchkey_score"]);
    await withOwnFields(api, "loc", []);
    expect(api.made).toEqual(["Latchkey tier", "Latchkey going cold", "Latchkey last decision"]);
  });
});
