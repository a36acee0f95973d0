// What there is to say of going cold without learning: how silences of a segment have gone on (Kaplan and Meier), and
// BG/NBD. Both made of what was known at one instant; a model that is not better than both is not worth its figure.

import { type BgNbd, fitBgNbd, repeatsOf, still } from "./bg-nbd.ts";
import { type Silences, silencesOf } from "./silence.ts";
import { survivalAt } from "./survival.ts";
import { COLD_DAYS, type Story } from "./weeks.ts";

/** A lead as it turned out, and how it came. */
export interface LeadStory extends Story {
  readonly source?: string;
}

export interface Baselines {
  /** The chance that the silence of a look goes on to COLD_DAYS: of its segment, where enough of its leads tell, else of all. */
  silences(idleDays: number, source: string | undefined): number;
  /** The same of a lead as it was at the look, which is its `until`. */
  bgNbd(story: Story, idleDays: number): number;
  readonly fitted: BgNbd;
}

/** The fallback's own bar: see `silence.ts`. */
const LEAST_LEADS = 100;

/** @param stories of at least one lead, as known at the instant */
export function baselinesOf(stories: readonly LeadStory[]): Baselines {
  const location = outlastingOf(silencesOf(stories));
  const sources = new Set(stories.map(({ source }) => source));
  const segments = new Map(
    [...sources].map((source) => [source, outlastingOf(silencesOf(stories.filter((one) => one.source === source)))]),
  );
  const fitted = fitBgNbd(stories.map(repeatsOf));
  return {
    fitted,
    silences(idleDays, source) {
      const own = segments.get(source);
      return (own !== undefined && own.leads(idleDays) >= LEAST_LEADS ? own : location).share(idleDays);
    },
    bgNbd: (story, idleDays) => still(fitted, repeatsOf(story), COLD_DAYS - idleDays),
  };
}

function outlastingOf({ curve, longest }: Silences) {
  const rising = Float64Array.from(longest).sort();
  const cold = survivalAt(curve, COLD_DAYS);
  return {
    /** How many leads have been silent for longer. */
    leads(idleDays: number): number {
      let low = 0;
      let high = rising.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (rising[middle]! <= idleDays) low = middle + 1;
        else high = middle;
      }
      return rising.length - low;
    },
    share(idleDays: number): number {
      const lasted = survivalAt(curve, idleDays);
      return lasted === 0 ? 0 : cold / lasted;
    },
  };
}
