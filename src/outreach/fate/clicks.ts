// Which clicks in an e-mail were a person's. Pure. Clicks are kept as they were told and judged anew with each fact, so that
// a delivery or a second click that is told late changes the judgment as if it had come first.

import { idFrom } from "../../kernel/ids.ts";
import { type Instant, type Millis, SECOND } from "../../kernel/time.ts";
import type { Fact, Teller } from "./delivery.ts";

export interface Click extends Fact {
  /** Which link, by a hash: links carry who they were made for. */
  readonly link?: string;
  /** Its agent said so. */
  readonly machine?: true;
}

/**
 * Nobody reads a mail and follows a link this soon after its delivery; gateways follow all of them at once. Judgments:
 * neither was measured on mails of a real team.
 */
export const AFTER_DELIVERY: Millis = 10 * SECOND;
export const TOGETHER: Millis = 2 * SECOND;
/** Of one mail; the earliest are kept, whatever the order in which they come. */
const MOST = 50;

export const linkKey = (link: string): string => idFrom("link", link).slice(0, 8);

/** The same list where nothing is learned. */
export function withClick(clicks: readonly Click[], click: Click): readonly Click[] {
  if (clicks.some((one) => compare(one, click) === 0)) return clicks;
  const now = [...clicks, click].toSorted(compare).slice(0, MOST);
  return now.includes(click) ? now : clicks;
}

/** The first click of a person and the first of a machine. What cannot be told is a person's. */
export function judged(
  clicks: readonly Click[],
  delivered: Fact | undefined,
): { clicked?: Fact; machine_clicked?: Fact } {
  const person = clicks.find((one) => !isMachine(one, clicks, delivered));
  const machine = clicks.find((one) => isMachine(one, clicks, delivered));
  return {
    ...(person === undefined ? {} : { clicked: factOf(person) }),
    ...(machine === undefined ? {} : { machine_clicked: factOf(machine) }),
  };
}

/** By the stamps that the mail provider gave. A delivery told by somebody else has another clock, and may be stamped late. */
export function isMachine(click: Click, clicks: readonly Click[], delivered: Fact | undefined): boolean {
  if (click.machine === true) return true;
  if (!isStats(click.by)) return false;
  return isTooSoon(click.at, delivered) || clicks.some((other) => isTogether(click, other));
}

function isTooSoon(at: Instant, delivered: Fact | undefined): boolean {
  if (delivered === undefined || at - delivered.at >= AFTER_DELIVERY) return false;
  return isStats(delivered.by) || (delivered.by === "webhook" && at >= delivered.at);
}

/** Whichever way they were joined to the mail. */
const isStats = (by: Teller): boolean => by === "email_stats" || by === "recipient";

const isTogether = (one: Click, other: Click): boolean =>
  isStats(other.by) &&
  one.link !== undefined &&
  other.link !== undefined &&
  one.link !== other.link &&
  Math.abs(one.at - other.at) <= TOGETHER;

const factOf = ({ at, by, detail }: Click): Fact => ({ at, by, ...(detail === undefined ? {} : { detail }) });

function compare(a: Click, b: Click): number {
  if (a.at !== b.at) return a.at - b.at;
  const [one, other] = [a, b].map(({ by, link, machine, detail }) => JSON.stringify([by, link, machine, detail]));
  return (one as string) < (other as string) ? -1 : one === other ? 0 : 1;
}
