// A location's own links, which texts call by name: `link.booking`, `link.form.buyer_survey`. They stand in the
// settings of its installation.

import { InvalidInput } from "../kernel/errors.ts";
import { isLinkName, LAST_FORM_LINK } from "../kernel/links.ts";
import type { Database } from "../kernel/sql.ts";
import type { Clock } from "../kernel/time.ts";
import { insertAudit } from "./store.ts";

export interface Links {
  /** @throws InvalidInput on a name or an address that cannot be one */
  set(location: string, name: string, address: string, by: string): Promise<void>;
  list(location: string): Promise<Readonly<Record<string, string>>>;
  /** False where there was none. */
  remove(location: string, name: string, by: string): Promise<boolean>;
}

export function openLinks({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
}): Links {
  const audited = (location: string, act: string, subject: string, who: string) =>
    ({ location, at: clock.now(), who, act, subject }) as const;
  return {
    async set(location, name, address, by) {
      if (!isLinkName(name) || name === LAST_FORM_LINK)
        throw new InvalidInput(
          `"${name}" is not a link's name: booking, listings, form.<name>, or a word of your own.`,
        );
      if (!URL.canParse(address) || new URL(address).protocol !== "https:")
        throw new InvalidInput(`"${address}" is not an https address.`);
      await database.transaction([location], async (sql) => {
        await sql.query(
          `update installation
              set settings = settings || jsonb_build_object('links',
                             coalesce(settings -> 'links', '{}') || jsonb_build_object($2::text, $3::text))
            where location_id = $1`,
          [location, name, address],
        );
        await insertAudit(sql, audited(location, "link_set", name, by));
      });
    },
    list: (location) =>
      database.transaction([location], async (sql) => {
        const { rows } = await sql.query<{ links: Readonly<Record<string, string>> | null }>(
          "select settings -> 'links' as links from installation where location_id = $1",
          [location],
        );
        return rows[0]?.links ?? {};
      }),
    remove: (location, name, by) =>
      database.transaction([location], async (sql) => {
        const { rowCount } = await sql.query(
          `update installation set settings = settings #- array['links', $2]
            where location_id = $1 and settings -> 'links' ? $2`,
          [location, name],
        );
        if (rowCount === 0) return false;
        await insertAudit(sql, audited(location, "link_removed", name, by));
        return true;
      }),
  };
}
