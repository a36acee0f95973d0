// What leads have done, at rest. Every statement that touches `lead_state` is in this file. The row's `data` holds
// behavior and score together, because a turn changes them together.

import type { Sql } from "../kernel/sql.ts";
import type { BehaviorState } from "./behavior.ts";

/** What else stands beside the behavior is whatever the turn keeps; this room does not look inside. */
export interface LeadState {
  readonly behavior: BehaviorState;
  readonly score?: unknown;
}

/** The states of one location's leads by id; a lead without one is absent. */
export async function readStates<State extends LeadState = LeadState>(
  sql: Sql,
  location: string,
  leads: readonly string[],
): Promise<Map<string, State>> {
  const { rows } = await sql.query<{ id: string; data: State }>(
    `select lead_id as id, data
       from lead_state
      where location_id = $1 and lead_id = any($2::text[])`,
    [location, leads],
  );
  return new Map(rows.map((row) => [row.id, row.data]));
}

export async function saveStates(sql: Sql, location: string, states: ReadonlyMap<string, object>): Promise<void> {
  if (states.size === 0) return;
  const records = [...states].sort(([a], [b]) => (a < b ? -1 : 1)).map(([lead_id, data]) => ({ lead_id, data }));
  await sql.query(
    `insert into lead_state (location_id, lead_id, data)
     select $1, r.lead_id, r.data
       from jsonb_to_recordset($2::jsonb) as r (lead_id text, data jsonb)
         on conflict (location_id, lead_id) do update set data = excluded.data`,
    [location, JSON.stringify(records)],
  );
}
