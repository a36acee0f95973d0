// What became of a message on each channel it took. Pure. Facts only join: the earliest telling of each is kept, so that
// late, repeated and out-of-order receipts end in the same delivery whatever their order.

import type { Instant } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";
import { type Click, isMachine, judged, withClick } from "./clicks.ts";

/** What can be said of a message on one channel. Machines that open or click are told apart and count as nobody. */
export type Told =
  | "held"
  | "refused"
  | "expired"
  | "accepted"
  | "delivered"
  | "opened"
  | "clicked"
  | "replied"
  | "failed"
  | "bounced"
  | "opted_out"
  | "failover"
  | "machine_opened"
  | "machine_clicked";

/** Who said so; of two that name the same instant the one named first here counts. */
export const TELLERS = [
  "answer",
  "webhook",
  "email_stats",
  "recipient",
  "poll",
  "lookup",
  "lead",
  "person",
  "rules",
  "hold",
] as const;
export type Teller = (typeof TELLERS)[number];

export interface Fact {
  /** Domain time. */
  readonly at: Instant;
  readonly by: Teller;
  /** The provider's code or word, without an address. */
  readonly detail?: string;
}

export type Leg = Readonly<Partial<Record<Told, Fact>>>;
export type Legs = Readonly<Partial<Record<ChannelName, Leg>>>;

/** What became of it, in domain time. All else is read off `legs`. */
export interface Delivery {
  /** Where it arrived; else where it stands. */
  readonly channel?: ChannelName;
  readonly acceptedAt?: Instant;
  readonly deliveredAt?: Instant;
  readonly failedAt?: Instant;
  readonly openedAt?: Instant;
  readonly clickedAt?: Instant;
  readonly repliedAt?: Instant;
  readonly legs?: Legs;
  /** All clicks told of the e-mail; `clicked` and `machine_clicked` of its leg are judged from them. */
  readonly clicks?: readonly Click[];
  /** Where it stands on each, for readers. */
  readonly stands?: Readonly<Partial<Record<ChannelName, LegState>>>;
}

/** Where a message stands on one channel, the furthest first. */
export type LegState = "replied" | "clicked" | "opened" | "delivered" | "bounced" | "failed" | "sent" | "pending";

/** Adds a fact; `link` is that of a click, hashed. The same object comes back where nothing is learned. */
export function note(
  delivery: Delivery,
  current: ChannelName,
  {
    channel,
    told,
    fact,
    link,
  }: { readonly channel: ChannelName; readonly told: Told; readonly fact: Fact; readonly link?: string },
): Delivery {
  const legs = legsOf(delivery);
  if (channel === "email" && (told === "clicked" || told === "machine_clicked")) {
    const machine = told === "machine_clicked" ? ({ machine: true } as const) : {};
    const before = clicksOf(delivery);
    const clicks = withClick(before, { ...fact, ...(link === undefined ? {} : { link }), ...machine });
    return clicks === before ? delivery : summary(legs, current, clicks);
  }
  const before = legs[channel]?.[told];
  if (before !== undefined && compare(before, fact) <= 0) return delivery;
  return summary({ ...legs, [channel]: { ...legs[channel], [told]: fact } }, current, delivery.clicks);
}

/** The same facts, seen from the channel that the message has moved on to. */
export const seenFrom = (delivery: Delivery, current: ChannelName): Delivery =>
  summary(legsOf(delivery), current, delivery.clicks);

/** As far as is known now: was the click at this instant, on this link, a machine's? */
export function isMachineClick(delivery: Delivery, at: Instant, link: string | undefined): boolean {
  const clicks = clicksOf(delivery);
  const found = clicks.filter((one) => one.at === at && one.link === link);
  return found.length > 0 && found.every((one) => isMachine(one, clicks, legsOf(delivery).email?.delivered));
}

/** Deliveries saved before clicks were kept tell of the first of a person and of a machine. */
function clicksOf(delivery: Delivery): readonly Click[] {
  if (delivery.clicks !== undefined) return delivery.clicks;
  const { clicked, machine_clicked } = legsOf(delivery).email ?? {};
  const machine = machine_clicked === undefined ? undefined : { ...machine_clicked, machine: true as const };
  return [clicked, machine].filter((one) => one !== undefined);
}

/** The legs with the clicks as they are judged now. */
function withJudged(legs: Legs, clicks: readonly Click[] | undefined): Legs {
  if (clicks === undefined) return legs;
  const { clicked: _clicked, machine_clicked: _machine, ...rest } = legs.email ?? {};
  return { ...legs, email: { ...rest, ...judged(clicks, rest.delivered) } };
}

export function stateOfLeg(leg: Leg): LegState {
  if (leg.replied) return "replied";
  if (leg.clicked) return "clicked";
  if (leg.opened) return "opened";
  if (leg.delivered) return "delivered";
  if (leg.bounced) return "bounced";
  if (leg.failed) return "failed";
  return leg.accepted ? "sent" : "pending";
}

const ARRIVED: readonly LegState[] = ["replied", "clicked", "opened", "delivered"];
export const hasArrived = (leg: Leg | undefined): boolean => leg !== undefined && ARRIVED.includes(stateOfLeg(leg));

/**
 * What became of the message as a whole, whichever channels it tried: what is told of any of them, and `failed` only where
 * no channel got through and none comes next.
 */
export function fateOf(delivery: Delivery): ReadonlySet<Told> {
  const legs = Object.values(legsOf(delivery));
  const told = new Set(legs.flatMap((leg) => Object.keys(leg) as Told[]));
  const isLost = (leg: Leg) =>
    leg.failover === undefined &&
    (leg.failed !== undefined ||
      leg.bounced !== undefined ||
      (leg.opted_out !== undefined && leg.accepted === undefined));
  told.delete("failed");
  return legs.some(isLost) && !legs.some(hasArrived) ? told.add("failed") : told;
}

/** Deliveries saved before there were legs tell of one channel. */
export function legsOf(delivery: Delivery): Legs {
  const { legs, channel, acceptedAt, deliveredAt, failedAt, openedAt, clickedAt } = delivery;
  if (legs !== undefined || channel === undefined) return legs ?? {};
  const leg = { accepted: acceptedAt, delivered: deliveredAt, failed: failedAt, opened: openedAt, clicked: clickedAt };
  const told = Object.entries(leg).filter((pair): pair is [string, Instant] => pair[1] !== undefined);
  return { [channel]: Object.fromEntries(told.map(([name, at]) => [name, { at, by: "webhook" }])) };
}

function summary(told: Legs, current: ChannelName, clicks: readonly Click[] | undefined): Delivery {
  const legs = withJudged(told, clicks);
  const entries = (Object.entries(legs) as [ChannelName, Leg][]).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const arrived = entries.filter(([, leg]) => hasArrived(leg)).map(([channel]) => channel);
  const spoken = legs[current] !== undefined && Object.keys(legs[current]).some((told) => !BEFORE.has(told));
  const channel = arrived.includes(current) ? current : (arrived[0] ?? (spoken ? current : undefined));
  const leg: Leg = channel === undefined ? {} : (legs[channel] ?? {});
  const first = (...told: readonly Told[]) =>
    earliest(entries.flatMap(([, each]) => told.map((name) => each[name]?.at)));
  const failed = hasArrived(leg) ? undefined : earliest([leg.failed?.at, leg.bounced?.at]);
  return present({
    channel,
    acceptedAt: leg.accepted?.at,
    deliveredAt: leg.delivered?.at,
    failedAt: failed,
    openedAt: first("opened", "clicked"),
    clickedAt: first("clicked"),
    repliedAt: first("replied"),
    legs,
    clicks,
    stands: Object.fromEntries(entries.map(([name, each]) => [name, stateOfLeg(each)])),
  });
}

/** Said of a message that has not left. */
const BEFORE: ReadonlySet<string> = new Set<Told>(["held", "refused", "expired"]);

function compare(a: Fact, b: Fact): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.by !== b.by) return TELLERS.indexOf(a.by) - TELLERS.indexOf(b.by);
  const [one, other] = [a.detail ?? "", b.detail ?? ""];
  return one < other ? -1 : one > other ? 1 : 0;
}

function earliest(instants: readonly (Instant | undefined)[]): Instant | undefined {
  const known = instants.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

const present = <T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
