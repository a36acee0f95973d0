// When a location trains by itself: once a week, and sooner where much has come since.

import { DAY, type Instant, type Millis } from "../../kernel/time.ts";
import type { Training } from "./trainings.ts";

const WEEKLY: Millis = 7 * DAY;
/** Not even for new outcomes: a day's outcomes are few beside a horizon of thirty. */
const AT_MOST: Millis = DAY;
/** New appointments that are worth a training before its week is over: so many, and a fifth of what taught the last one. */
const WORTH = 50;
const WORTH_SHARE = 0.2;

export interface Known {
  readonly now: Instant;
  /** The latest training that ended otherwise than cancelled or dead; absent: there was none. */
  readonly last?: Pick<Training, "askedAt"> | undefined;
  /** Outcomes that came since it was asked for. */
  readonly since: number;
  /** Positive rows that taught the champion; 0: the rules score. */
  readonly taught: number;
}

export function isDue({ now, last, since, taught }: Known): boolean {
  if (last === undefined) return true;
  const age = now - last.askedAt;
  if (age >= WEEKLY) return true;
  return age >= AT_MOST && since >= Math.max(WORTH, WORTH_SHARE * taught);
}

/** Whether a training says when the next one is due: one that died or was cancelled is as if it had not been. */
export const counts = ({ outcome, endedAt }: Training): boolean =>
  endedAt !== undefined && outcome !== "cancelled" && outcome !== "died";
