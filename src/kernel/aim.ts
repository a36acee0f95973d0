// What a location's chance foretells, and how far ahead it looks: an appointment booked, or a deal won. A model answers one
// of them and says which; no figure of one is ever read as the other.

export const OUTCOMES = ["appointment", "won"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Aim {
  readonly outcome: Outcome;
  /** Ahead of the look. */
  readonly days: number;
}

/** Where nobody has chosen, and of all that was kept before there was a choice. */
export const APPOINTMENT: Aim = { outcome: "appointment", days: 30 };

/**
 * Of a deal won. Homes are closed some weeks after they are found: within fewer days one foretells the paperwork. Beyond a
 * year the market has moved before anything can be judged.
 */
export const WON_DAYS = { least: 60, usual: 180, most: 365 } as const;

/** How long the log is kept, in days, where nobody asks for longer. */
export const LOG_DAYS = 400;
/** Of a deal won it is kept so many times as long as is looked ahead (see `database/retention.ts`). */
export const LOG_HORIZONS = 4;

/** How long the log is kept while somebody asks for it. */
export const logDays = ({ outcome, days }: Aim): number =>
  outcome === "won" ? Math.max(LOG_DAYS, LOG_HORIZONS * days) : LOG_DAYS;

/** Of an outcome, as far ahead as was asked for. @returns undefined: that far ahead is not looked */
export function aimAt(outcome: Outcome, days?: number): Aim | undefined {
  if (outcome === "appointment") return days === undefined || days === APPOINTMENT.days ? APPOINTMENT : undefined;
  const ahead = days ?? WON_DAYS.usual;
  const fits = Number.isInteger(ahead) && ahead >= WON_DAYS.least && ahead <= WON_DAYS.most;
  return fits ? { outcome, days: ahead } : undefined;
}

/** Of what is kept somewhere; whatever is no aim is none that was chosen. */
export function aimIn(kept: unknown): Aim {
  const { outcome, days } = (typeof kept === "object" && kept !== null ? kept : {}) as Partial<Aim>;
  return OUTCOMES.some((one) => one === outcome) ? (aimAt(outcome as Outcome, days) ?? APPOINTMENT) : APPOINTMENT;
}

export const sameAim = (a: Aim | undefined, b: Aim | undefined): boolean => aimKey(a) === aimKey(b);

/** Of each aim another. */
export const aimKey = ({ outcome, days }: Aim = APPOINTMENT): string => `${outcome}.${days}`;

/** What it is the chance of: "an appointment within 30 days". */
export const aimWords = ({ outcome, days }: Aim = APPOINTMENT): string =>
  `${outcome === "won" ? "a deal won" : "an appointment"} within ${days} days`;

/**
 * What a change gives up, for whoever is about to make it and whoever has made it. The log is kept for whom looks furthest,
 * and is swept every ten minutes.
 */
export function lostBy(before: Aim, after: Aim): readonly string[] {
  const [had, left] = [logDays(before), logDays(after)];
  if (left >= had) return [];
  const kept = `The log is kept for ${had} days because of ${aimWords(before)}.`;
  return [
    `${kept} Without that, and unless another team of this Latchkey asks for as much, what is older than ${left} days is deleted within ten minutes, for good. Asking for it again before then keeps it.`,
  ];
}

interface Words {
  /** "of 200 leads 12 …" */
  readonly came: string;
  readonly not: string;
  /** "it said that 12 would …" */
  readonly would: string;
  /** "the model of …" */
  readonly speaks: string;
  /** "2.4 of 100 leads like this …" */
  readonly like: string;
}

export const OUTCOME_WORDS: Readonly<Record<Outcome, Words>> = {
  appointment: { came: "came", not: "did not come", would: "book", speaks: "booking", like: "book" },
  won: {
    came: "came to a won deal",
    not: "did not",
    would: "come to a won deal",
    speaks: "deals won",
    like: "come to a won deal",
  },
};
