// What is stored of a lead, read for a replay; nothing is written.

import { readStates } from "../behavior/index.ts";
import { eventsOf, LOCATION_LEAD } from "../events/index.ts";
import { readDecisions } from "../insights/index.ts";
import type { Sql } from "../kernel/sql.ts";
import { readLeads } from "../leads/index.ts";
import { openRenderer } from "../outreach/index.ts";
import { scorersNamed } from "../scoring/index.ts";
import { openScenes, type Place, readTurns, type Scene, type TurnRecord } from "../turns/index.ts";
import { openPublications, type Publication, readPublication, readRuns } from "../workflows/index.ts";
import type { Kept } from "./kept.ts";
import { type Replayed, replay } from "./replay.ts";

/** Decides a lead's recorded turns again and compares. Run it in one transaction, so that nothing moves meanwhile. */
export async function replayLead(
  sql: Sql,
  location: string,
  lead: string,
  place: Place,
  /** By which the letters name numbers and addresses. */
  addressKey: string | Uint8Array,
): Promise<Replayed | undefined> {
  const turns = await readTurns(sql, location, lead);
  if (turns.length === 0) return undefined;
  const events = (await eventsOf(sql, location, [lead], undefined, 0)).get(lead) ?? [];
  const runs = await readRuns(sql, location, [lead], 0);
  const stored = {
    turns,
    events: new Map(events.map((event) => [event.id, event])),
    decisions: await readDecisions(sql, location, lead),
    lead: lead === LOCATION_LEAD ? undefined : (await readLeads(sql, location, [lead])).get(lead),
    state: (await readStates(sql, location, [lead])).get(lead),
    runs: runs.filter((run) => run.lead === lead),
  };
  return replay(location, lead, stored, scenesOf(sql, location, place, addressKey), (name) =>
    scorersNamed(sql, location, name),
  );
}

/** Scenes of the past: each publication as it was, with the plans that the lead's runs had been pinned to before. */
function scenesOf(sql: Sql, location: string, place: Place, addressKey: string | Uint8Array) {
  const known = new Map<string, Scene>();
  const publications = openPublications();
  let current: Publication | undefined;
  const scenes = () =>
    openScenes({
      publications: { ...publications, live: async () => current },
      place: () => place,
      renderer: openRenderer(),
      addressKey,
    });
  return async (turn: TurnRecord, kept: Kept, paused: readonly string[]): Promise<Scene | undefined> => {
    const key = `${turn.publication} ${paused.join(" ")}`;
    let scene = known.get(key);
    if (scene === undefined) {
      const published = await readPublication(sql, location, turn.publication, turn.at);
      if (published === undefined && turn.publication !== NOTHING_PUBLISHED) return undefined;
      current = published === undefined ? undefined : { ...published, paused };
      scene = await scenes().open(sql, location, turn.at);
      known.set(key, scene);
    }
    const pinned = [...new Set([...kept.runs.values()].map((run) => run.plan))];
    const missing = pinned.filter((plan) => scene?.plans.has(plan) === false);
    for (const [id, plan] of await publications.plans(sql, location, missing)) scene.plans.set(id, plan);
    return scene;
  };
}

const NOTHING_PUBLISHED = "none";
