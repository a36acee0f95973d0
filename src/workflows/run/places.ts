// Where the steps of a plan stand: known per plan, which never changes.

import type { ListIndex, OnError, Plan, Step } from "../plan.ts";

/** One spot of a plan, outermost list first. */
export interface Place {
  readonly spots: readonly { readonly list: ListIndex; readonly index: number }[];
  readonly step: Step;
}

const known = new WeakMap<Plan, ReadonlyMap<string, readonly Place[]>>();

/**
 * Every place of a path, the outermost first. More than one only by a test: its arms hold a step under its own path, and
 * several of them may go into the same branch.
 */
export function placesOf(plan: Plan, path: string): readonly Place[] {
  let places = known.get(plan);
  if (places === undefined) {
    places = survey(plan);
    known.set(plan, places);
  }
  return places.get(path) ?? [];
}

function survey(plan: Plan): ReadonlyMap<string, readonly Place[]> {
  const places = new Map<string, Place[]>();
  const visit = (list: ListIndex, around: Place["spots"]): void => {
    plan.lists[list]?.forEach((step, index) => {
      const spots = [...around, { list, index }];
      places.set(step.path, [...(places.get(step.path) ?? []), { spots, step }]);
      for (const inner of listsIn(plan, step)) visit(inner, spots);
    });
  };
  visit(0, []);
  for (const list of handler(plan.onError)) visit(list, []);
  return places;
}

const handler = (rule: OnError | undefined): readonly ListIndex[] =>
  rule !== undefined && typeof rule.then === "object" ? [rule.then.do] : [];

/** The lists a step may go into. The workflow's own steps for errors, which many steps name, belong to none of them. */
export function listsIn(plan: Plan, step: Step): readonly ListIndex[] {
  const [shared] = handler(plan.onError);
  const own = branchesOf(step).filter((list) => list !== undefined);
  return [...own, ...handler(step.onError).filter((list) => list !== shared)];
}

function branchesOf(step: Step): readonly (ListIndex | undefined)[] {
  switch (step.verb) {
    case "send":
      return [step.ifFailed, step.ifLate, step.ifBlocked, step.ifExpired];
    case "wait":
      return [step.ifPast, step.ifMissing];
    case "wait_for":
      return [step.then, step.otherwise];
    case "choose":
      return [...step.cases.map((one) => one.do), step.otherwise];
    case "do":
      return [step.do, step.otherwise];
    case "call":
      return [step.otherwise];
    case "test":
      return Object.values(step.arms);
    case "parallel":
      return step.branches.map((one) => one.do);
    default:
      return [];
  }
}

/** Every step in a list and in what it goes into. */
export function stepsUnder(plan: Plan, list: ListIndex): readonly Step[] {
  return (plan.lists[list] ?? []).flatMap((step) => [
    step,
    ...listsIn(plan, step).flatMap((inner) => stepsUnder(plan, inner)),
  ]);
}
