// The figures of the last audit at rest. Every statement that touches `fairness_audit` is in this file.

import type { Sql } from "../../kernel/sql.ts";
import type { Instant } from "../../kernel/time.ts";
import type { AuditFigures } from "./figures.ts";

/** In place of those of the audit before. */
export async function saveAudit(sql: Sql, location: string, at: Instant, figures: AuditFigures): Promise<void> {
  await sql.query(
    `insert into fairness_audit (location_id, made_at, figures)
     values ($1, $2, $3::jsonb)
         on conflict (location_id) do update set made_at = excluded.made_at, figures = excluded.figures`,
    [location, new Date(at), JSON.stringify(figures)],
  );
}

export async function lastAudit(
  sql: Sql,
  location: string,
): Promise<{ readonly at: Instant; readonly figures: AuditFigures } | undefined> {
  const { rows } = await sql.query<{ at: Instant; figures: AuditFigures }>(
    "select made_at as at, figures from fairness_audit where location_id = $1",
    [location],
  );
  return rows[0];
}
