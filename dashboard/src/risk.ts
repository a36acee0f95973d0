// What a lead's page says of going cold, in plain sentences: how likely, what goes with it, and what there is to do. Who says
// so is the model that scored the lead; where there is none, how silences of the location have gone on.

import type { LeadExplanation, Silence } from "../../src/app/explaining.ts";
import { groupWords } from "../../src/scoring/features/feature.ts";
import type { RiskAccount, Suggestion } from "../../src/scoring/index.ts";
import { moment, number } from "./format.ts";

export interface RiskTold {
  /** The figure, or why there is none. */
  readonly says: string;
  /** What it is made of: the model, or whose silences. */
  readonly by: string;
  readonly reasons: readonly { readonly text: string; readonly logOdds: number }[];
  readonly doing: readonly Doing[];
}

export interface Doing {
  readonly key: string;
  readonly words: string;
  /** By when, and for which reason. */
  readonly note: string;
  /** What an experiment here has measured of it. */
  readonly effect?: string;
}

const MOST_REASONS = 5;

/** @returns undefined where there is nothing to say of it */
export function riskOf({ risk, silence, gone }: LeadExplanation, now: number): RiskTold | undefined {
  if (risk !== undefined) return ofModel(risk, now);
  if (silence !== undefined && gone !== true) return ofSilence(silence, now);
  return undefined;
}

const hundred = (share: number): string => number(Math.round(share * 100));

function ofModel({ chance, days, level, week, suggestions }: RiskAccount, now: number): RiskTold {
  return {
    says:
      chance >= 1
        ? `Has gone cold: nothing for ${days} days.`
        : `${hundred(chance)} of 100 like this go cold within ${days} days. Risk: ${level}.`,
    by: "Bars to the right go with a higher risk.",
    reasons: (week?.reasons ?? []).slice(0, MOST_REASONS).map(({ text, logOdds }) => ({ text, logOdds })),
    doing: suggestions.map((one) => doingOf(one, now)),
  };
}

function ofSilence({ idleDays, coldDays, rate, suggestions = [] }: Silence, now: number): RiskTold {
  const quiet = Math.floor(idleDays);
  const days = quiet === 0 ? "less than a day" : quiet === 1 ? "1 day" : `${number(quiet)} days`;
  if (quiet >= coldDays) return { ...NOTHING, says: `Has gone cold: nothing for ${days}.`, by: "" };
  if (rate === null)
    return { ...NOTHING, says: `Quiet for ${days}.`, by: "Too few leads of yours tell how such a silence goes on." };
  const whose = rate.of === "segment" ? "leads that came the same way" : "your leads";
  return {
    ...NOTHING,
    says: `Quiet for ${days}: ${hundred(rate.value)} of 100 such silences went on to ${coldDays} days.`,
    by: `No model speaks of it: this is the rate of ${number(rate.leads)} ${whose}, ${hundred(rate.low)} to ${hundred(rate.high)} at 95%.`,
    doing: suggestions.map((one) => doingOf(one, now)),
  };
}

const NOTHING: RiskTold = { says: "", by: "", reasons: [], doing: [] };

function doingOf({ intervention, words, dueBy, because, effect }: Suggestion, now: number): Doing {
  return {
    key: intervention,
    words: `${words.charAt(0).toUpperCase()}${words.slice(1)}`,
    note: `by ${moment(dueBy, now)}${because === undefined ? "" : `, for ${groupWords(because)}`}`,
    ...(effect === "not measured"
      ? {}
      : { effect: `Measured here: ${points(effect.value)} points (${points(effect.low)} to ${points(effect.high)})` }),
  };
}

const points = (share: number): string => `${share < 0 ? "-" : "+"}${Math.abs(100 * share).toFixed(1)}`;
