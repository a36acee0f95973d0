// How what a lead did fades.

import { DAY, type Millis } from "../kernel/time.ts";

/** Engagement halves in a week. */
const HALF_LIFE: Millis = 7 * DAY;

/** What is left of one after so long. */
export const halved = (elapsed: Millis): number => 2 ** (-elapsed / HALF_LIFE);
