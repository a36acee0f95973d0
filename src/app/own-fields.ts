// Our fields in the CRM: made where a location has them written and lacks one, found by their keys where it has them.

import type { Operations } from "../highlevel/index.ts";
import { OWN_FIELDS } from "../kernel/own-fields.ts";
import type { CatalogItem } from "../tenancy/index.ts";

/**
 * What is asked of the CRM about a location, with our fields in it. Where one is missing the CRM is asked for its fields
 * alone, so that none is made because we were not let look. One that was asked for without an answer is found the next
 * time, or made then.
 */
export async function withOwnFields(
  api: Pick<Operations, "createCustomField" | "customFields">,
  location: string,
  items: readonly CatalogItem[] | undefined,
): Promise<readonly CatalogItem[] | undefined> {
  if (items === undefined) return undefined;
  const known = keysOf(items.flatMap(({ kind, data }) => (kind === "field" ? [String(data["key"])] : [])));
  if (all.every(({ key }) => known.has(key))) return items;
  const there = await api.customFields(location);
  if (there.outcome !== "done") return items;
  const has = keysOf(there.value.map(({ fieldKey }) => fieldKey ?? ""));
  const made: CatalogItem[] = [];
  for (const { name, key, dataType } of all) {
    if (has.has(key)) continue;
    const reply = await api.createCustomField(location, { name, dataType });
    if (reply.outcome !== "done") continue;
    const { id, fieldKey } = reply.value;
    made.push({ kind: "field", id, data: { key: fieldKey ?? `contact.${key}`, name } });
  }
  return [...items, ...made];
}

const all = Object.values(OWN_FIELDS);
const keysOf = (keys: readonly string[]): ReadonlySet<string> =>
  new Set(keys.map((key) => key.replace(/^contact\./, "")));
