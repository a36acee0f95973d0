import { canonicalJson } from "../kernel/json.ts";
import type { Experiment } from "../workflows/index.ts";
import { type ExperimentState, frozenPart } from "./experiment.ts";

/**
 * Why a declaration may not become live: leads were exposed under another one, and results would mix. Undefined where
 * it may: nobody was exposed, the experiment has stopped, or only its words and its stop rule differ.
 */
export function frozenFault(
  experiment: Experiment,
  state: Pick<ExperimentState, "state" | "declared"> | undefined,
  exposed: number,
): { readonly code: "frozen-experiment"; readonly message: string } | undefined {
  if (state === undefined || state.state === "stopped" || exposed === 0) return undefined;
  if (canonicalJson(frozenPart(experiment)) === canonicalJson(frozenPart(state.declared))) return undefined;
  const leads = exposed === 1 ? "1 lead" : `${exposed} leads`;
  return {
    code: "frozen-experiment",
    message: `"${experiment.id}" has exposed ${leads}. Start a new experiment id instead.`,
  };
}
