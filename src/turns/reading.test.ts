import { describe, expect, test } from "vitest";
import { happened } from "../../test/player.ts";
import { NOTHING_SEEN, observeTally, type Tally } from "../scoring/index.ts";
import { catalogOf } from "./place.ts";
import { readingOf } from "./reading.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const ID = "Fq3xTz81opaque";

interface Called {
  readonly key: string;
  readonly name: string;
  readonly folder?: string;
}

/** What is known of a lead whose field says so, where the field is called so. */
function known({ key, name, folder }: Called, value: string): Tally {
  const parts = catalogOf([{ kind: "field", id: ID, data: { key: `contact.${key}`, name } }], 0);
  const fields = folder === undefined ? {} : { [`contact.custom.${folder}`]: { type: "text", crm: `contact.${key}` } };
  const { reading, catalog } = readingOf({ events: {}, fields } as never, parts);
  const stated = happened("crm.contact", noon, { asOf: noon, contact: { custom: { [ID]: value } }, change: "update" });
  const field = catalog.fields[ID]?.subject ?? "";
  const changed = happened("field.changed", noon + 1, { field, from: null, to: value });
  return [stated, changed].reduce((tally, event) => observeTally(tally, event, reading), NOTHING_SEEN);
}

describe("a custom field under the CRM's opaque id", () => {
  test("is read by the CRM's key, or by the folder's name for it", () => {
    expect(known({ key: "budget", name: "Budget" }, "$400,000").budget?.[1]).toBe(400_000);
    expect(known({ key: "cf_12", name: "Spend", folder: "budget" }, "$400,000").budget?.[1]).toBe(400_000);
  });

  test.each<[string, Called]>([
    ["key tells what no score may read", { key: "section_8_budget", name: "Budget" }],
    ["name was changed to such a thing in the CRM", { key: "budget", name: "Household income" }],
    ["name is of another language", { key: "budget", name: "Ingreso familiar" }],
    ["name is written in letters that look Latin", { key: "budget", name: "Incоme" }],
    ["key is such a thing, whatever the folder calls it", { key: "salary", name: "Spend", folder: "budget" }],
  ])("is not read where its %s", (_, called) => {
    expect(known(called, "$400,000").budget).toBeUndefined();
  });
});
