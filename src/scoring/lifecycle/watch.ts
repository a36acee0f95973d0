// A daily look at a champion: whether the leads of now are those it learned from, and whether what it says comes true.
// Bounded: of a long log so many events are read, from another lead on each day.

import { OUTCOME_WORDS, type Outcome } from "../../kernel/aim.ts";
import { own } from "../../kernel/json.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Examples } from "../features/growing.ts";
import { countsLike, cusum, LEAST_TO_COMPARE, levelOf, psi, type Shape, type Shapes } from "./drift.ts";
import type { Alarm, Body, DriftLevel, Kind, Watched } from "./kept.ts";
import { chancesOf, firstOfEach, latelyOfEach, pick } from "./rows.ts";

export interface Look {
  readonly body: Body;
  readonly shapes: Shapes;
  /** When it was made: outcomes of rows after it are news to it. */
  readonly createdAt: Instant;
  /** Rows with known outcomes, and those of now. */
  readonly examples: Examples;
  readonly current: Examples;
}

export function watch({ body, shapes, createdAt, examples, current }: Look): Watched {
  // going cold is asked of weeks that are over: there is no row of now, and those before it were made taught it
  const seen = body.kind === "churn" ? latelyOfEach(examples, createdAt) : current;
  const drift = seen.columns.flatMap(({ name }, place) => {
    const shape = own(shapes.columns, name);
    const found = shape === undefined ? undefined : drifted(shape, seen.cells[place] as Float64Array);
    return found === undefined ? [] : [{ feature: name, ...found }];
  });
  const score = drifted(shapes.score, chancesOf(body, seen));
  const calibration = calibrationSince(body, examples, createdAt);
  return {
    n: seen.rows,
    drift: drift.sort((a, b) => b.psi - a.psi || (a.feature < b.feature ? -1 : 1)),
    ...(score === undefined ? {} : { score }),
    ...(calibration === undefined ? {} : { calibration }),
  };
}

function drifted(shape: Shape, cells: Float64Array): { readonly psi: number; readonly level: DriftLevel } | undefined {
  const index = psi(shape.counts, countsLike(shape, cells));
  return index === undefined ? undefined : { psi: index, level: levelOf(index) };
}

/** One row of each lead, in order of time: their outcomes are independent, and none taught the model. */
function calibrationSince(body: Body, examples: Examples, since: Instant): Watched["calibration"] {
  const first = firstOfEach(examples).filter((row) => (examples.at[row] as number) > since);
  if (first.length < LEAST_TO_COMPARE) return undefined;
  const rows = pick(
    examples,
    first.sort((a, b) => (examples.at[a] as number) - (examples.at[b] as number)),
  );
  const chances = chancesOf(body, rows);
  return cusum(Array.from(chances, (chance, row) => ({ chance, label: rows.labels[row] as number })));
}

/** What a model answers. */
export interface SpeaksOf {
  readonly kind: Kind;
  /** Of a chance. */
  readonly outcome: Outcome;
}

/** "The model of …". */
export const speaksOf = ({ kind, outcome }: SpeaksOf): string =>
  kind === "churn" ? "going cold" : OUTCOME_WORDS[outcome].speaks;

/** What came of each thing that can drift, worst first; what was too little to compare is left out. */
export function alarmsOf({ drift, score, calibration }: Watched, of: SpeaksOf): readonly Alarm[] {
  const worst = drift[0];
  const came = of.kind === "churn" ? "go cold" : OUTCOME_WORDS[of.outcome].would;
  const found: Alarm[] = [
    ...(calibration === undefined
      ? []
      : [
          {
            about: "outcomes" as const,
            level: calibration.level,
            says: `of ${calibration.n} leads it said that ${Math.round(calibration.expected)} would ${came}, and ${calibration.observed} did`,
          },
        ]),
    ...(score === undefined
      ? []
      : [
          {
            about: "chances" as const,
            level: score.level,
            says: "its chances are spread otherwise than when it learned",
          },
        ]),
    ...(worst === undefined
      ? []
      : [
          {
            about: "features" as const,
            level: worst.level,
            says: `leads differ from those it learned from, most in ${worst.feature.replaceAll("_", " ")}`,
          },
        ]),
  ];
  return found.sort((a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level));
}

const LEVELS: readonly DriftLevel[] = ["stable", "watch", "act"];

/**
 * What a look found, joined to the one before: a drift begins where it is to be acted on, and lasts until it is stable,
 * so that one which goes up and down about a bound is one.
 *
 * @returns what to keep, and the drifts that began with this look
 */
export function lasting(
  before: Watched | undefined,
  found: Watched,
  of: SpeaksOf,
  now: Instant,
): { readonly watched: Watched; readonly begun: readonly Alarm[] } {
  const alarms = alarmsOf(found, of);
  const begun = alarms.filter(({ about, level }) => level === "act" && before?.since?.[about] === undefined);
  const since = Object.fromEntries([
    ...alarms.flatMap(({ about, level }) => {
      const began = before?.since?.[about];
      return began === undefined || level === "stable" ? [] : [[about, began] as const];
    }),
    ...begun.map(({ about }) => [about, now] as const),
  ]);
  return { watched: Object.keys(since).length === 0 ? found : { ...found, since }, begun };
}
