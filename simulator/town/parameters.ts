// The town's numbers, in one file: replace them by a team's own rates as soon as there are any. Plausible, not
// calibrated: nothing measured in the town is a fact about real leads. Model and sources: the base rates of 2026-11.

/** Changes whenever the same seed no longer gives the same lives. */
export const TOWN_VERSION = 3;

export type Source = "portal" | "idx" | "facebook" | "referral" | "open_house" | "import";
export type LeadType = "first_time" | "repeat" | "investor" | "luxury" | "seller";

export interface SourceTraits {
  readonly share: number;
  /** Mean intent. */
  readonly intent: number;
  readonly trust: number;
  readonly reach: number;
  /** Chance that somebody else answers first, were we to take for ever. */
  readonly compete: number;
  readonly badPhone: number;
  readonly badEmail: number;
  /** What the CRM shows as the contact's source. */
  readonly label: string;
}

export const SOURCES: Readonly<Record<Source, SourceTraits>> = {
  portal: {
    share: 0.24,
    intent: 0.15,
    trust: 0.35,
    reach: 0,
    compete: 0.45,
    badPhone: 0.04,
    badEmail: 0.03,
    label: "Home portal",
  },
  idx: {
    share: 0.32,
    intent: -0.05,
    trust: -0.05,
    reach: -0.1,
    compete: 0.25,
    badPhone: 0.11,
    badEmail: 0.05,
    label: "Website",
  },
  facebook: {
    share: 0.24,
    intent: -0.4,
    trust: -0.5,
    reach: -0.45,
    compete: 0.25,
    badPhone: 0.13,
    badEmail: 0.06,
    label: "Facebook",
  },
  referral: {
    share: 0.06,
    intent: 0.6,
    trust: 2,
    reach: 1.6,
    compete: 0.06,
    badPhone: 0.02,
    badEmail: 0.02,
    label: "Referral",
  },
  open_house: {
    share: 0.09,
    intent: 0.2,
    trust: 0.95,
    reach: 0.7,
    compete: 0.12,
    badPhone: 0.09,
    badEmail: 0.08,
    label: "Open house",
  },
  import: {
    share: 0.05,
    intent: -0.3,
    trust: -0.2,
    reach: -0.3,
    compete: 0.15,
    badPhone: 0.15,
    badEmail: 0.06,
    label: "Import",
  },
};

export interface TypeTraits {
  readonly share: number;
  /** Median budget in dollars, and its spread in log. */
  readonly budget: number;
  readonly spread: number;
  readonly label: string;
}

export const TYPES: Readonly<Record<LeadType, TypeTraits>> = {
  first_time: { share: 0.36, budget: 330_000, spread: 0.33, label: "First-Time Buyer" },
  repeat: { share: 0.34, budget: 460_000, spread: 0.4, label: "Buyer" },
  investor: { share: 0.14, budget: 290_000, spread: 0.45, label: "Investor" },
  luxury: { share: 0.05, budget: 1_350_000, spread: 0.45, label: "Luxury Buyer" },
  seller: { share: 0.11, budget: 420_000, spread: 0.4, label: "Seller" },
};

/** January first; searching peaks in March to April and June to July. */
const SEASON_RAW = [0.92, 0.98, 1.12, 1.1, 1.06, 1.08, 1.06, 1.02, 0.96, 0.92, 0.84, 0.76];
const mean = SEASON_RAW.reduce((sum, month) => sum + month, 0) / 12;
export const SEASON: readonly number[] = SEASON_RAW.map((month) => month / mean);

export const RHYTHMS = { office: 0.35, evening: 0.4, early: 0.1, weekend: 0.15 } as const;
export type Rhythm = keyof typeof RHYTHMS;

/** Draws a key by its weight from one uniform number. */
export function chosen<Key extends string>(weights: Readonly<Record<Key, number>>, u: number): Key {
  let sum = 0;
  for (const key in weights) sum += weights[key];
  let rest = u * sum;
  let last: Key | undefined;
  for (const key in weights) {
    if (rest < weights[key]) return key;
    rest -= weights[key];
    last = key;
  }
  return last as Key;
}

export const shares = <Key extends string>(table: Readonly<Record<Key, { readonly share: number }>>) =>
  Object.fromEntries(
    Object.entries<{ readonly share: number }>(table).map(([key, { share }]) => [key, share]),
  ) as Record<Key, number>;

export const logistic = (x: number) => 1 / (1 + Math.exp(-x));
