// The scene of a location that no database knows: made by the same code that makes it in a process.

import type { Sql } from "../kernel/sql.ts";
import { openRenderer } from "../outreach/index.ts";
import { openScenes, type Place, type Scene } from "../turns/index.ts";
import type { Plan, Publication } from "../workflows/index.ts";

/** Nothing is stored of a location in memory. */
const NOTHING_STORED: Sql = { query: async () => ({ rows: [], rowCount: 0 }) };

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
    // every file that a message names is taken to be there
    media: (_location, name) => `https://files.example.com/${name}`,
  });
  const scene = await scenes.open(NOTHING_STORED, location, publication.publishedAt);
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
