// The secret at hand is another than the one that this database was worked on with: numbers and addresses are found by it, their
// opt-outs among them, so nothing starts. Where the old one is lost, what it had sealed is given up, and opt-outs go on.

import { join } from "node:path";
import type { Config } from "../config.ts";
import { APP_LOCATION } from "../events/index.ts";
import { Conflict, InvalidInput } from "../kernel/errors.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import { rekeyAddresses } from "../outreach/index.ts";
import {
  deriveKey,
  giveUp,
  insertAudit,
  isNothing,
  noteSecret,
  readUnopened,
  type Seal,
  secretFits,
  type Unopened,
} from "../tenancy/index.ts";
import { isTown } from "./town.ts";

interface Kept {
  readonly database: Database;
  readonly seal: Seal;
}

/** A town begins anew with any secret. */
const counts = (location: string): boolean => !isTown(location);

/** @throws InvalidInput saying what was expected */
export async function mustBeTheSecret({ database, seal }: Kept, config: Config): Promise<void> {
  if (!(await database.transaction("*", (sql) => secretFits(sql, seal, counts)))) throw another(config);
}

/** Once there is an account: from now on no other secret will do. @throws InvalidInput where another process was first with another */
export async function keepSecret({ database, seal }: Kept, config: Config): Promise<void> {
  if (!(await database.transaction([APP_LOCATION], (sql) => noteSecret(sql, seal)))) throw another(config);
}

function another({ secret, dataFolder }: Config): InvalidInput {
  const file = join(dataFolder, "secret");
  const at = secret === undefined ? `The secret in ${file}` : "LATCHKEY_SECRET";
  return new InvalidInput(
    `${at} is not the one that this database was worked on with. Accounts are opened by it and opt-outs are found by it, so nothing starts. ` +
      `Expected: the same LATCHKEY_SECRET as before or, where none was set, the file ${file} as it was. ` +
      "Where that one is lost for good: latchkey reseal says what would be given up, and latchkey reseal --lost begins anew with this one.",
  );
}

export interface Resealing {
  /** The secret is not the one of before. */
  readonly another: boolean;
  readonly unopened: Unopened;
  /** What became of numbers and addresses; where the secret is the same, or it was only asked, they stay as they are. */
  readonly addresses?: { readonly kept: number; readonly unknown: number };
}

/**
 * What does not open with the secret at hand; with `lost`, it is given up, in one transaction.
 *
 * @throws Conflict while a Latchkey works on the database
 */
export async function reseal(
  { database, seal, secret, now }: Kept & { readonly secret: string; readonly now: Instant },
  { lost }: { readonly lost: boolean },
): Promise<Resealing> {
  return database.transaction("*", async (sql) => {
    const unopened = await readUnopened(sql, seal);
    const isAnother = !(await secretFits(sql, seal, counts));
    const found = { another: isAnother, unopened };
    if (!lost || (isNothing(unopened) && !isAnother)) return found;
    await mustBeAlone(sql);
    await giveUp(sql, seal, unopened, now);
    return isAnother ? { ...found, addresses: await rekey(sql, deriveKey(secret, "address"), now) } : found;
  });
}

/** @throws Conflict */
async function mustBeAlone(sql: Sql): Promise<void> {
  const { rows } = await sql.query<{ pid: number }>(
    "select pid from pg_stat_activity where datname = current_database() and application_name = 'latchkey'",
  );
  if (rows.length > 0) throw new Conflict("A Latchkey works on this database. End all its processes first.");
}

async function rekey(sql: Sql, key: Buffer, now: Instant): Promise<{ kept: number; unknown: number }> {
  const { rows } = await sql.query<{ location: string }>(
    "select distinct location_id as location from address order by location_id",
  );
  const all = { kept: 0, unknown: 0 };
  for (const { location } of rows) {
    const { kept, unknown } = await rekeyAddresses(sql, location, key);
    const about = { location, at: now, who: "command line", act: "addresses_rekeyed", subject: location };
    await insertAudit(sql, { ...about, data: { kept, unknown } });
    all.kept += kept;
    all.unknown += unknown;
  }
  return all;
}
