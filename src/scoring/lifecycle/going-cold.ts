// A model of going cold beside what answers without one. It takes over only where its Brier score is lower than that of
// silences and of BG/NBD by more than chance gives; else there is no model, and silences go on answering.

import type { Instant } from "../../kernel/time.ts";
import { type Baselines, baselinesOf, type LeadStory } from "../churn/baselines.ts";
import { type ColdMetrics, compare } from "../churn/comparison.ts";
import { COMPARED_WORDS } from "../churn/comparison-words.ts";
import { seenFrom, storyUntil } from "../churn/weeks.ts";
import type { Examples } from "../features/growing.ts";
import { rowsWhere } from "../learn/subset.ts";
import type { Bar, Body } from "./kept.ts";
import { chancesOf, pick } from "./rows.ts";

/** What the rows of going cold are of. */
export interface ColdRows {
  /** Looks whose outcome nobody saw: the lead was gone, or had bought, before it was over. */
  readonly lost: Examples;
  readonly stories: ReadonlyMap<string, LeadStory>;
}

/** @param cut what was known then makes the baselines; at least one lead had come by then */
export function openGoingCold({ lost, stories }: ColdRows, cut: Instant) {
  const known = [...stories.values()].map((story) => storyUntil(story, cut)).filter((story) => story !== undefined);
  const baselines: Baselines = baselinesOf(known);
  return {
    /** What silences say of these rows: whom the first model is held against. */
    silences: ({ rows, lead, leads, at }: Examples): Float64Array =>
      Float64Array.from({ length: rows }, (_, row) => {
        const story = stories.get(leads[lead[row] as number] as string);
        const seen = story && seenFrom(story, at[row] as number);
        return seen === undefined ? 0 : baselines.silences(seen.idleDays, story?.source);
      }),
    metrics(body: Body, judging: Examples, chances: Float64Array): ColdMetrics | undefined {
      const later = pick(
        lost,
        rowsWhere(lost.rows, (row) => (lost.at[row] as number) > cut),
      );
      const looks = [...looksOf(judging, chances), ...looksOf(later, chancesOf(body, later))];
      return compare(looks, stories, baselines);
    },
  };
}

const looksOf = ({ lead, leads, at }: Examples, chances: Float64Array) =>
  Array.from(chances, (chance, row) => ({
    lead: leads[lead[row] as number] as string,
    at: at[row] as number,
    chance,
  }));

export function baselinesBar(metrics: ColdMetrics | undefined): Bar {
  const last = metrics?.horizons.at(-1);
  const others = ["silences", "bgNbd"] as const;
  const says = others.map((one) => {
    const { value, low, high } = last?.less[one] ?? { value: 0, low: 0, high: 0 };
    return `${COMPARED_WORDS[one]}'s by ${value.toFixed(4)} (95 % ${low.toFixed(4)} to ${high.toFixed(4)})`;
  });
  const isBetter = last !== undefined && others.every((one) => last.less[one].low > 0);
  return {
    bar: "baselines",
    outcome: isBetter ? "passed" : "failed",
    says:
      last === undefined
        ? "there is no later look at a lead that was not cold to compare by"
        : `Brier score within ${last.days} days is lower than that of ${says.join(", and of ")}`,
  };
}
