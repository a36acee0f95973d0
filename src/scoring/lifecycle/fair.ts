// Whether a challenger is worse to a group than whoever scores now: the audit's ratios of hot and warm leads, of both, over
// the same later window. Groups are brought for it and nothing of them is kept.

import { type Audited, FOUR_FIFTHS, impact } from "../fairness/impact.ts";
import type { Examples } from "../features/growing.ts";
import { HOT, WARM } from "../score.ts";
import type { Bar } from "./kept.ts";
import { firstOfEach } from "./rows.ts";

const CUTS = [
  { name: "hot", from: HOT },
  { name: "warm", from: WARM },
] as const;

/** The group of each lead that is known of one, by contact. */
export type Groups = ReadonlyMap<string, string>;

/** Failed where a group's ratio is under four fifths and lower than before. */
export const fairBar =
  (groups: Groups) =>
  (judging: Examples, challenger: Float64Array, champion: Float64Array): Bar => {
    const rows = firstOfEach(judging).filter((row) => groups.has(nameOf(judging, row)));
    const [ours, theirs] = [challenger, champion].map((chances) => ratiosOf(judging, rows, chances, groups));
    const told = [...(ours ?? new Map<string, number>())];
    if (told.length === 0)
      return {
        bar: "fair",
        outcome: "unmeasured",
        says: `too few of ${rows.length} leads whose group is known to compare`,
      };
    const worse = told.filter(([key, ratio]) => ratio < FOUR_FIFTHS && ratio < (theirs?.get(key) ?? 1));
    const [key, least] = (worse.length > 0 ? worse : told).reduce((a, b) => (b[1] < a[1] ? b : a));
    const before = theirs?.get(key);
    const says = `share of ${key.split(" of ")[0]} of one group over the most chosen group's is ${least.toFixed(2)}${before === undefined ? "" : `, before ${before.toFixed(2)}`}`;
    return { bar: "fair", outcome: worse.length > 0 ? "failed" : "passed", says };
  };

const nameOf = ({ lead, leads }: Examples, row: number): string => leads[lead[row] as number] as string;

/** By "hot leads of GROUP": those that can be said. */
function ratiosOf(judging: Examples, rows: Uint32Array, chances: Float64Array, groups: Groups): Map<string, number> {
  const sorted = Float64Array.from(rows, (row) => chances[row] as number).sort();
  const people = Array.from(rows, (row): Audited => {
    const chance = chances[row] as number;
    const below = sorted.findIndex((one) => one >= chance);
    return {
      group: groups.get(nameOf(judging, row)) as string,
      score: below / Math.max(1, sorted.length - 1),
      chance,
      came: judging.labels[row] === 1,
    };
  });
  return new Map(
    impact(people, CUTS).cuts.flatMap(({ name, ratios }) =>
      ratios.flatMap(({ group, ratio }) =>
        ratio === undefined ? [] : [[`${name} leads of ${group}`, ratio.value] as const],
      ),
    ),
  );
}
