// Before an experiment begins: how many leads does it take?

import type { Experiment } from "../../workflows/index.ts";
import { ALPHA, layout } from "./sequence.ts";

export interface Needed {
  /** Of all leads that come by, the held out included. */
  readonly leads: number;
  readonly variants: Readonly<Record<string, number>>;
  readonly holdout: number;
}

/** Chance of error for each comparison with the control. */
export const alphaOf = ({ variants }: Pick<Experiment, "variants">): number => ALPHA / Math.max(1, variants.length - 1);

/**
 * Leads after which a variant that is better by the declared minimum effect is found with a chance of 80 %, looking
 * every day, when control's rate is `baseRate` (0 to 1). With a bandit's moving shares it takes about as many or more.
 */
export function leadsNeeded(experiment: Experiment, baseRate: number): Needed {
  const { variants, control, minimumEffect, holdout, stop } = experiment;
  const { variance } = layout(minimumEffect, alphaOf(experiment));
  const treated = Math.min(1, baseRate + minimumEffect);
  const controlShare = variants.find(({ id }) => id === control)?.share ?? 0;
  const drawn = variants.filter(({ share }) => share > 0);
  const forEach = drawn.map(({ id, share }) => {
    const least = stop.least / share;
    if (id === control) return least;
    const spread = (baseRate * (1 - baseRate)) / controlShare + (treated * (1 - treated)) / share;
    return Math.max(least, spread / variance);
  });
  const inVariants = Math.max(...forEach);
  const leads = Math.ceil(inVariants / (1 - holdout));
  return {
    leads,
    variants: Object.fromEntries(variants.map(({ id, share }) => [id, Math.ceil(inVariants * share)])),
    holdout: Math.ceil(leads * holdout),
  };
}

/** Rates between which most teams' metrics lie: what an experiment takes is said for each, before anybody knows. */
const BASE_RATES = [0.02, 0.05, 0.2] as const;

/** What a declared experiment takes, before it begins. */
export const needsOf = (experiment: Experiment): readonly (Needed & { readonly baseRate: number })[] =>
  BASE_RATES.map((baseRate) => ({ baseRate, ...leadsNeeded(experiment, baseRate) }));

/** The same for a person to read. */
export function needsInWords(experiment: Experiment): string {
  const cases = needsOf(experiment).map(
    ({ baseRate, leads }) => `${leads} leads where control has ${percent(baseRate)}`,
  );
  return `experiment ${experiment.id}: to find ${percent(experiment.minimumEffect)} more it takes ${cases.join(", ")}`;
}

const percent = (share: number): string => `${Math.round(share * 1e4) / 100} %`;
