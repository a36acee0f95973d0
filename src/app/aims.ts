// What the chance of each location is to foretell: it stands in the settings of the installation. Whoever chose it is in the
// audit. The models that score do not change by it: the next training learns what is asked for.

import { type Aim, aimIn, aimWords, lostBy, sameAim } from "../kernel/aim.ts";
import { InvalidInput } from "../kernel/errors.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import type { Clock } from "../kernel/time.ts";
import type { Aims } from "../scoring/index.ts";
import { insertAudit, keepChosen, lockChosen, readChosen } from "../tenancy/index.ts";

export interface AimNeeds {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
  /** After the commit: what is known of this location is news. */
  changed(location: string): void;
}

export function openAims({ database, clock, changed }: AimNeeds): Aims {
  const of = async (locations: readonly string[]): Promise<ReadonlyMap<string, Aim>> => {
    const chosen = await database.transaction(locations, (sql) => readChosen(sql, locations, "chance"));
    return new Map(locations.map((location) => [location, aimIn(chosen.get(location))]));
  };
  const keep = async (sql: Sql, location: string, { outcome, days }: Aim, by: string) => {
    const chosen = await lockChosen(sql, location, "chance");
    if (chosen === undefined) throw new InvalidInput("Nobody is installed at this location.", "not-found");
    const before = aimIn(chosen.value);
    if (sameAim(before, { outcome, days })) return [];
    await keepChosen(sql, location, "chance", { outcome, days });
    const data = { before: aimWords(before), after: aimWords({ outcome, days }) };
    await insertAudit(sql, { location, at: clock.now(), who: by, act: "model.foretell", subject: "chance", data });
    return lostBy(before, { outcome, days });
  };
  return {
    of,
    choice: (location, aim, by) => ({ aim, keep: (sql) => keep(sql, location, aim, by) }),
    async choose(location, aim, by) {
      const warnings = await database.transaction([location], (sql) => keep(sql, location, aim, by));
      changed(location);
      return warnings;
    },
  };
}
