// Whose an e-mail receipt is that carries no id of ours: that of the one e-mail which we sent to its recipient of late.

import type { Sql } from "../../kernel/sql.ts";
import { DAY, type Instant, MINUTE, type Millis } from "../../kernel/time.ts";
import { addressKey, normalizeEmail } from "../law/address.ts";
import { readSends } from "../law/addresses.ts";
import type { ProviderReceipt, Send } from "../message.ts";

/** How far back the e-mail may have left, and how far the provider's clock may lag behind ours. */
const WITHIN: Millis = 5 * DAY;
const LAG: Millis = MINUTE;

export interface Recipient {
  readonly id: string;
  readonly lead: string;
  /** It has gone on to another channel since. */
  readonly earlier?: "email";
  /** The keyed hash of the recipient. */
  readonly to: string;
}

/**
 * The rows of such receipts. Of two e-mails that it may be about it is neither's, and of one whose request is still under
 * way it is nobody's yet.
 *
 * @param key of the addresses' hashes, see addressKey
 */
export async function rowsByRecipient(
  sql: Sql,
  location: string,
  receipts: readonly ProviderReceipt[],
  key: string | Uint8Array,
): Promise<Map<ProviderReceipt, Recipient>> {
  const asked = receipts.flatMap((receipt) => {
    const email = receipt.unnamed === true ? normalizeEmail(receipt.recipient ?? "") : undefined;
    return email === undefined ? [] : [{ receipt, hash: addressKey(key, "email", email) }];
  });
  if (asked.length === 0) return new Map();
  const hashes = [...new Set(asked.map(({ hash }) => hash))];
  const sends = await readSends(sql, location, "email", hashes);
  const meant = asked.flatMap(({ receipt, hash }) => {
    const message = theOne(sends.get(hash) ?? [], receipt.at);
    return message === undefined ? [] : [{ receipt, message, hash }];
  });
  const rows = await sentRows(
    sql,
    location,
    meant.map(({ message }) => message),
  );
  return new Map(
    meant.flatMap(({ receipt, message, hash }) => {
      const row = rows.get(message);
      return row === undefined ? [] : [[receipt, { ...row, to: hash }] as const];
    }),
  );
}

/** The message of the only e-mail that left in the time before. */
function theOne(sends: readonly Send[], at: Instant): string | undefined {
  const [one, ...others] = sends.filter(
    (send) => send.channel === "email" && send.at > at - WITHIN && send.at <= at + LAG,
  );
  return others.length > 0 ? undefined : one?.message;
}

/** Those that the provider took as e-mail. */
async function sentRows(
  sql: Sql,
  location: string,
  ids: readonly string[],
): Promise<Map<string, Omit<Recipient, "to">>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql.query<{ id: string; lead: string; moved: boolean }>(
    `select outbox_id as id, lead_id as lead, channels[place + 1] <> 'email' as moved
       from outbox
      where location_id = $1 and outbox_id = any($2::uuid[])
        and (channels[place + 1] = 'email' and state = 'accepted' or 'email' = any(channels[1:place]))`,
    [location, ids],
  );
  return new Map(
    rows.map(({ id, lead, moved }) => [id, { id, lead, ...(moved ? { earlier: "email" as const } : {}) }]),
  );
}
