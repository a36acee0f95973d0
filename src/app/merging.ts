// Two records of one person. What comes for the one that is gone reaches the one that stays.

import { insertEvents, insertMail, letterOf, type StoredEvent } from "../events/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { newId } from "../kernel/ids.ts";
import { crmId } from "../kernel/request.ts";
import type { Database } from "../kernel/sql.ts";
import type { Clock } from "../kernel/time.ts";
import { findLeads, lockAliases, readLeads, saveAlias } from "../leads/index.ts";
import { insertAudit } from "../tenancy/index.ts";

export interface Merging {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
  readonly mailed: (location: string) => void;
}

export interface Merge {
  readonly location: string;
  /** The contact that is gone. */
  readonly from: string;
  /** The one that stays; of one that was merged itself, its survivor. */
  readonly into: string;
  readonly by: string;
}

/** Remembers who stands for whom, and tells the one that is gone: `contact.merged` ends its runs. @throws InvalidInput */
export async function merge(
  { database, clock, mailed }: Merging,
  { location, from, into, by }: Merge,
): Promise<string> {
  for (const id of [from, into])
    if (!crmId.safeParse(id).success) throw new InvalidInput(`"${id}" is no contact id: letters and digits.`);
  const survivor = await database.transaction([location], async (sql) => {
    await lockAliases(sql, location);
    const [stays = into] = await findLeads(sql, location, [{ contact: into }]);
    if (stays === from)
      throw new InvalidInput(`${from} is who ${into} was merged into: it cannot be merged into that.`);
    // nobody would ever decide for one of whom nothing has come: the id is misspelled, or of another location
    if (!(await readLeads(sql, location, [stays])).has(stays))
      throw new InvalidInput(
        `There is no lead ${into} here to merge ${from} into: expected GONE SURVIVOR.`,
        "not-found",
      );
    await saveAlias(sql, location, from, stays);
    const at = clock.now();
    const common = { location, lead: from, receivedAt: at };
    const event: StoredEvent = {
      ...common,
      ...{ id: newId(at), type: "contact.merged", at, source: "person", data: { into: stays } },
    };
    await insertEvents(sql, [event]);
    await insertMail(sql, [letterOf(event)]);
    await insertAudit(sql, { location, at, who: by, act: "merge", subject: from, data: { into: stays } });
    return stays;
  });
  mailed(location);
  return survivor;
}
