// Experiments at rest. Every statement that touches `exposure` and `experiment_state` is in this file.

import type { Sql } from "../kernel/sql.ts";
import { type Instant, iso } from "../kernel/time.ts";
import type { Experiment } from "../workflows/index.ts";
import { type Count, type ExperimentState, type Exposure, LATE, metricsOf, type Tally } from "./experiment.ts";

interface StateRow {
  readonly experiment: string;
  readonly state: ExperimentState["state"];
  readonly winner: string | null;
  readonly why: string | null;
  readonly weights: ExperimentState["weights"] | null;
  readonly declared: Experiment;
  readonly startedAt: Instant;
  readonly stoppedAt: Instant | null;
  readonly lookedAt: Instant | null;
  readonly readOut: ExperimentState["readOut"] | null;
}

const STATE = `experiment, state, winner, why, weights, declared, started_at as "startedAt", stopped_at as "stoppedAt",
          looked_at as "lookedAt", read_out as "readOut"`;

const stateOf = (row: StateRow): ExperimentState =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as ExperimentState;

/** How every experiment of a location stands, by id; those that nobody has met are absent. */
export async function readStates(sql: Sql, location: string): Promise<ReadonlyMap<string, ExperimentState>> {
  const { rows } = await sql.query<StateRow>(
    `select ${STATE} from experiment_state where location_id = $1 order by experiment`,
    [location],
  );
  return new Map(rows.map((row) => [row.experiment, stateOf(row)]));
}

/** One state, locked until the transaction ends; undefined where another process holds it (`skip`) or there is none. */
export async function lockState(
  sql: Sql,
  location: string,
  experiment: string,
  { skip }: { readonly skip: boolean },
): Promise<ExperimentState | undefined> {
  const { rows } = await sql.query<StateRow>(
    `select ${STATE} from experiment_state where location_id = $1 and experiment = $2
        for update ${skip ? "skip locked" : ""}`,
    [location, experiment],
  );
  return rows[0] === undefined ? undefined : stateOf(rows[0]);
}

/** Begins experiments that nobody has met before; those that stand already stay as they are. */
export async function beginExperiments(
  sql: Sql,
  location: string,
  begun: readonly { readonly experiment: Experiment; readonly at: Instant }[],
): Promise<void> {
  if (begun.length === 0) return;
  const rows = begun
    .map(({ experiment, at }) => ({ experiment: experiment.id, declared: experiment, started_at: iso(at) }))
    .sort((a, b) => compare(a.experiment, b.experiment));
  await sql.query(
    `insert into experiment_state (location_id, experiment, declared, started_at)
     select $1, experiment, declared, started_at
       from jsonb_to_recordset($2::jsonb) as s (experiment text, declared jsonb, started_at timestamptz)
         on conflict do nothing`,
    [location, JSON.stringify(rows)],
  );
}

/** Writes what a look or a person has changed; the row is locked. */
export async function saveState(sql: Sql, location: string, state: ExperimentState): Promise<void> {
  await sql.query(
    `update experiment_state
        set state = $3, winner = $4, why = $5, weights = $6::jsonb, stopped_at = $7, looked_at = $8,
            read_out = $9::jsonb, declared = $10::jsonb, started_at = $11
      where location_id = $1 and experiment = $2`,
    [
      location,
      state.experiment,
      state.state,
      state.winner ?? null,
      state.why ?? null,
      state.weights === undefined ? null : JSON.stringify(state.weights),
      date(state.stoppedAt),
      date(state.lookedAt),
      state.readOut === undefined ? null : JSON.stringify(state.readOut),
      JSON.stringify(state.declared),
      date(state.startedAt),
    ],
  );
}

const date = (at: Instant | undefined): Date | null => (at === undefined ? null : new Date(at));

/** What these leads were exposed to, by lead: all of it, since what a lead saw it keeps. */
export async function readExposures(
  sql: Sql,
  location: string,
  leads: readonly string[],
): Promise<ReadonlyMap<string, readonly Exposure[]>> {
  if (leads.length === 0) return new Map();
  const { rows } = await sql.query<Omit<Exposure, "run"> & { readonly run: string | null }>(
    `select experiment, lead_id as lead, variant, run_id as run, exposed_at as "exposedAt", closes_at as "closesAt",
            reached
       from exposure
      where location_id = $1 and lead_id = any ($2::text[])
      order by lead_id, experiment`,
    [location, leads],
  );
  const found = new Map<string, Exposure[]>(leads.map((lead) => [lead, []]));
  for (const { run, ...row } of rows) found.get(row.lead)?.push(run === null ? row : { ...row, run });
  return found;
}

/**
 * New exposures, and those that a turn's events have moved. The first of an experiment begins it, under the
 * declaration it has in `experiments`. What a lead saw is never overwritten.
 */
export async function saveExposures(
  sql: Sql,
  location: string,
  exposures: readonly Exposure[],
  experiments: Readonly<Record<string, Experiment>>,
): Promise<void> {
  if (exposures.length === 0) return;
  const first = new Map<string, { experiment: Experiment; at: Instant }>();
  for (const { experiment: id, exposedAt } of exposures) {
    const experiment = Object.hasOwn(experiments, id) ? experiments[id] : undefined;
    const at = Math.min(exposedAt, first.get(id)?.at ?? exposedAt);
    if (experiment !== undefined) first.set(id, { experiment, at });
  }
  await beginExperiments(sql, location, [...first.values()]);
  const rows = exposures
    .map(({ experiment, lead, variant, run, exposedAt, closesAt, reached }) => ({
      experiment,
      lead_id: lead,
      variant,
      run_id: run ?? null,
      exposed_at: iso(exposedAt),
      closes_at: iso(closesAt),
      reached,
    }))
    .sort((a, b) => compare(a.experiment, b.experiment) || compare(a.lead_id, b.lead_id));
  await sql.query(
    `insert into exposure (location_id, experiment, lead_id, variant, run_id, exposed_at, closes_at, reached)
     select $1, experiment, lead_id, variant, run_id, exposed_at, closes_at, reached
       from jsonb_to_recordset($2::jsonb)
         as e (experiment text, lead_id text, variant text, run_id uuid, exposed_at timestamptz, closes_at timestamptz,
               reached jsonb)
         on conflict (location_id, experiment, lead_id) do update
        set reached = excluded.reached || exposure.reached
      where not exposure.reached @> excluded.reached`,
    [location, JSON.stringify(rows)],
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Per variant, `none` included: leads exposed, and per metric those whose window is over. In order of name. */
export async function tallies(
  sql: Sql,
  location: string,
  experiment: Experiment,
  now: Instant,
): Promise<readonly Tally[]> {
  const { rows } = await sql.query<{
    variant: string;
    place: number;
    exposed: number;
    closed: number;
    reached: number;
  }>(
    `select e.variant, m.place::int - 1 as place, count(*)::int as exposed,
            (count(*) filter (where e.exposed_at <= m.cut))::int as closed,
            (count(*) filter (where e.exposed_at <= m.cut and e.reached ? (m.place - 1)::text))::int as reached
       from exposure as e, unnest($3::timestamptz[]) with ordinality as m (cut, place)
      where e.location_id = $1 and e.experiment = $2
      group by e.variant, m.place
      order by e.variant, m.place`,
    [location, experiment.id, metricsOf(experiment).map(({ within }) => new Date(now - within - LATE))],
  );
  const found = new Map<string, { variant: string; exposed: number; metrics: Count[] }>();
  for (const { variant, exposed, closed, reached } of rows) {
    const tally = found.get(variant) ?? { variant, exposed, metrics: [] };
    tally.metrics.push({ closed, reached });
    found.set(variant, tally);
  }
  return [...found.values()];
}

/** How many leads each experiment has exposed, by id. */
export async function exposedCounts(sql: Sql, location: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql.query<{ experiment: string; exposed: number }>(
    "select experiment, count(*)::int as exposed from exposure where location_id = $1 group by experiment",
    [location],
  );
  return new Map(rows.map(({ experiment, exposed }) => [experiment, exposed]));
}
