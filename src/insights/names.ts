// What a team, its people, its workflows and its leads are called. A read model over other rooms' tables.

import type { JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { Team } from "./items.ts";
import { capital, plain } from "./values.ts";

/** What a lead is called, of its row `l`; null without a name. */
export const LEAD_NAME = `coalesce(nullif(l.data -> 'contact' ->> 'name', ''),
                            nullif(trim(concat_ws(' ', l.data -> 'contact' ->> 'firstName',
                                                       l.data -> 'contact' ->> 'lastName')), ''))`;

/** What workflows are called, by id. */
async function workflowNames(sql: Sql, location: string): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ workflow: string; name: string }>(
    `select distinct on (workflow) workflow, plan ->> 'name' as name
       from plan
      where location_id = $1
      order by workflow, created_at desc, plan_id`,
    [location],
  );
  return new Map(rows.map((row) => [row.workflow, row.name]));
}

/** The team's own zone and name, for words that everybody of the team reads. */
async function teamRow(sql: Sql, location: string): Promise<{ name: string | null; zone: string } | undefined> {
  const { rows } = await sql.query<{ name: string | null; zone: string }>(
    `select name, time_zone as zone
       from installation
      where location_id = $1`,
    [location],
  );
  return rows[0];
}

/** What people of the team are called, by CRM user id. */
async function userNames(sql: Sql, location: string): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ id: string; data: JsonObject }>(
    `select item_id as id, data
       from catalog
      where location_id = $1
        and kind = 'user'`,
    [location],
  );
  const name = (data: JsonObject) =>
    [data["name"], [data["firstName"], data["lastName"]].filter((part) => typeof part === "string").join(" ")].find(
      (found): found is string => typeof found === "string" && found !== "",
    );
  return new Map(rows.flatMap((row) => [[row.id, name(row.data)] as const]).flatMap(([id, n]) => (n ? [[id, n]] : [])));
}

/** What these leads are called; those without a name are left out. */
export async function leadNames(sql: Sql, location: string, leads: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ id: string; name: string }>(
    `select id, name
       from (select l.lead_id as id, ${LEAD_NAME} as name
               from lead as l
              where l.location_id = $1
                and l.lead_id = any($2)) as called
      where name is not null`,
    [location, leads],
  );
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** A team's names and zones are asked for at most this often. */
const TEAM_TTL = 10_000;

export type NamedTeam = Team & { user(id: string): string };

/** @param now domain time */
export function openTeamNames(now: () => Instant): (sql: Sql, location: string) => Promise<NamedTeam> {
  const teams = new Map<string, { readonly readAt: number; readonly team: Omit<NamedTeam, "now"> }>();
  return async (sql, location) => {
    const elapsed = performance.now();
    const known = teams.get(location);
    if (known !== undefined && elapsed - known.readAt < TEAM_TTL) return { ...known.team, now: now() };
    const [installed, names, users] = [
      await teamRow(sql, location),
      await workflowNames(sql, location),
      await userNames(sql, location),
    ];
    const team = {
      zone: installed?.zone ?? "UTC",
      workflow: (id: string) => names.get(id) ?? capital(plain(id)),
      user: (id: string) => users.get(id) ?? "someone of the team",
    };
    teams.set(location, { readAt: elapsed, team });
    return { ...team, now: now() };
  };
}
