// A location that is no longer ours to write for: what waits to leave is held, and decided anew once it is ours again.

import { insertMail, type Letter } from "../../events/index.ts";
import type { Sql } from "../../kernel/sql.ts";
import type { Instant } from "../../kernel/time.ts";
import { markHeld, queuedMessages, saveChecked } from "./store.ts";

/**
 * Holds every message that waits to leave. Their leads are told by mail: no turn reads it while the location is away,
 * and the first one afterwards checks everything anew, and lets what is past its `hold` expire. Answers how many.
 */
export async function holdLocation(sql: Sql, location: string, now: Instant): Promise<number> {
  const waiting = await queuedMessages(sql, location);
  const verdicts = [{ code: "connection.off", ok: false, values: { when: now } }];
  await markHeld(
    sql,
    location,
    waiting.map(({ id }) => ({ id, until: now })),
  );
  await saveChecked(
    sql,
    location,
    waiting.map(({ id }) => ({ id, verdicts })),
  );
  await insertMail(
    sql,
    waiting.map(({ id, lead, channel }): Letter => {
      const body = { outbox: id, outcome: "held" as const, at: now, channel, detail: "connection.off" };
      return { location, lead, kind: "answer", receivedAt: now, body };
    }),
  );
  return waiting.length;
}
