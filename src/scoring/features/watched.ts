// From when on a lead's doings are known: a contact may be years older than the day on which we first heard of it.

import { DAY, type Instant } from "../../kernel/time.ts";

/**
 * When it came, unless we first heard of it more than a day after: whether it was silent or booked before is not known, and
 * says nothing.
 *
 * @param seen the earliest instant that any event of it tells of, an import's too
 */
export const watchedFrom = (came: Instant, seen: Instant | null): Instant =>
  seen !== null && seen > came + DAY ? seen : came;
