// Do the webhooks come? Told by the hours that had them before, and by what polling found instead of them. Pure.

import { DAY, HOUR, type Instant, type Millis } from "../kernel/time.ts";

/** Webhooks heard in an hour, named by its beginning. */
export interface HeardHour {
  readonly hour: Instant;
  readonly webhooks: number;
}

export interface Hearing {
  /** `polling`: no webhook has come for two weeks, and none is expected. */
  readonly by: "webhooks" | "polling";
  /** Facts of the last day that polling found and no webhook had told in time. */
  readonly missed: number;
  /** Since when it is too quiet. */
  readonly quietSince?: Instant;
  readonly isAlarming: boolean;
}

/** What is looked back upon. */
export const LOOK_BACK: Millis = 14 * DAY;
/** Quiet for less is chance. */
const QUIET: Millis = HOUR;
/** Of the seven days before, on so many there were webhooks at these hours. */
const USUAL_DAYS = 3;
/** One that is late is told by polling first; so many are no chance. */
const MISSED = 3;

/** @param heard hours of the last two weeks that had any, in any order */
export function judgeHearing(heard: readonly HeardHour[], missed: number, now: Instant): Hearing {
  const young = heard.filter(({ hour, webhooks }) => webhooks > 0 && hour > now - LOOK_BACK && hour <= now);
  if (young.length === 0) return { by: "polling", missed: 0, isAlarming: false };
  const hours = new Set(young.map(({ hour }) => hour));
  // the latest hour that had one may have had it at its end
  const quietSince = Math.max(...hours) + HOUR;
  const isQuiet = now - quietSince >= QUIET && isUnusual(hours, quietSince, now);
  return {
    by: "webhooks",
    missed,
    ...(isQuiet ? { quietSince } : {}),
    isAlarming: isQuiet || missed >= MISSED,
  };
}

/** Whether in the quiet hours, a day or several before, there usually were webhooks. */
function isUnusual(hours: ReadonlySet<Instant>, quietSince: Instant, now: Instant): boolean {
  for (let hour = quietSince; hour + HOUR <= now && hour < quietSince + DAY; hour += HOUR) {
    const days = [1, 2, 3, 4, 5, 6, 7].filter((back) => hours.has(hour - back * DAY));
    if (days.length >= USUAL_DAYS) return true;
  }
  return false;
}
