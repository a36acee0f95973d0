// What was found is stored as a webhook would have been: once, in the log, with a letter to its lead.

import { insertEvents, insertMail, letterOf, type NewEvent, type StoredEvent, takeTold } from "../events/index.ts";
import { idFrom } from "../kernel/ids.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { ProviderReceipt } from "../outreach/index.ts";

export interface Finding {
  readonly lead: string;
  /** Each under the name of its fact. */
  readonly events: readonly NewEvent[];
  readonly receipts: readonly ProviderReceipt[];
}

export interface Taking {
  readonly source: "crm" | "import";
  readonly now: Instant;
  /** What happened before this instant a webhook should have told; undefined where none is expected. */
  readonly toldBefore?: Instant;
}

/** Answers by place what of each finding was new. */
export async function takeIn(
  sql: Sql,
  location: string,
  findings: readonly Finding[],
  { source, now, toldBefore }: Taking,
): Promise<readonly { readonly finding: Finding; readonly fresh: readonly NewEvent[] }[]> {
  const all = findings.flatMap((finding) => finding.events.map((event) => ({ finding, event })));
  const fresh = await takeTold(
    sql,
    all.map(({ event: { once = [], at, quiet } }) => ({
      location,
      keys: once,
      at: now,
      // of what becomes of a message nobody is promised a webhook
      missed: toldBefore !== undefined && at < toldBefore && quiet !== true,
    })),
  );
  const taken = all.filter((_, place) => fresh[place]);
  const stored = taken.map(
    ({ finding: { lead }, event: { type, at, data, once = [], quiet } }): StoredEvent & { quiet: boolean } => ({
      // the same fact is the same event, whichever reading finds it
      id: idFrom(location, ...once),
      ...{ location, lead, type, data, source, receivedAt: now, at: Math.min(at, now), quiet: quiet === true },
    }),
  );
  await insertEvents(sql, stored.toSorted(byKey));
  await insertMail(sql, stored.filter(({ quiet }) => !quiet).map(letterOf));
  return findings.map((finding) => ({
    finding,
    fresh: taken.filter((one) => one.finding === finding).map(({ event }) => event),
  }));
}

const byKey = (a: StoredEvent, b: StoredEvent): number =>
  a.lead < b.lead ? -1 : a.lead > b.lead ? 1 : a.id < b.id ? -1 : 1;
