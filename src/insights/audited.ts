// Leads as an audit of fairness needs them: how each is scored, and how it was treated. A read model over other rooms'
// tables; no name, address or place is read.

import { type Aim, APPOINTMENT, aimIn, type Outcome } from "../kernel/aim.ts";
import type { Sql } from "../kernel/sql.ts";
import { DAY, type Instant } from "../kernel/time.ts";
import type { Tally } from "../scoring/index.ts";

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
  /** What a model's row is made of. */
  readonly tally: Tally | null;
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
            coalesce(s.data -> 'score' -> 'reasons', '[]') as reasons,
            s.data -> 'tally' as tally
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

export interface Taught {
  /** What its chance is of. */
  readonly aim: Aim;
  readonly rows: number;
  readonly positives: number;
  readonly from: Instant;
  readonly until: Instant;
}

/** What taught the model that gives chances now; undefined: none does. */
export async function taughtBy(sql: Sql, location: string): Promise<Taught | undefined> {
  const { rows } = await sql.query<Omit<Taught, "aim"> & { readonly aim: unknown }>(
    `select learned -> 'aim' as aim, (learned ->> 'rows')::float8 as rows, (learned ->> 'positives')::float8 as positives,
            (learned ->> 'from')::float8 as "from", (learned ->> 'until')::float8 as until
       from model
      where location_id = $1
        and kind = 'chance'
        and state = 'champion'`,
    [location],
  );
  return rows[0] && { ...rows[0], aim: aimIn(rows[0].aim) };
}

/** What of the log tells that what a chance is of has come. */
const CAME: Readonly<Record<Outcome, string>> = { appointment: "appointment.booked", won: "opportunity.won" };

export interface OutcomeRow {
  readonly lead: string;
  readonly chance: number;
  readonly came: boolean;
}

/**
 * The first chance of each of these leads whose time is over, and whether it came true. Which chance it is must not hang on
 * what came: who books, or buys, has no chance from then on, so that the latest one stands just before it. A chance of
 * something else, which another model said, is none here.
 */
export async function outcomesOf(
  sql: Sql,
  location: string,
  leads: readonly string[],
  { now, aim }: { readonly now: Instant; readonly aim: Aim },
): Promise<OutcomeRow[]> {
  const { rows } = await sql.query<OutcomeRow>(
    `select h.lead_id as lead, h.chance::float8 as chance,
            exists (
              select 1
                from event as e
               where e.location_id = $1
                 and e.lead_id = h.lead_id
                 and e.type = $5
                 and e.at >= h.day + interval '1 day'
                 and e.at < h.day + ($4 + 1) * interval '1 day') as came
       from (select distinct on (lead_id) lead_id, chance, (day::timestamp at time zone 'UTC') as day
               from score_history as s
              where location_id = $1
                and lead_id = any($2)
                and chance is not null
                and day < $3::date
                and not exists (
                  select 1
                    from model as m
                   where m.location_id = $1
                     and m.kind = 'chance'
                     and starts_with(s.model, left(m.model_id, 12))
                     and coalesce(m.learned -> 'aim', $6::jsonb) <> $7::jsonb)
              order by lead_id, day) as h
      order by h.lead_id`,
    [
      ...[location, leads, new Date(now - (aim.days + 1) * DAY).toISOString().slice(0, 10), aim.days],
      ...[CAME[aim.outcome], JSON.stringify(APPOINTMENT), JSON.stringify({ outcome: aim.outcome, days: aim.days })],
    ],
  );
  return rows;
}
