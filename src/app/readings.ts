// How turns read the events of a location now, for whoever reads its log elsewhere: by the publication that is live and by
// what the CRM last said that its ids stand for.

import type { Database } from "../kernel/sql.ts";
import { readCatalog } from "../tenancy/index.ts";
import { catalogOf, type LocationReading, readingOf } from "../turns/index.ts";
import { openPublications } from "../workflows/index.ts";

/** Reads both anew each time it is asked. */
export function openReadings(database: Database): (location: string) => Promise<LocationReading> {
  const publications = openPublications();
  return (location) =>
    database.transaction([location], async (sql) => {
      const live = await publications.live(sql, location);
      return readingOf(live, catalogOf(await readCatalog(sql, location), 0));
    });
}
