// What the house keeps of a location, put together of its installation and of what the CRM says its ids stand for.

import type { Catalogs, Installations } from "../tenancy/index.ts";
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
    const of = (kind: string) => items.filter((item) => item.kind === kind);
    const named = (kind: string) => Object.fromEntries(of(kind).map(({ id, data }) => [id, String(data["name"])]));
    const place: Place = {
      seed: installed?.seed ?? location,
      zone: installed?.timeZone ?? SOMEWHERE,
      catalog: {
        installedAt: installed?.installedAt ?? 0,
        users: Object.fromEntries(of("user").map(({ id, data }) => [id, data])),
        fields: Object.fromEntries(of("field").map(({ id, data }) => [id, String(data["key"])])),
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
      },
      // written through `openCompliance`, which checks its shape
      house: (installed?.settings["compliance"] ?? {}) as Place["house"],
      writeBack: installed?.settings["writeBack"] === true,
      ...(typeof installed?.settings["postal"] === "string" ? { postal: installed.settings["postal"] } : {}),
      links: (installed?.settings["links"] ?? {}) as Place["links"],
    };
    known.set(location, { key, place });
    return place;
  };
}
