// Workflows as a list: the newest version of each, with how many people are in it and where.

import type { Sql } from "../kernel/sql.ts";
import { plain } from "./values.ts";
import type { Diagnostic, WorkflowView } from "./view.ts";

export interface WorkflowRow {
  readonly workflow: string;
  readonly planId: string;
  readonly name: string;
  readonly about: string | null;
  readonly status: string;
  readonly active: number;
  readonly failed: number;
  readonly paused: "workflow" | "location" | null;
  readonly standing: readonly { readonly path: string; readonly count: number }[];
}

/** The newest plan of each workflow, with how many people are in it, and where. */
export async function workflowRows(sql: Sql, location: string): Promise<WorkflowRow[]> {
  const { rows } = await sql.query<WorkflowRow>(
    `select p.workflow, p.plan_id as "planId", p.plan ->> 'name' as name, p.plan ->> 'about' as about,
            coalesce(p.plan ->> 'status', 'live') as status, n.active, n.failed, n.standing,
            case when exists (select 1 from hold where location_id = $1 and workflow = '*') then 'location'
                 when exists (select 1 from hold where location_id = $1 and workflow = p.workflow) then 'workflow'
             end as paused
       from (select distinct on (workflow) workflow, plan_id, plan
               from plan
              where location_id = $1
              order by workflow, created_at desc, plan_id) as p
      cross join lateral (
              select coalesce(sum(active), 0)::int as active,
                     coalesce(sum(failed), 0)::int as failed,
                     coalesce(jsonb_agg(jsonb_build_object('path', path, 'count', active) order by active desc, path)
                                filter (where path is not null and active > 0), '[]') as standing
                from (select path,
                             count(*) filter (where status <> 'failed') as active,
                             count(*) filter (where status = 'failed') as failed
                        from run
                       where location_id = $1
                         and workflow = p.workflow
                         and status in ('pending', 'waiting', 'paused', 'failed')
                       group by path) as step) as n
      order by p.workflow`,
    [location],
  );
  return rows;
}

/** @param known what is wrong with the files of workflows, as last compiled */
export const workflowView = (
  row: WorkflowRow,
  known: readonly (Diagnostic & { readonly workflow?: string })[],
): WorkflowView => ({
  id: row.workflow,
  name: row.name,
  ...(row.about === null ? {} : { about: row.about }),
  version: row.planId.slice(0, 12),
  status: row.status,
  active: row.active,
  failed: row.failed,
  ...(row.paused === null ? {} : { paused: row.paused }),
  standing: row.standing.map((step) => ({ ...step, name: plain(step.path) })),
  diagnostics: known.filter((item) => item.workflow === row.workflow),
});
