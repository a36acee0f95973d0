export type { Explain, Explanation } from "./explain/additive.ts";
export { explainerAgainst } from "./explain/against.ts";
export { explainer } from "./explain/explain.ts";
export { type GroupReason, reasonsOf, sentenceOf, type Told, type Words } from "./explain/reasons.ts";
export {
  type Crossing,
  crossings,
  type Features,
  featuresOf,
  HOT,
  MODEL,
  QUESTIONS,
  type Reason,
  type Score,
  type Standing,
  score,
  type Thresholds,
  tierOf,
  WARM,
} from "./score.ts";
