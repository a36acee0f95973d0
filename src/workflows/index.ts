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
export type * from "./plan.ts";
export type * from "./run.ts";
