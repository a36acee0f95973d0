// Asking the CRM with patience: what was not taken is asked again later, what got lost is asked again; readings repeat
// without harm.

import { setTimeout as pause } from "node:timers/promises";
import type { Operations, Reply } from "../highlevel/index.ts";
import { Unavailable } from "../kernel/errors.ts";
import { type Clock, type Instant, MINUTE, type Millis, SECOND } from "../kernel/time.ts";

/** What is read of a location, in the lane that may take all night. */
export type Reading = Pick<
  Operations,
  "contact" | "searchContacts" | "searchOpportunities" | "exportMessages" | "calendars" | "appointments"
>;

/** The CRM said no, and will again: a scope that is not granted, as a rule. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  constructor(status: number, message: string) {
    super(`the CRM refused it: ${status} ${message}`.trim());
    this.status = status;
  }
}

export interface Answered<T> {
  readonly value: T;
  /** The CRM's clock as it answered. */
  readonly serverTime?: Instant;
}

const TRIES = 5;
const LOST: Millis = 2 * SECOND;
const LONGEST: Millis = MINUTE;

/**
 * @param patience how long to go on while the CRM takes nothing
 * @param signal ends the waiting at once; its reason is thrown
 * @throws Refused when it says no; Unavailable when patience is over, or it failed five times
 */
export async function asked<T>(
  clock: Clock,
  patience: Millis,
  ask: () => Promise<Reply<T>>,
  signal?: AbortSignal,
): Promise<Answered<T>> {
  const until = clock.elapsed() + patience;
  const wait = (ms: Millis) => pause(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  let lost = 0;
  for (;;) {
    signal?.throwIfAborted();
    const reply = await ask();
    if (reply.outcome === "done") return reply;
    if (reply.outcome === "refused") throw new Refused(reply.status, reply.message);
    if (reply.outcome === "unknown") {
      lost += 1;
      if (lost >= TRIES) throw new Unavailable(`The CRM failed ${TRIES} times in a row: ${reply.detail}.`);
      await wait(lost * LOST);
      continue;
    }
    if (reply.cause === "auth") throw new Unavailable(`The CRM does not let us in: ${reply.detail}.`, reply.retryAt);
    const left = Math.min(LONGEST, Math.max(1, reply.retryAt - clock.real()));
    if (clock.elapsed() + left > until) throw new Unavailable(`The CRM takes nothing: ${reply.detail}.`, reply.retryAt);
    await wait(left);
  }
}
