// A location's catalog as the linter and the editor want it.

import { isObject, type JsonObject } from "../kernel/json.ts";
import type { CatalogItem, Catalogs, Installations } from "../tenancy/index.ts";
import type { Surroundings } from "../workflows/index.ts";

/**
 * @param settings of the location's installation, where there is one: its links are ours, and known also where there are none
 * @returns of the CRM's nothing while it has not been asked. A kind of which there is nothing is not known to be empty: the
 * CRM may not have let us ask
 */
export function surroundingsOf(
  items: readonly CatalogItem[],
  settings: JsonObject | undefined,
): Surroundings | undefined {
  const links = settings?.["links"];
  const own = settings === undefined ? undefined : { links: isObject(links) ? namesIn(links) : [] };
  if (items.length === 0) return own;
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
  return { ...Object.fromEntries(Object.entries(known).filter(([, names]) => names.length > 0)), ...own };
}

/** Links may nest: `form.buyer_survey`. */
const namesIn = (links: JsonObject): string[] =>
  Object.entries(links).flatMap(([name, value]) =>
    isObject(value) ? namesIn(value).map((inner) => `${name}.${inner}`) : [name],
  );

/** The same value until the CRM, or somebody, has changed something. */
export function openSurroundings(
  installations: Pick<Installations, "get">,
  catalogs: Pick<Catalogs, "get">,
): (location: string) => Surroundings | undefined {
  const kept = new Map<string, { items: readonly CatalogItem[]; links: string; around: Surroundings | undefined }>();
  return (location) => {
    const items = catalogs.get(location);
    const settings = installations.get(location)?.settings;
    const links = settings === undefined ? "none" : JSON.stringify(settings["links"] ?? null);
    const before = kept.get(location);
    if (before?.items === items && before.links === links) return before.around;
    const around = surroundingsOf(items, settings);
    kept.set(location, { items, links, around });
    return around;
  };
}
