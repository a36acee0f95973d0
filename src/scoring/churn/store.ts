// How a location's leads have kept silent, read from its log.

import type { Sql } from "../../kernel/sql.ts";
import { DAY, type Instant } from "../../kernel/time.ts";
import { STORY_ENDS } from "../features/examples.ts";
import { watchedFrom } from "../features/watched.ts";
import { type Silences, silencesOf } from "./silence.ts";
import type { Story } from "./weeks.ts";

/** Enough for an interval that may be given, and few enough to be read while somebody waits. Ids of the CRM are random. */
const MOST_LEADS = 1_000;
const LOOK_BACK = 180 * DAY;

export interface SilencesRead {
  readonly location: Silences;
  /** Of the leads that came the same way. */
  readonly segment: Silences | undefined;
}

/**
 * A lead who buys, or whose contact is deleted or merged, is followed until then: its silence after that is none.
 *
 * @param acts types of events that count as something the lead did
 * @param source how leads of the segment came
 */
export async function readSilences(
  sql: Sql,
  location: string,
  acts: readonly string[],
  { now, source }: { readonly now: Instant; readonly source?: string | undefined },
): Promise<SilencesRead> {
  const since = now - LOOK_BACK;
  const { rows } = await sql.query<{
    source: string | null;
    came: number | null;
    seen: number | null;
    ended: number | null;
    acts: number[];
  }>(
    `select s.data->'tally'->'source'->>1                as source,
            coalesce((s.data->'tally'->>'came')::float8,
                     (s.data->'tally'->>'seen')::float8) as came,
            (s.data->'tally'->>'seen')::float8           as seen,
            (select extract(epoch from min(e.at))::float8 * 1000
               from event as e
              where e.location_id = $1 and e.lead_id = s.lead_id and e.type = any($5::text[])) as ended,
            array(select extract(epoch from e.at)::float8 * 1000
                    from event as e
                   where e.location_id = $1 and e.lead_id = s.lead_id and e.received_at >= $2
                     and e.type = any($3::text[]) and (e.data->>'machine') is distinct from 'true'
                   order by e.at)                        as acts
       from lead_state as s
      where s.location_id = $1 and s.data ? 'tally'
      order by s.lead_id
      limit $4`,
    [location, new Date(since), acts, MOST_LEADS, STORY_ENDS],
  );
  const read = rows.flatMap((row) => {
    // of who came before, or long before we first heard of it, the silence is told from the first act that is seen
    const isWhole = row.came !== null && row.came >= since && watchedFrom(row.came, row.seen) === row.came;
    const came = (isWhole ? row.came : undefined) ?? row.acts[0];
    const until = Math.min(row.ended ?? now, now);
    return came === undefined || came >= until ? [] : [{ source: row.source, story: { came, acts: row.acts, until } }];
  });
  const stories = (of: typeof read): Story[] => of.map(({ story }) => story);
  return {
    location: silencesOf(stories(read)),
    segment: source === undefined ? undefined : silencesOf(stories(read.filter((one) => one.source === source))),
  };
}
