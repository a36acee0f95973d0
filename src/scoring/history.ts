// A lead's figures by day, at rest. Every statement that touches `score_history` is in this file.

import type { Sql } from "../kernel/sql.ts";
import { DAY, type Instant } from "../kernel/time.ts";
import type { Score } from "./score.ts";

/** The day's last figures: score and risk in hundredths, the chance in thousandths. */
export interface ScoreDay {
  /** UTC, `2026-03-02`. */
  readonly day: string;
  readonly score: number;
  readonly chance?: number;
  readonly churn?: number;
  readonly tier: Score["tier"];
  readonly model: string;
}

/** As a score is kept for its day. */
export const dayOf = (score: Score, at: Instant): ScoreDay => ({
  day: new Date(at).toISOString().slice(0, 10),
  score: rounded(score.score, 100),
  ...(score.chance === undefined ? {} : { chance: rounded(score.chance, 1_000) }),
  ...(score.churn === undefined ? {} : { churn: rounded(score.churn, 100) }),
  tier: score.tier,
  model: score.model,
});

/** Whether there is something to keep: another day, or other figures on the same. */
export const isNews = (before: ScoreDay | undefined, after: ScoreDay): boolean =>
  before === undefined ||
  (["day", "score", "chance", "churn", "tier", "model"] as const).some((name) => before[name] !== after[name]);

const rounded = (value: number, parts: number): number => Math.round(value * parts) / parts;

/** One row per lead and day: the day's last figures stand. */
export async function saveScoreDays(
  sql: Sql,
  location: string,
  days: readonly (ScoreDay & { readonly lead: string })[],
): Promise<void> {
  if (days.length === 0) return;
  const sorted = days.toSorted((a, b) => (a.lead < b.lead ? -1 : 1));
  await sql.query(
    `insert into score_history (location_id, lead_id, day, score, chance, churn, tier, model)
     select $1, r.lead, r.day, r.score, r.chance, r.churn, r.tier, r.model
       from jsonb_to_recordset($2::jsonb)
         as r (lead text, day date, score real, chance real, churn real, tier text, model text)
         on conflict (location_id, lead_id, day)
            do update set score = excluded.score, chance = excluded.chance, churn = excluded.churn,
                          tier = excluded.tier, model = excluded.model`,
    [location, JSON.stringify(sorted)],
  );
}

/** Oldest first, of at most so many days back from `now`. */
export async function readScoreDays(
  sql: Sql,
  location: string,
  lead: string,
  { now, days }: { readonly now: Instant; readonly days: number },
): Promise<ScoreDay[]> {
  const { rows } = await sql.query<Record<string, string | number | null>>(
    `select to_char(day, 'YYYY-MM-DD') as day, score::float8 as score, chance::float8 as chance, churn::float8 as churn,
            tier, model
       from score_history
      where location_id = $1 and lead_id = $2 and day >= $3::date
      order by day`,
    [location, lead, new Date(now - days * DAY).toISOString().slice(0, 10)],
  );
  const exact = (value: string | number | null | undefined) =>
    typeof value === "number" ? rounded(value, 1_000) : value;
  return rows.map(
    (row) =>
      Object.fromEntries(
        Object.entries(row).flatMap(([name, value]) => (value === null ? [] : [[name, exact(value)]])),
      ) as unknown as ScoreDay,
  );
}
