// Asks the provider about messages of which nothing final was told, and takes in what it says as receipts.

import type { Database } from "../../kernel/sql.ts";
import type { Clock } from "../../kernel/time.ts";
import { receiveReceipts } from "../fate/receipts.ts";
import type { ProviderReceipt } from "../message.ts";
import { claimAwaited, type Taken } from "./awaited.ts";

/** What the provider says of one of its messages now; undefined: it does not answer, or nothing that is final. */
export type AskStatus = (
  location: string,
  message: Pick<Taken, "providerId" | "channel">,
) => Promise<Pick<ProviderReceipt, "kind" | "detail"> | undefined>;

/** In one pass at most: the rest waits for the next. */
const PASS = 20;

/**
 * One pass over a location: asks about all that is due, and takes in what is said as receipts. A request that is not
 * granted, or fails, has had its turn: the message is asked about at its next.
 */
export async function askAwaited(
  needs: { readonly database: Database; readonly clock: Clock; readonly status: AskStatus },
  location: string,
): Promise<number> {
  const { database, clock, status } = needs;
  const due = await database.transaction([location], (sql) => claimAwaited(sql, location, clock.real(), PASS));
  const told: ProviderReceipt[] = [];
  for (const { providerId, channel } of due) {
    const said = await status(location, { providerId, channel });
    if (said === undefined) continue;
    told.push({ ...said, providerId, channel, at: clock.now(), by: "poll", provider: { messageId: providerId } });
  }
  if (told.length > 0) await database.transaction([location], (sql) => receiveReceipts(sql, location, told));
  return told.length;
}
