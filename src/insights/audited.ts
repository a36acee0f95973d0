// Leads as an audit of fairness needs them: how each is scored, and how it was treated. A read model over other rooms'
// tables; no name, address or place is read.

import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";

export interface AuditedRow {
  readonly lead: string;
  readonly score: number;
  readonly tier: string;
  readonly model: string;
  readonly scoredAt: Instant | null;
  readonly chance: number | null;
  /** Log-odds of a lead of whom nothing is known, and what moved the score from there, as they were kept with it. */
  readonly base: number | null;
  readonly reasons: readonly { readonly feature?: string; readonly logOdds?: number }[];
}

/** The scored leads of a location, in order of their ids. Leads of whom nothing is known but an id are not among them. */
export async function scoredLeads(sql: Sql, location: string): Promise<AuditedRow[]> {
  const { rows } = await sql.query<AuditedRow>(
    `select s.lead_id as lead,
            (s.data -> 'score' ->> 'score')::float8 as score,
            s.data -> 'score' ->> 'tier' as tier,
            s.data -> 'score' ->> 'model' as model,
            (s.data ->> 'scoredAt')::float8 as "scoredAt",
            (s.data -> 'score' ->> 'chance')::float8 as chance,
            (s.data -> 'score' ->> 'base')::float8 as base,
            coalesce(s.data -> 'score' -> 'reasons', '[]') as reasons
       from lead_state as s
       join lead as l on l.location_id = s.location_id and l.lead_id = s.lead_id
      where s.location_id = $1
        and s.data -> 'score' ->> 'score' is not null
        and (l.data ->> 'stub') is distinct from 'true'
        and (l.data ->> 'deleted') is distinct from 'true'
      order by s.lead_id`,
    [location],
  );
  return rows;
}

export interface TreatmentRow {
  readonly lead: string;
  readonly messages: number;
  /** Arrival to our first message or a person's first contact. Minutes; null: neither yet, or the arrival is not known. */
  readonly answeredAfter: number | null;
}

/** How these leads were treated. */
export async function treatmentOf(sql: Sql, location: string, leads: readonly string[]): Promise<TreatmentRow[]> {
  const { rows } = await sql.query<TreatmentRow>(
    `with sent as (
       select lead_id, count(*)::int as messages, min((delivery ->> 'acceptedAt')::float8) as first_at
         from message
        where location_id = $1
          and lead_id = any($2)
          and delivery ? 'acceptedAt'
        group by lead_id)
     select l.lead_id as lead,
            coalesce(sent.messages, 0) as messages,
            case when least(sent.first_at, met.first_at) is not null and l.data ? 'createdAt'
                 then greatest(0, least(sent.first_at, met.first_at) - (l.data ->> 'createdAt')::float8) / 60000
             end as "answeredAfter"
       from lead as l
       left join sent on sent.lead_id = l.lead_id
      cross join lateral (
            select (extract(epoch from min(at)) * 1000)::float8 as first_at
              from event
             where location_id = $1
               and lead_id = l.lead_id
               and type in ('agent.contacted', 'call.answered')) as met
      where l.location_id = $1
        and l.lead_id = any($2)
      order by l.lead_id`,
    [location, leads],
  );
  return rows;
}
