// A location's catalog as the linter and the editor want it.

import type { Json, JsonObject } from "../kernel/json.ts";
import type { CatalogItem, Catalogs, Installations } from "../tenancy/index.ts";
import type { Surroundings } from "../workflows/index.ts";

/**
 * @param links the location's own links, by name
 * @returns nothing while the CRM has not been asked. A kind of which there is nothing is not known to be empty: the
 * CRM may not have let us ask
 */
export function surroundingsOf(items: readonly CatalogItem[], links: Json | undefined): Surroundings | undefined {
  if (items.length === 0) return undefined;
  const of = (kind: CatalogItem["kind"], member?: string): string[] =>
    items
      .filter((item) => item.kind === kind)
      .map(({ id, data }) => String((member === undefined ? undefined : data[member]) ?? id));
  const stages = items
    .filter(({ kind }) => kind === "stage")
    .map(({ id, data }) => ({ pipeline: String(data["pipeline"] ?? ""), name: String(data["name"] ?? id) }));
  const known = {
    tags: of("tag", "name"),
    pipelines: of("pipeline", "name"),
    stages,
    users: of("user"),
    senders: items
      .filter(({ kind, gone }) => kind === "user" && gone !== true)
      .flatMap(({ data: { lcPhone, email } }) => [lcPhone, email])
      .flatMap((one) => (typeof one === "string" && one !== "" ? one.toLowerCase() : [])),
    fields: of("field", "key"),
    crmWorkflows: of("workflow", "name"),
  };
  const own = isMap(links) ? namesIn(links) : undefined;
  return {
    ...Object.fromEntries(Object.entries(known).filter(([, names]) => names.length > 0)),
    ...(own === undefined ? {} : { links: own }),
  };
}

const isMap = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Links may nest: `form.buyer_survey`. */
const namesIn = (links: JsonObject): string[] =>
  Object.entries(links).flatMap(([name, value]) =>
    isMap(value) ? namesIn(value).map((inner) => `${name}.${inner}`) : [name],
  );

/** The same value until the CRM, or somebody, has changed something. */
export function openSurroundings(
  installations: Pick<Installations, "get">,
  catalogs: Pick<Catalogs, "get">,
): (location: string) => Surroundings | undefined {
  const kept = new Map<string, { items: readonly CatalogItem[]; links: string; around: Surroundings | undefined }>();
  return (location) => {
    const items = catalogs.get(location);
    const own = installations.get(location)?.settings["links"];
    const links = JSON.stringify(own ?? null);
    const before = kept.get(location);
    if (before?.items === items && before.links === links) return before.around;
    const around = surroundingsOf(items, own);
    kept.set(location, { items, links, around });
    return around;
  };
}
