// Whether a row of the outbox may still leave: by what is true of its location and its lead in the sender's own transaction.

import type { Clock } from "../kernel/time.ts";
import { recheck, type SenderNeeds } from "../outreach/index.ts";
import type { Scenes } from "../turns/index.ts";

export const openRights =
  (scenes: Scenes, clock: Pick<Clock, "now">): SenderNeeds["rights"] =>
  async (sql, location, leads) => {
    const [scene, heard] = await Promise.all([
      scenes.open(sql, location, clock.now()),
      scenes.heard(sql, location, leads),
    ]);
    return (row, lead, message) => {
      const facts = { ...lead, refusals: scene.refusals ?? {}, ...heard.get(row.lead) };
      return recheck(row, scene.outreach, facts, message);
    };
  };
