export type { BehaviorState, Firing, HistoryQuestion, Mark, Rule, RuleState, Window } from "./behavior.ts";
