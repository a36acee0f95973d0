// Why a lead's score is what it is, for its page: computed from the tally that is kept and the models that are live.

import type { Scoring } from "../insights/index.ts";
import { type ChanceScorer, explainKept, type KeptScore, type LiveModels, readScoreDays } from "../scoring/index.ts";

const teamOf = ({ location: { n, k }, borrowed }: ChanceScorer) => ({ n, k, ...(borrowed === true && { borrowed }) });

export const openScoredLeads = (live: Pick<LiveModels, "of">): Scoring => ({
  async why(sql, location, { state, owner }) {
    const { score, scoredAt, tally } = state as unknown as Partial<KeptScore>;
    if (score === undefined || scoredAt === undefined) return undefined;
    const scorers = await live.of(sql, location);
    if (scorers === undefined) return undefined;
    const why = explainKept({ score, scoredAt, ...(tally === undefined ? {} : { tally }) }, scorers, owner);
    const { chance, churn } = scorers;
    return {
      reasons: (why?.reasons ?? []).map(({ text, logOdds }) => ({ text, weight: logOdds })),
      ...(chance === undefined || why === undefined ? {} : { team: teamOf(chance) }),
      ...(churn === undefined ? {} : { days: churn.days }),
    };
  },
  days: readScoreDays,
});
