// Eighty postal codes with the share of group G among those who live there: fixed under the town's version. A lead's is drawn
// given its group, so that where people live tells what they are, as in life. Only the truth file says so.

import { chanceOf } from "../chance.ts";
import { CITIES } from "./catalog.ts";

export interface Zip {
  readonly code: string;
  readonly city: string;
  /** Of group G; the median is .2. */
  readonly share: number;
}

/** Of all leads. */
export const GROUP_SHARE = 0.3;

/** Beta(.5, 1.2), whose mean is .29. */
const ZIPS: readonly Zip[] = Array.from({ length: 80 }, (_, i) => {
  const chance = chanceOf(11, i);
  const g = chance.gamma("in", 0.5, 0.5);
  const share = g / (g + chance.gamma("out", 1.2, 1.2));
  const city = CITIES[i % CITIES.length] ?? CITIES[0];
  return { code: String(78_600 + 2 * i), city, share };
});

const within = (weigh: (zip: Zip) => number) => {
  let sum = 0;
  return ZIPS.map((zip) => {
    sum += weigh(zip);
    return sum;
  });
};
const ofGroup = within(({ share }) => share);
const ofOthers = within(({ share }) => 1 - share);

/** Bayes: within the group a code is as likely as its share of the group. */
export function zipOf(isGroup: boolean, u: number): Zip {
  const sums = isGroup ? ofGroup : ofOthers;
  const at = u * (sums.at(-1) ?? 0);
  return ZIPS[sums.findIndex((sum) => at < sum)] ?? (ZIPS.at(-1) as Zip);
}
