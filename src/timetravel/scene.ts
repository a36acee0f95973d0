// The scene of a location that no database knows: made by the same code that makes it in a process.

import { Defect } from "../kernel/errors.ts";
import type { Sql } from "../kernel/sql.ts";
import { openRenderer } from "../outreach/index.ts";
import { openScenes, type Place, type Scene } from "../turns/index.ts";
import type { Plan, Publication } from "../workflows/index.ts";

const NO_SQL: Sql = {
  query: () => Promise.reject(new Defect("a scene in memory was believed to ask no database")),
};

/** @param earlier plans that some run may still be pinned to */
export async function sceneOf(
  location: string,
  publication: Publication,
  place: Place,
  earlier: Iterable<Plan> = [],
): Promise<Scene> {
  const scenes = openScenes({
    publications: { live: async () => publication, plans: async () => new Map() },
    place: () => place,
    renderer: openRenderer(),
    addressKey: location,
  });
  const scene = await scenes.open(NO_SQL, location, publication.publishedAt);
  for (const plan of earlier) if (!scene.plans.has(plan.id)) scene.plans.set(plan.id, plan);
  return scene;
}

/** A house of which nothing is known but its zone. */
export const placeIn = (zone: string, seed: string, more: Partial<Place> = {}): Place => ({
  seed,
  zone,
  catalog: { installedAt: 0 },
  house: {},
  links: {},
  ...more,
});
