// A location whose leads kept models score: the models made champions as a person would, and turns that read them.

import { DAY } from "../src/kernel/time.ts";
import { openRenderer } from "../src/outreach/index.ts";
import { type Body, openLiveModels, type Verdict } from "../src/scoring/index.ts";
import { crown, keepChallenger } from "../src/scoring/lifecycle/store.ts";
import { openScenes } from "../src/turns/index.ts";
import { openPublications } from "../src/workflows/index.ts";
import { newModel } from "./kept-models.ts";
import type { Place } from "./turns.ts";

/** Keeps a model as a challenger; answers its id. */
export const keepModel = (place: Place, body: Body, verdict?: Verdict): Promise<string> =>
  place.inside(async (sql) => {
    const { id } = await keepChallenger(sql, place.location, newModel(body, verdict), place.clock.at);
    return id;
  });

/** Keeps each and makes it the champion of its kind; there must be none. Answers their ids. */
export async function goLive(place: Place, ...bodies: readonly Body[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const body of bodies) {
    const id = await keepModel(place, body);
    const crowned = { by: "Ada", why: "test", now: place.clock.at, replaced: null };
    await place.inside((sql) => crown(sql, place.location, id, crowned));
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

/** Ada comes, writes once, and is quiet for so many days; her turns are scored. */
export async function adaIsQuiet(place: Place, days: number): Promise<void> {
  const scenes = scoredScenes();
  await place.introduce("ada");
  await place.mail({ lead: "ada", type: "message.received", data: { channel: "email", text: "Hello" } });
  await place.run({ scenes });
  for (let day = 0; day < days; day++) {
    place.clock.at += DAY;
    await place.run({ scenes });
  }
}
