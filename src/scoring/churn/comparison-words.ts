// How good a model of going cold is beside what needs no learning, in a sentence for each horizon.

import { aucWords } from "../learn/auc-words.ts";
import type { ColdAt, ColdMetrics, Compared } from "./comparison.ts";

export const COMPARED_WORDS: Readonly<Record<Compared, string>> = {
  model: "the model",
  silences: "the rate of silences (Kaplan and Meier)",
  bgNbd: "BG/NBD",
};

/** AUC where there is one, then the Brier score; intervals are 95 %, by lead. */
export const coldSentences = ({ horizons }: ColdMetrics): readonly string[] => horizons.map(sentence);

function sentence({ days, looks, leads, rate, by }: ColdAt): string {
  const others = (["silences", "bgNbd"] as const).map((one) => `${COMPARED_WORDS[one]} ${figures(by[one])}`);
  const share = (100 * rate).toFixed(1);
  return `Within ${days} days, of those who can (${looks} looks at ${leads} leads, ${share} % go cold): ${figures(by.model)}; ${others.join("; ")}.`;
}

const figures = ({ auc, brier }: ColdAt["by"][Compared]): string =>
  `${auc === undefined ? "" : `AUC ${aucWords(auc)}, `}Brier score ${brier.value.toFixed(4)}`;
