import { assign } from "../experiments/index.ts";
import { own } from "../kernel/json.ts";
import type { Desk } from "./desk.ts";

/** What this lead sees of an experiment; undefined where none of that name is declared. */
export function variantOf(desk: Desk, id: string): string | undefined {
  const experiment = own(desk.scene.publication.experiments, id);
  if (experiment === undefined) return undefined;
  const before = own(desk.exposures, id)?.variant;
  return assign(experiment, desk.scene.experiments.get(id), {
    seed: desk.scene.seed,
    location: desk.scene.location,
    lead: desk.case.id,
    ...(before === undefined ? {} : { exposed: before }),
  });
}
