export { advance, endRun, nextDue, parkedPath, wantsEvent } from "./advance.ts";
export type {
  Condition,
  ConditionFacts,
  HistoryLeaf,
  Leaf,
  LeafTruth,
  Operand,
  Operator,
  Test,
  Truth,
  Value,
} from "./condition.ts";
export { admit, type Considered, consider, NOT_ENROLLED, type NotEnrolled, type Situation } from "./enroll.ts";
export { evaluate, explain } from "./evaluate.ts";
export { patternFault } from "./pattern.ts";
export type * from "./plan.ts";
export type * from "./run.ts";
export { plansInUse, readRuns, saveRuns } from "./runs.ts";
