// Secrets that webhooks are signed with, named by workflows: sealed to location and name, never shown again. Every
// statement that touches `secret` is in this file.

import { InvalidInput } from "../kernel/errors.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import type { Clock, Instant } from "../kernel/time.ts";
import type { Seal } from "./seal.ts";
import { insertAudit } from "./store.ts";

export interface Secrets {
  /** Sets or replaces one. @throws InvalidInput on a name or a value that cannot be one */
  set(location: string, name: string, value: string, by: string): Promise<void>;
  /** Names alone: a value is never shown. */
  list(
    location: string,
  ): Promise<readonly { readonly name: string; readonly setAt: Instant; readonly setBy: string }[]>;
  /** False where there was none. */
  remove(location: string, name: string, by: string): Promise<boolean>;
  /** @throws InvalidInput when LATCHKEY_SECRET has changed since it was set */
  read(location: string, name: string): Promise<string | undefined>;
}

interface Needs {
  readonly database: Database;
  readonly seal: Seal;
  readonly clock: Pick<Clock, "now">;
}

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const LONGEST = 4_096;
const placeOf = (location: string, name: string): string => `${location}/secret/${name}`;

export function openSecrets({ database, seal, clock }: Needs): Secrets {
  return {
    async set(location, name, value, by) {
      if (!NAME.test(name)) throw new InvalidInput(`"${name}" is not a name: letters, digits and _, a letter first.`);
      if (value.length < 8 || value.length > LONGEST)
        throw new InvalidInput(`A secret has 8 to ${LONGEST} characters; this one has ${value.length}.`);
      const at = clock.now();
      await database.transaction([location], async (sql) => {
        await sql.query(
          `insert into secret (location_id, name, sealed, set_at, set_by) values ($1, $2, $3, $4, $5)
               on conflict (location_id, name) do update
              set sealed = excluded.sealed, set_at = excluded.set_at, set_by = excluded.set_by`,
          [location, name, seal.seal(value, placeOf(location, name)), new Date(at), by],
        );
        await insertAudit(sql, { location, at, who: by, act: "secret_set", subject: name });
      });
    },
    list: (location) =>
      database.transaction([location], async (sql) => {
        const { rows } = await sql.query<{ name: string; setAt: Instant; setBy: string }>(
          `select name, set_at as "setAt", set_by as "setBy" from secret where location_id = $1 order by name`,
          [location],
        );
        return rows;
      }),
    remove: (location, name, by) =>
      database.transaction([location], async (sql) => {
        if (!(await removeSecret(sql, location, name))) return false;
        await insertAudit(sql, { location, at: clock.now(), who: by, act: "secret_removed", subject: name });
        return true;
      }),
    async read(location, name) {
      const { rows } = await database.transaction([location], (sql) =>
        sql.query<{ sealed: string }>("select sealed from secret where location_id = $1 and name = $2", [
          location,
          name,
        ]),
      );
      const sealed = rows[0]?.sealed;
      return sealed === undefined ? undefined : seal.open(sealed, placeOf(location, name));
    },
  };
}

/** Of every location in the transaction's scope. */
export async function readSealedSecrets(
  sql: Sql,
): Promise<
  readonly { readonly location: string; readonly name: string; readonly sealed: string; readonly place: string }[]
> {
  const { rows } = await sql.query<{ location: string; name: string; sealed: string }>(
    "select location_id as location, name, sealed from secret order by location_id, name",
  );
  return rows.map((row) => ({ ...row, place: placeOf(row.location, row.name) }));
}

export async function removeSecret(sql: Sql, location: string, name: string): Promise<boolean> {
  const { rowCount } = await sql.query("delete from secret where location_id = $1 and name = $2", [location, name]);
  return rowCount > 0;
}
