// An AUC as people read it. One half with no width is no measurement: everybody was given the same chance.

/** 95 % interval. JSON has null where there is no number. */
interface Measured {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

const isNumber = (one: number | null): one is number => Number.isFinite(one);

/** Why there is no AUC to speak of; undefined: there is one. */
export function noAuc({ value, low, high }: Measured): string | undefined {
  if (!isNumber(value)) return "one of the two outcomes did not occur";
  return value === 0.5 && low === 0.5 && high === 0.5 ? "everybody has the same chance" : undefined;
}

/** `.812 (.790 to .830)` with a nought before the point, or why there is none. */
export function aucWords(auc: Measured): string {
  const why = noAuc(auc);
  if (why !== undefined || !isNumber(auc.value)) return `none: ${why}`;
  return `${auc.value.toFixed(3)} (${rangeWords(auc)})`;
}

/** Its interval alone. */
export const rangeWords = ({ low, high }: Measured): string =>
  isNumber(low) && isNumber(high) ? `${low.toFixed(3)} to ${high.toFixed(3)}` : "too few for an interval";
