// The lists that hang on a step, in the order of the file.

import type { ListIndex, Step } from "../plan.ts";

export function listsOf(step: Step): readonly ListIndex[] {
  const { onError } = step;
  const atError = typeof onError?.then === "object" ? [onError.then.do] : [];
  return [...branchesOf(step).filter((list) => list !== undefined), ...atError];
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
    case "test":
      return Object.values(step.arms);
    case "parallel":
      return step.branches.map((branch) => branch.do);
    case "call":
      return [step.otherwise];
    default:
      return [];
  }
}
