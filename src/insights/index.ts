export type { Decision, DecisionKind, DecisionVerdict, Link } from "./decision.ts";
