// What the Models page says of a model: whether to trust it, how far a training is, where the dots of its curve stand.

import type { ModelsView, ModelView, TrainingView } from "../../src/scoring/index.ts";
import { noAuc, rangeWords } from "../../src/scoring/learn/auc-words.ts";
import { number } from "./format.ts";
import { strengthOf, WORDS } from "./words.ts";

export type Kind = ModelView["kind"];

/** Twelve digits are what decisions name a model by. */
export const short = (id: string): string => id.slice(0, 12);

const percent = (share: number): string => `${Math.round(share * 100)}%`;

/** One sentence on top: proof where a model scores, and what is missing where none does. */
export function trustOf(view: ModelsView, kind: Kind): string {
  const live = view.items.find((one) => one.kind === kind && one.state === "champion");
  if (live === undefined) {
    const last = view.trainings.find((one) => one.kind === kind && one.outcome === "too_little")?.detail;
    return last ?? "Still learning. Rules decide until a model has beaten them on leads it has not seen.";
  }
  const unjudged = live.verdict.bars.find(({ outcome }) => outcome === "borrowed");
  if (unjudged !== undefined) return `The model of all locations, shifted to yours; ${unjudged.says}.`;
  const bins = live.metrics.reliability;
  const most = bins.reduce((a, b) => (b.n > a.n || (b.n === a.n && b.shown > a.shown) ? b : a), bins[0] ?? NO_BIN);
  const came = Math.round(most.observed * most.n);
  const words = live.foretells?.outcome === "won" ? "came to a won deal" : "came";
  return `Of ${number(most.n)} leads shown about ${percent(most.shown)}, ${number(came)} (${percent(most.observed)}) ${words}.`;
}

const NO_BIN = { shown: 0, observed: 0, n: 0, low: 0, high: 0 };

/** A measure as Models writes it: 0.812 (0.79 to 0.83). */
export const measure = ({ value, low, high }: { value: number; low: number; high: number }): string =>
  `${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;

/** The figure, and the note below it. */
export const aucOf = (auc: ModelView["metrics"]["auc"]): readonly [figure: string, note: string] => {
  const why = noAuc(auc);
  return why === undefined ? [auc.value.toFixed(3), `95%: ${rangeWords(auc)}`] : ["none", why];
};

/** What the team's own outcomes are beside the prior's. */
export const taughtBy = ({ n, k }: { n: number; k: number }): string =>
  k === 0
    ? `Learned from your team alone: ${number(n)} outcomes.`
    : `Learned from your team: ${number(n)} of ${number(Math.round(n + k))} outcomes' worth; the rest is all locations'.`;

export function progressOf({ state, progress, outcome, detail }: TrainingView): {
  readonly words: string;
  readonly share?: number;
} {
  if (state === "silent") return { words: "Has not been heard of for a minute." };
  if (state === "ended")
    return { words: detail ?? (outcome === undefined ? "Ended." : WORDS.trainingOutcomes[outcome]) };
  const { phase, events = 0, rows = 0, share } = progress;
  const words = {
    waiting: "Waits for its turn",
    reading: `Reading: ${number(events)} events`,
    learning: `Learning from ${number(rows)} rows`,
    judging: "Judging it on later leads",
  }[phase];
  return share === undefined ? { words } : { words, share };
}

/** Where a chance stands on a curve that ends at the largest of them; 0 to 1. */
export function dotsOf(bins: ModelView["metrics"]["reliability"]) {
  const most = Math.max(0.05, ...bins.map(({ shown, high }) => Math.max(shown, Math.min(high, shown * 3))));
  const at = (value: number) => Math.min(1, value / most);
  return {
    most: percent(most),
    dots: bins.map(({ n, shown, observed, low, high }) => ({
      ...{ x: at(shown), y: at(observed), low: at(low), high: at(high) },
      says: `${percent(shown)} shown, ${percent(observed)} came (${percent(low)} to ${percent(high)}), ${number(n)} leads`,
    })),
  };
}

/** Drivers shown: what moves least is no driver. */
const MOST_DRIVERS = 8;

/** What moves leads, the furthest first; `share` is of the first one's bar. */
export function driversOf({ drivers = [] }: ModelView) {
  const most = drivers[0]?.meanAbs ?? 1;
  return drivers
    .slice(0, MOST_DRIVERS)
    .map(({ text, meanAbs }) => ({ text, share: meanAbs / most, word: strengthOf(meanAbs) }));
}

type Fairness = NonNullable<ModelsView["fairness"]>;
export interface FairRow {
  readonly name: string;
  readonly figure: string;
  readonly note: string;
  readonly mark: "done" | "held" | "off";
}

/** What the last audit measured of groups, each with what it is to be read as. */
export function fairOf({ n, groups, cuts, calibrated, standIns, together, flips }: Fairness): readonly FairRow[] {
  const range = (low: number, high: number) => `95%: ${low.toFixed(2)} to ${high.toFixed(2)}`;
  const chosen = cuts.map(({ name, ratio, below, sure }): FairRow => {
    const what = { name: `${name === "hot" ? "Hot" : "Warm"} share, lowest group ÷ highest` };
    if (ratio === undefined) return { ...what, figure: "not yet", note: "too few in a group", mark: "off" };
    const stands = below === true ? "under four fifths" : "four fifths or more";
    const note = `${range(ratio.low, ratio.high)} · ${stands}${sure === true ? "" : ", not for sure"} · n ${number(n)}`;
    return { ...what, figure: ratio.value.toFixed(2), note, mark: below === true ? "held" : "done" };
  });
  const { groups: known, asSaid } = calibrated;
  const cameTrue: FairRow =
    known === 0
      ? { ...TRUE, figure: "not yet", note: "fewer than 200 known outcomes in each group", mark: "off" }
      : {
          ...{ ...TRUE, figure: `${asSaid} of ${known} groups` },
          ...{ note: known < groups ? `${groups - known} with too few outcomes` : "as they are said" },
          mark: asSaid < known ? "held" : "done",
        };
  const flipped: readonly FairRow[] =
    flips === undefined
      ? []
      : [
          {
            name: "Tier changes when what tells the group does",
            ...(flips.changed === undefined
              ? { figure: "not asked", note: "nothing to change, or too few leads", mark: "off" as const }
              : {
                  figure: percent(flips.changed.value),
                  note: `95%: ${percent(flips.changed.low)} to ${percent(flips.changed.high)} · n ${number(flips.n)}`,
                  mark: flips.changed.value === 0 ? ("done" as const) : ("held" as const),
                }),
          },
        ];
  const telling: readonly FairRow[] =
    standIns === undefined
      ? []
      : [
          {
            name: "Features that stand in for a group",
            figure: number(standIns),
            note: "each tells it by itself, AUC above .60 for sure",
            mark: standIns === 0 ? "done" : "held",
          },
        ];
  const jointly: readonly FairRow[] =
    together === undefined
      ? []
      : [
          {
            name: "Groups that all features together tell",
            figure: number(together),
            note: "AUC above .60 for sure",
            mark: together === 0 ? "done" : "held",
          },
        ];
  return [...chosen, cameTrue, ...flipped, ...telling, ...jointly];
}

const TRUE = { name: "Chances come true" };

/** How many features are at each level of drift, the worst named. */
export function driftOf({ watched }: ModelView): string {
  if (watched === undefined) return "Not looked at yet: once a day, from a day after it went live.";
  const count = (level: string) => watched.drift.filter((one) => one.level === level);
  const [stable, watch, act] = [count("stable"), count("watch"), count("act")];
  const names = (some: typeof stable) =>
    some.length === 0
      ? "0"
      : `${some.length} (${some
          .slice(0, 3)
          .map(({ feature }) => feature.replaceAll("_", " "))
          .join(", ")})`;
  const figures = `${stable.length} stable · ${names(watch)} to watch · ${names(act)} to act on`;
  const { calibration } = watched;
  if (calibration === undefined) return figures;
  return `${figures}. Since it went live ${Math.round(calibration.expected)} of ${number(calibration.n)} were expected, ${number(calibration.observed)} came.`;
}
