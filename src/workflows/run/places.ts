// Where the steps of a plan stand: known per plan, which never changes.

import { oncePer } from "../../kernel/once.ts";
import { errorList, listsIn } from "../lists.ts";
import type { ListIndex, Plan, Step } from "../plan.ts";

/** One spot of a plan, outermost list first. */
export interface Place {
  readonly spots: readonly { readonly list: ListIndex; readonly index: number }[];
  readonly step: Step;
}

/**
 * Every place of a path, the outermost first. More than one only by a test: its arms hold a step under its own path, and
 * several of them may go into the same branch.
 */
export const placesOf = (plan: Plan, path: string): readonly Place[] => surveyOf(plan).get(path) ?? [];

const surveyOf = oncePer((plan: Plan): ReadonlyMap<string, readonly Place[]> => {
  const places = new Map<string, Place[]>();
  const visit = (list: ListIndex, around: Place["spots"]): void => {
    plan.lists[list]?.forEach((step, index) => {
      const spots = [...around, { list, index }];
      places.set(step.path, [...(places.get(step.path) ?? []), { spots, step }]);
      for (const inner of listsIn(plan, step)) visit(inner, spots);
    });
  };
  visit(0, []);
  for (const list of errorList(plan.onError)) visit(list, []);
  return places;
});

/** Every step in a list and in what it goes into. */
export function stepsUnder(plan: Plan, list: ListIndex): readonly Step[] {
  return (plan.lists[list] ?? []).flatMap((step) => [
    step,
    ...listsIn(plan, step).flatMap((inner) => stepsUnder(plan, inner)),
  ]);
}

/** Whether a path is that of a step, or of one it goes into: an arm of a test may hold steps with names of their own. */
export const isWithin = (plan: Plan, step: string, path: string): boolean =>
  path === step ||
  placesOf(plan, path).some(({ spots }) => spots.some(({ list, index }) => plan.lists[list]?.[index]?.path === step));
