// A location whose leads kept models score: the models made champions as a person would, and turns that read them.

import { openRenderer } from "../src/outreach/index.ts";
import { type Body, openLiveModels } from "../src/scoring/index.ts";
import { crown, keepChallenger } from "../src/scoring/lifecycle/store.ts";
import { openScenes } from "../src/turns/index.ts";
import { openPublications } from "../src/workflows/index.ts";
import type { TestDatabase } from "./database.ts";
import { newModel } from "./kept-models.ts";
import type { Place } from "./turns.ts";

/** Keeps each and makes it the champion of its kind; there must be none. Answers their ids. */
export async function goLive(db: TestDatabase, place: Place, ...bodies: readonly Body[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const body of bodies) {
    const now = place.clock.at;
    const { id } = await db.database.transaction([place.location], async (sql) => {
      const kept = await keepChallenger(sql, place.location, newModel(body), now);
      await crown(sql, place.location, kept.id, { by: "Ada", why: "test", now, replaced: null });
      return kept;
    });
    ids.push(id);
  }
  return ids;
}

/** Models that are asked for anew at each opening; one that cannot be read leaves the rules to answer. */
export const liveModels = () => openLiveModels({ clock: { elapsed: () => 0 }, refused: () => undefined });

/** The scenes of turns that the models of the database score. */
export const scoredScenes = () =>
  openScenes({
    publications: openPublications(),
    place: () => ({ seed: "seed", zone: "America/New_York", catalog: { installedAt: 0 }, house: {}, links: {} }),
    renderer: openRenderer(),
    addressKey: "key",
    scorers: liveModels().of,
  });
