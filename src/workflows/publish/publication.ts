// What is live at a location, at rest. Every statement that touches `plan` and `publication` is in this file.

import { idFrom } from "../../kernel/ids.ts";
import type { Sql } from "../../kernel/sql.ts";
import type { Instant } from "../../kernel/time.ts";
import type { PublicationContent } from "../compile/compile.ts";
import type { SourceFile } from "../compile/source.ts";
import type { Plan, Publication } from "../plan.ts";
import { countRuns, type RunFilter } from "../runs.ts";
import { completeContent, completePlan } from "./complete.ts";
import { insertJob, type RunLetter, supersedeJobs } from "./jobs.ts";

/** The `content` column: plans by id, since they stand in rows of their own, and the texts they were made from. */
type StoredContent = Omit<PublicationContent, "plans"> & {
  readonly plans: readonly string[];
  readonly sources: readonly SourceFile[];
};

export interface Publishing {
  readonly content: PublicationContent;
  /** The texts it was compiled from: what a broken edit falls back to, also after a restart. */
  readonly sources: readonly SourceFile[];
  readonly at: Instant;
  /** `folder`, or who pressed the button. */
  readonly by: string;
}

/** How often a number that another process took meanwhile is asked for again. */
const TRIES = 5;

/** A workflow that is another since a publication, and what becomes of those who are in it. */
export interface Published {
  readonly workflow: string;
  readonly change: "new" | "changed" | "removed";
  readonly onEdit: Plan["onEdit"];
  /** Runs on earlier versions. */
  readonly runs: number;
}

/**
 * Makes content live at a location unless it is so already, and has the runs of earlier versions dealt with as the new
 * ones say. Any number of processes may do this at once: they agree on one row. Answers what is another now; undefined
 * where somebody else made the row, or it was there.
 */
export async function publish(
  sql: Sql,
  location: string,
  { content, sources, at, by }: Publishing,
): Promise<readonly Published[] | undefined> {
  await savePlans(sql, location, content.plans, at);
  const stored: StoredContent = { ...content, plans: content.plans.map((plan) => plan.id), sources };
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const { rows } = await sql.query<{ id: string; number: number; plans: readonly string[] }>(
      `select publication_id as id, number, content -> 'plans' as plans
         from publication
        where location_id = $1
        order by number desc
        limit 1`,
      [location],
    );
    if (rows[0]?.id === content.id) {
      await sql.query(
        `update publication
            set content = $3::jsonb
          where location_id = $1
            and number = $2
            and content is distinct from $3::jsonb`,
        [location, rows[0].number, JSON.stringify(stored)],
      );
      return undefined;
    }
    const { rowCount } = await sql.query(
      `insert into publication (location_id, publication_id, number, published_at, published_by, content)
       values ($1, $2, $3, $4, $5, $6::jsonb)
           on conflict do nothing`,
      [location, content.id, (rows[0]?.number ?? 0) + 1, new Date(at), by, JSON.stringify(stored)],
    );
    if (rowCount === 1) return dealWithRuns(sql, location, rows[0]?.plans ?? [], content, { at, by });
  }
  return undefined;
}

async function dealWithRuns(
  sql: Sql,
  location: string,
  before: readonly string[],
  content: PublicationContent,
  { at, by }: Pick<Publishing, "at" | "by">,
): Promise<readonly Published[]> {
  const { rows: known } = await sql.query<{ id: string; workflow: string }>(
    `select plan_id as id, workflow
       from plan
      where location_id = $1
        and plan_id = any ($2::text[])`,
    [location, before],
  );
  const old = new Map(known.map(({ id, workflow }) => [workflow, id]));
  const published: Published[] = [];
  for (const plan of content.plans) {
    const was = old.get(plan.workflow);
    old.delete(plan.workflow);
    if (was === plan.id) continue;
    const runs = await moveRuns(sql, location, plan, { at, by });
    published.push({
      workflow: plan.workflow,
      change: was === undefined ? "new" : "changed",
      onEdit: plan.onEdit,
      runs,
    });
  }
  for (const workflow of old.keys()) {
    await supersedeJobs(sql, location, { letter: "move_run", workflow, at });
    const runs = await countRuns(sql, location, { workflow, status: UNENDED });
    published.push({ workflow, change: "removed", onEdit: "keep", runs });
  }
  return published;
}

const UNENDED = ["pending", "waiting", "paused"] as const;

/** As the new version says; what an earlier edit had begun and this one does not want is left where it is. */
async function moveRuns(
  sql: Sql,
  location: string,
  plan: Plan,
  { at, by }: Pick<Publishing, "at" | "by">,
): Promise<number> {
  const { workflow, onEdit } = plan;
  await supersedeJobs(sql, location, { letter: "move_run", workflow, at });
  const filter: RunFilter = { workflow, status: UNENDED, notPlan: plan.id };
  const total = await countRuns(sql, location, filter);
  if (total === 0 || onEdit === "keep") return total;
  const letter: RunLetter = { type: "move_run", plan: plan.id, mode: onEdit, by };
  await insertJob(sql, location, {
    id: idFrom(location, "move", plan.id, at),
    askedAt: at,
    askedBy: by,
    total,
    workflow,
    over: "runs",
    filter,
    letter,
  });
  return total;
}

/** A plan's row never changes what it does; its name, remarks and positions follow the file. */
async function savePlans(sql: Sql, location: string, plans: readonly Plan[], at: Instant): Promise<void> {
  if (plans.length === 0) return;
  const rows = plans
    .map((plan) => ({ plan_id: plan.id, workflow: plan.workflow, plan }))
    .sort((a, b) => (a.plan_id < b.plan_id ? -1 : 1));
  await sql.query(
    `insert into plan (location_id, plan_id, workflow, created_at, plan)
     select $1, plan_id, workflow, $2, plan
       from jsonb_to_recordset($3::jsonb) as p (plan_id text, workflow text, plan jsonb)
         on conflict (location_id, plan_id) do update
        set plan = excluded.plan
      where plan.plan is distinct from excluded.plan`,
    [location, new Date(at), JSON.stringify(rows)],
  );
}

/** The texts of what is live at a location; empty before the first publication. */
export async function readSources(sql: Sql, location: string): Promise<readonly SourceFile[]> {
  const { rows } = await sql.query<{ sources: readonly SourceFile[] | null }>(
    `select content -> 'sources' as sources
       from publication
      where location_id = $1
      order by number desc
      limit 1`,
    [location],
  );
  return rows[0]?.sources ?? [];
}

/** A publication as it was live at an instant, by its id; undefined once it is forgotten. What is paused is not part of it. */
export async function readPublication(
  sql: Sql,
  location: string,
  id: string,
  at: Instant,
): Promise<Publication | undefined> {
  const { rows } = await sql.query<{ content: StoredContent; at: Instant }>(
    `select content, published_at as at
       from publication
      where location_id = $1
        and publication_id = $2
        and published_at <= $3
      order by number desc
      limit 1`,
    [location, id, new Date(at)],
  );
  const [found] = rows;
  if (found === undefined) return undefined;
  const { sources: _, ...rest } = completeContent(found.content);
  const plans = await openPublications().plans(sql, location, found.content.plans);
  const ordered = found.content.plans.flatMap((plan) => plans.get(plan) ?? []);
  return { ...rest, plans: ordered, paused: [], publishedAt: found.at };
}

/** Ids of the versions of a workflow that begin so, at most two: people write the first digits. */
export async function findVersions(
  sql: Sql,
  location: string,
  workflow: string,
  prefix: string,
): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select plan_id as id
       from plan
      where location_id = $1
        and workflow = $2
        and starts_with(plan_id, $3)
      order by plan_id
      limit 2`,
    [location, workflow, prefix],
  );
  return rows.map(({ id }) => id);
}

// Reading, in the hot path ---------------------------------------------------------------------------------------

/** Publications and plans, remembered: both never change once made. One per process. */
export interface Publications {
  /** What is live at a location now; undefined before anything was published. One short statement when known. */
  live(sql: Sql, location: string): Promise<Publication | undefined>;
  /** Plans by id, for runs pinned to earlier ones; those that do not exist are absent. */
  plans(sql: Sql, location: string, ids: readonly string[]): Promise<ReadonlyMap<string, Plan>>;
}

const MOST_PUBLICATIONS = 2_000;
const MOST_PLANS = 5_000;

export function openPublications(): Publications {
  const publications = new Map<string, Publication>();
  const known = new Map<string, Plan>();

  async function plans(sql: Sql, location: string, ids: readonly string[]): Promise<ReadonlyMap<string, Plan>> {
    const missing = [...new Set(ids)].filter((id) => !known.has(`${location}/${id}`)).sort();
    if (missing.length > 0) {
      const { rows } = await sql.query<{ plan: Plan }>(
        `select plan
           from plan
          where location_id = $1
            and plan_id = any ($2::text[])`,
        [location, missing],
      );
      const read = new Map(rows.map(({ plan }) => [plan.id, completePlan(plan)]));
      for (const plan of read.values()) remember(known, `${location}/${plan.id}`, plan, MOST_PLANS);
      return new Map(ids.flatMap((id) => entry(id, known.get(`${location}/${id}`) ?? read.get(id))));
    }
    return new Map(ids.flatMap((id) => entry(id, known.get(`${location}/${id}`))));
  }

  return {
    plans,
    async live(sql, location) {
      const { rows } = await sql.query<{ id: string; number: number; at: Instant; paused: readonly string[] }>(
        `select publication_id as id, number, published_at as at,
                array(select workflow from hold where location_id = $1 order by workflow) as paused
           from publication
          where location_id = $1
          order by number desc
          limit 1`,
        [location],
      );
      const [latest] = rows;
      if (latest === undefined) return undefined;
      const { paused } = latest;
      const key = `${location}/${latest.number}/${latest.id}/${paused.join(",")}`;
      const remembered = publications.get(key);
      if (remembered !== undefined) return remembered;
      const { rows: contents } = await sql.query<{ content: StoredContent }>(
        `select content
           from publication
          where location_id = $1
            and number = $2`,
        [location, latest.number],
      );
      const content = contents[0]?.content;
      if (content === undefined) return undefined;
      const { sources: _, ...rest } = completeContent(content);
      const found = await plans(sql, location, content.plans);
      const ordered = content.plans.flatMap((id) => found.get(id) ?? []);
      const publication: Publication = { ...rest, plans: ordered, paused, publishedAt: latest.at };
      remember(publications, key, publication, MOST_PUBLICATIONS);
      return publication;
    },
  };
}

/** The ids of the workflows that are live at a location, whatever the files say now. */
export async function liveWorkflows(sql: Sql, location: string): Promise<string[]> {
  const { rows } = await sql.query<{ workflow: string }>(
    `select distinct plan.plan ->> 'workflow' as workflow
       from (select content
               from publication
              where location_id = $1
              order by number desc
              limit 1) as latest
      cross join lateral jsonb_array_elements_text(latest.content -> 'plans') as listed (id)
       join plan
         on plan.location_id = $1
        and plan.plan_id = listed.id
      order by workflow`,
    [location],
  );
  return rows.map(({ workflow }) => workflow);
}

const entry = (id: string, plan: Plan | undefined): [string, Plan][] => (plan === undefined ? [] : [[id, plan]]);

/** The oldest is forgotten first. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value, most: number): void {
  if (map.size >= most) map.delete(map.keys().next().value as string);
  map.set(key, value);
}
