// What a person's retry of a failed step would mean: whether what the step asked for is on its way already.

import type { Sql } from "../kernel/sql.ts";
import { effectsOfRuns } from "../outreach/index.ts";
import { type Publications, type Run, standsAt } from "../workflows/index.ts";

/** open: nothing stands in the way. taken: a row that never left has the step's identity. left: it has left. */
export type Retry = "open" | "taken" | "left";
export type Retries = (run: Run) => Retry;

const LEFT: ReadonlySet<string> = new Set(["sending", "unconfirmed", "undecided", "accepted"]);
/** It is still on its way out: the step need not be done again, it must be let go. */
const LEAVING: ReadonlySet<string> = new Set(["queued", "held", "refused"]);

export async function retriesOf(
  sql: Sql,
  location: string,
  runs: readonly Run[],
  publications: Publications,
): Promise<Retries> {
  const effects = await effectsOfRuns(sql, location, runs);
  const states = new Map(effects.map(({ run, path, state }) => [`${run} ${path}`, state]));
  const plans = await publications.plans(
    sql,
    location,
    runs.map((run) => run.plan),
  );
  return (run) => {
    const plan = plans.get(run.plan);
    const path = plan === undefined ? undefined : standsAt(plan, run);
    const state = states.get(`${run.id} ${path}`);
    if (state === undefined || LEAVING.has(state)) return "open";
    return LEFT.has(state) ? "left" : "taken";
  };
}
