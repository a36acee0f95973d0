// What the house keeps of a location, put together of its installation and of what the CRM says its ids stand for.

import type { Instant } from "../kernel/time.ts";
import type { CatalogParts } from "../leads/index.ts";
import type { CatalogItem, Catalogs, Installations, LocationRules } from "../tenancy/index.ts";
import { parseRange, parseRate } from "../workflows/index.ts";
import type { Place } from "./scene.ts";

/** Where we do not know a location's zone: the zone in which most of the country's people live. */
const SOMEWHERE = "America/New_York";

/** Answers the same object until something of the location changed: scenes are kept by it. */
export function openPlaces(
  installations: Pick<Installations, "get">,
  catalogs: Pick<Catalogs, "get">,
): (location: string) => Place {
  const known = new Map<string, { readonly key: readonly unknown[]; readonly place: Place }>();
  return (location) => {
    const installed = installations.get(location);
    const items = catalogs.get(location);
    const key = [installed?.seed, installed?.timeZone, JSON.stringify(installed?.settings ?? {}), items];
    const before = known.get(location);
    if (before?.key.every((part, index) => part === key[index])) return before.place;
    const place: Place = {
      seed: installed?.seed ?? location,
      zone: installed?.timeZone ?? SOMEWHERE,
      catalog: catalogOf(items, installed?.installedAt ?? 0),
      house: houseOf((installed?.settings["compliance"] ?? {}) as LocationRules),
      writeBack: installed?.settings["writeBack"] === true,
      ...(typeof installed?.settings["postal"] === "string" ? { postal: installed.settings["postal"] } : {}),
      links: (installed?.settings["links"] ?? {}) as Place["links"],
    };
    known.set(location, { key, place });
    return place;
  };
}

/** What an owner set of the rules, read as a right to send needs it: `openRules` checked its shape when it was set. */
function houseOf({ quietHours, caps, ...rest }: LocationRules): Place["house"] {
  const ranges = quietHours?.flatMap((text) => parseRange(text) ?? []);
  const rates = (["all", "sms", "email", "whatsapp", "voice"] as const).flatMap((channel) => {
    const text = caps?.[channel];
    const rate = text === undefined ? undefined : parseRate(text);
    return rate !== undefined && "value" in rate ? [{ channel, ...rate.value }] : [];
  });
  return {
    ...(rest as Place["house"]),
    ...(ranges === undefined ? {} : { quietHours: ranges }),
    ...(caps === undefined ? {} : { caps: rates }),
  };
}

/** What the CRM says its ids stand for, as a catalog is opened of it. */
export function catalogOf(items: readonly CatalogItem[], installedAt: Instant): CatalogParts {
  const of = (kind: CatalogItem["kind"]) => items.filter((item) => item.kind === kind);
  const named = (kind: CatalogItem["kind"]) =>
    Object.fromEntries(of(kind).map(({ id, data }) => [id, String(data["name"])]));
  return {
    installedAt,
    users: Object.fromEntries(of("user").map(({ id, data }) => [id, data])),
    fields: Object.fromEntries(of("field").map(({ id, data }) => [id, String(data["key"])])),
    fieldNames: named("field"),
    stages: Object.fromEntries(
      of("stage").map(({ id, data }) => [
        id,
        {
          name: String(data["name"]),
          pipeline: String(data["pipeline"]),
          ...(data["pipelineId"] === undefined ? {} : { pipelineId: String(data["pipelineId"]) }),
        },
      ]),
    ),
    pipelines: named("pipeline"),
    workflows: named("workflow"),
    gone: items.filter(({ gone }) => gone === true).map(({ id }) => id),
  };
}
