// The lists that hang on a step, in the order of the file.

import type { ListIndex, OnError, Plan, Step } from "./plan.ts";

/** The lists a step may go into. The workflow's own steps for errors, which many steps name, belong to none of them. */
export function listsIn(plan: Pick<Plan, "onError">, step: Step): readonly ListIndex[] {
  const [shared] = errorList(plan.onError);
  const own = branchesOf(step).filter((list) => list !== undefined);
  return [...own, ...errorList(step.onError).filter((list) => list !== shared)];
}

/** The list that is taken at an error, where there is one. */
export const errorList = (rule: OnError | undefined): readonly ListIndex[] =>
  rule !== undefined && typeof rule.then === "object" ? [rule.then.do] : [];

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
