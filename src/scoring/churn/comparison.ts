// How good a model of going cold is beside what needs no learning, on looks later than all that taught either: by horizon,
// AUC and Brier score with leads lost from sight weighed for (`timed.ts`), intervals and differences by lead.

import type { Instant } from "../../kernel/time.ts";
import type { Interval } from "../learn/intervals.ts";
import type { Baselines, LeadStory } from "./baselines.ts";
import type { BgNbd } from "./bg-nbd.ts";
import { type AtHorizon, intervalOf, timed } from "./timed.ts";
import { COLD_DAYS, seenFrom, storyUntil } from "./weeks.ts";

export const COMPARED = ["model", "silences", "bgNbd"] as const;
export type Compared = (typeof COMPARED)[number];

/** Of the looks at leads that could go cold by then at all: a silence of a day cannot come to 30 within 7. */
export interface ColdAt {
  readonly days: number;
  readonly looks: number;
  readonly leads: number;
  /** Looks after which the lead was seen to go cold by then. */
  readonly cold: number;
  /** The share that goes cold by then, by Kaplan and Meier. */
  readonly rate: number;
  /** Brier score of giving everybody that share. */
  readonly brierOfRate: number;
  readonly by: Readonly<Record<Compared, { readonly auc?: Interval; readonly brier: Interval }>>;
  /** The Brier score of each less the model's: above 0 the model is better. */
  readonly less: Readonly<Record<Exclude<Compared, "model">, Interval>>;
}

export interface ColdMetrics {
  readonly from: Instant;
  readonly until: Instant;
  readonly horizons: readonly ColdAt[];
  /** The Brier score's mean from the first horizon to the last, over all looks. */
  readonly integratedBrier: Readonly<Record<Compared, number>>;
  /** What BG/NBD was fitted to be. */
  readonly bgNbd: BgNbd;
}

/** A look at a lead that was not cold, and what the model said then of its going cold within COLD_DAYS. */
export interface Look {
  readonly lead: string;
  readonly at: Instant;
  readonly chance: number;
}

/** Days ahead; the last is what the model speaks of. */
const HORIZONS = [7, 14, COLD_DAYS] as const;

interface Judged {
  readonly time: number;
  readonly ended: boolean;
  readonly subject: number;
  /** Days until the silence of the look comes to COLD_DAYS: sooner it cannot go cold. */
  readonly due: number;
  readonly chances: Readonly<Record<Compared, number>>;
}

/** @returns undefined where there is no look to judge by */
export function compare(
  looks: readonly Look[],
  stories: ReadonlyMap<string, LeadStory>,
  baselines: Baselines,
): ColdMetrics | undefined {
  const judged = judgedOf(looks, stories, baselines);
  if (judged.length === 0) return undefined;
  const times = looks.map(({ at }) => at);
  return {
    from: times.reduce((first, at) => Math.min(first, at)),
    until: times.reduce((last, at) => Math.max(last, at)),
    horizons: HORIZONS.map((days) => atHorizon(judged, days)).filter((one) => one !== undefined),
    integratedBrier: each((one) => {
      const foretold = HORIZONS.map((horizon) => ({ horizon, chances: judged.map(chanceBy(one, horizon)) }));
      return timed(judged, foretold).integratedBrier;
    }),
    bgNbd: baselines.fitted,
  };
}

function judgedOf(looks: readonly Look[], stories: ReadonlyMap<string, LeadStory>, baselines: Baselines): Judged[] {
  const subjects = new Map<string, number>();
  return looks.flatMap(({ lead, at, chance }) => {
    const story = stories.get(lead);
    const then = story && storyUntil(story, at);
    const seen = story && seenFrom(story, at);
    if (then === undefined || seen === undefined) return [];
    const { idleDays, time, ended } = seen;
    const subject = subjects.get(lead) ?? subjects.size;
    subjects.set(lead, subject);
    const silences = baselines.silences(idleDays, then.source);
    const chances = { model: chance, silences, bgNbd: baselines.bgNbd(then, idleDays) };
    return [{ time, ended, subject, due: COLD_DAYS - idleDays, chances }];
  });
}

const chanceBy =
  (one: Compared, horizon: number) =>
  ({ due, chances }: Judged): number =>
    due <= horizon ? chances[one] : 0;

function atHorizon(all: readonly Judged[], days: number): ColdAt | undefined {
  const looks = all.filter(({ due }) => due <= days);
  if (looks.length === 0) return undefined;
  const found = each((one) => {
    const [horizon] = timed(looks, [{ horizon: days, chances: looks.map(chanceBy(one, days)) }]).horizons;
    return horizon as AtHorizon;
  });
  const { model } = found;
  const lessOf = (other: AtHorizon): Interval =>
    intervalOf(
      other.brier - model.brier,
      other.brierBy.map((one, place) => one - model.brierBy[place]!),
    );
  return {
    ...{ days, looks: looks.length, leads: new Set(looks.map(({ subject }) => subject)).size },
    ...{ cold: model.cases, rate: model.rate, brierOfRate: model.brierOfRate },
    by: each((one) => {
      const { auc, aucBy, brier, brierBy } = found[one];
      return {
        ...(auc === undefined || aucBy === undefined ? {} : { auc: withinOne(intervalOf(auc, aucBy)) }),
        brier: intervalOf(brier, brierBy),
      };
    }),
    less: { silences: lessOf(found.silences), bgNbd: lessOf(found.bgNbd) },
  };
}

/** An AUC is never above 1: of few leads, half of its width may be. */
const withinOne = ({ value, low, high }: Interval): Interval => ({
  value,
  low: Math.max(0, low),
  high: Math.min(1, high),
});

const each = <T>(of: (one: Compared) => T): Record<Compared, T> => ({
  model: of("model"),
  silences: of("silences"),
  bgNbd: of("bgNbd"),
});
