// Decisions as links of a lead's chain: the reader of `decision` for who verifies them.

import type { JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { ChainLink, Head } from "./verify.ts";

interface Row {
  readonly id: string;
  readonly lead: string;
  readonly turn: number;
  readonly place: number;
  readonly at: Instant;
  readonly kind: string;
  readonly verdict: string;
  readonly workflow: string | null;
  readonly run: string | null;
  readonly path: string | null;
  readonly message: string | null;
  readonly trace: { readonly links: JsonObject[]; readonly versions: JsonObject };
  readonly hash: string;
  readonly gap: { readonly turn: number; readonly place: number; readonly before: string | null } | null;
}

/** A page of a location's decisions, each lead's oldest first: after this lead, turn and place. */
export async function readDecisionLinks(
  sql: Sql,
  location: string,
  {
    lead,
    after = { lead: "", turn: -1, place: -1 },
    limit,
    since = 0,
  }: {
    readonly lead?: string;
    readonly after?: { readonly lead: string; readonly turn: number; readonly place: number };
    readonly limit: number;
    /** Decisions from then on are kept: a gap of one of them is none that retention made. */
    readonly since?: Instant;
  },
): Promise<(ChainLink & { readonly turn: number; readonly place: number; readonly first: boolean })[]> {
  const { rows } = await sql.query<Row>(
    `select decision_id as id, lead_id as lead, turn::float8 as turn, place, at, kind, verdict, workflow, run_id as run, path,
            message_id as message, trace, hash,
            (select jsonb_build_object('turn', g.turn, 'place', g.place, 'before', g.before)
               from decision_gap as g
              where g.location_id = $1 and g.lead_id = d.lead_id and (g.turn, g.place) <= (d.turn, d.place) and g.at < $7
              order by g.turn desc, g.place desc
              limit 1) as gap
       from decision as d
      where location_id = $1
        and (lead_id, turn, place) > ($2, $3, $4)
        and ($5::text is null or lead_id = $5)
      order by lead_id, turn, place
      limit $6`,
    [location, after.lead, after.turn, after.place, lead ?? null, limit, new Date(since)],
  );
  let last: { readonly lead: string; readonly turn: number; readonly place: number } = after;
  return rows.map(({ hash, trace, workflow, run, path, message, gap, ...rest }) => {
    // one that lies before the last that is there was closed by it
    const isOpen =
      gap !== null &&
      (last.lead !== rest.lead || gap.turn > last.turn || (gap.turn === last.turn && gap.place > last.place));
    last = rest;
    return {
      ...(isOpen ? { gap: gap.before } : {}),
      lead: rest.lead,
      name: `decision ${rest.id} (turn ${rest.turn})`,
      turn: rest.turn,
      place: rest.place,
      first: rest.turn === 1 && rest.place === 0,
      hash,
      body: {
        ...rest,
        ...(workflow === null ? {} : { workflow }),
        ...(run === null ? {} : { run }),
        ...(path === null ? {} : { path }),
        ...(message === null ? {} : { message }),
        links: trace.links,
        versions: trace.versions,
      },
    };
  });
}

/** Where each lead's chain should end, as its state says, and the last decision that is there. */
export async function readDecisionHeads(
  sql: Sql,
  location: string,
  lead?: string,
): Promise<(Head & { readonly last: string | null })[]> {
  const { rows } = await sql.query<Head & { last: string | null }>(
    `select t.lead_id as lead, coalesce(s.data ->> 'chain', '') as hash, t.decided_at as at, d.hash as last
       from lead_turn as t
       left join lead_state as s on s.location_id = $1 and s.lead_id = t.lead_id
       left join lateral (select hash from decision where location_id = $1 and lead_id = t.lead_id
                           order by turn desc, place desc limit 1) as d on true
      where t.location_id = $1 and t.decided_at is not null
        and ($2::text is null or t.lead_id = $2)
        and s.data ->> 'chain' is distinct from d.hash
      order by 1`,
    [location, lead ?? null],
  );
  return rows;
}
