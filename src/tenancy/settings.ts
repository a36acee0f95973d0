// Switches of a location, in the settings of its installation. Whoever turned one is in the audit.

import type { Database } from "../kernel/sql.ts";
import type { Clock } from "../kernel/time.ts";
import { insertAudit } from "./store.ts";

/** What there is to switch. */
export type Switch = "writeBack";

export async function turnSwitch(
  { database, clock }: { readonly database: Database; readonly clock: Pick<Clock, "now"> },
  { location, name, on, by }: { location: string; name: Switch; on: boolean; by: string },
): Promise<void> {
  await database.transaction([location], async (sql) => {
    await sql.query(
      "update installation set settings = settings || jsonb_build_object($2::text, $3::boolean) where location_id = $1",
      [location, name, on],
    );
    const act = on ? "switched_on" : "switched_off";
    await insertAudit(sql, { location, at: clock.now(), who: by, act, subject: name });
  });
}
