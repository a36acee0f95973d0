// What a training takes at least, and how much may be brought to it. Pages say it before they ask for one.

/** Fewer leads with a known outcome, or fewer who came, teach nothing worth showing (ours). */
export const LEAST_LEADS = 200;
export const LEAST_CAME = 30;

/** The share of rows, the latest, that judge. */
export const JUDGING = 0.2;

/** Days over which looks with a known outcome have to lie, and more, where it is known so many days after a look. */
export const leastSpan = (horizon: number): number => Math.ceil(horizon / (1 - JUDGING));

/** Characters of groups: some 100,000 contacts. */
export const MOST_GROUP_TEXT = 4_000_000;
/** Bytes of a request for a training: groups, with what JSON adds to each line. */
export const TRAIN_LIMIT = 1.5 * MOST_GROUP_TEXT;
