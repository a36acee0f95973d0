import { canonicalJson } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Experiment } from "../workflows/index.ts";
import { type ExperimentState, frozenPart } from "./experiment.ts";
import { exposedCounts, readStates } from "./store.ts";

export interface FrozenFault {
  readonly code: "frozen-experiment";
  readonly message: string;
}

/**
 * Why a declaration may not become live: leads were exposed under another one, and results would mix. Undefined where
 * it may: nobody was exposed, the experiment has stopped, or only its words and its stop rule differ.
 */
export function frozenFault(
  experiment: Experiment,
  state: Pick<ExperimentState, "state" | "declared"> | undefined,
  exposed: number,
): FrozenFault | undefined {
  if (state === undefined || state.state === "stopped" || exposed === 0) return undefined;
  if (canonicalJson(frozenPart(experiment)) === canonicalJson(frozenPart(state.declared))) return undefined;
  const leads = exposed === 1 ? "1 lead" : `${exposed} leads`;
  return {
    code: "frozen-experiment",
    message: `"${experiment.id}" has exposed ${leads}. Start a new experiment id instead.`,
  };
}

/** Of declarations that are about to become live at a location, those that may not, by id. */
export async function frozenExperiments(
  sql: Sql,
  location: string,
  experiments: Readonly<Record<string, Experiment>>,
): Promise<Readonly<Record<string, FrozenFault>>> {
  const states = await readStates(sql, location);
  const changed = Object.values(experiments).filter(
    (one) => frozenFault(one, states.get(one.id), Number.POSITIVE_INFINITY) !== undefined,
  );
  if (changed.length === 0) return {};
  const exposed = await exposedCounts(sql, location);
  const faults = changed.map(
    (one) => [one.id, frozenFault(one, states.get(one.id), exposed.get(one.id) ?? 0)] as const,
  );
  return Object.fromEntries(faults.filter((entry): entry is [string, FrozenFault] => entry[1] !== undefined));
}
