// When to write to a lead: the two hours in which messages are answered best, as far as that is known. Pure.
//
// Three levels, each drawn towards the one above: how often messages of a channel are answered at the location; how often
// in these two hours there (a beta posterior, from which one draw is taken, so that hours of which little is known are tried:
// Thompson sampling); how often by this lead in them. A lead's own counts say nothing before ten messages. Channels are
// compared with themselves alone: calls are made at noon and answered ten times as often as e-mails, which says nothing of
// noon. docs/decisions/send-time.md has the reasons and what was measured.

import { HOUR, type Instant, MINUTE } from "../../kernel/time.ts";
import { localTime } from "../../kernel/zone.ts";
import { draws } from "../learn/draws.ts";
import { drawBeta } from "./beta.ts";
import { byChannel, type Slot, type SlotCounts, slotKey, slotOf, type Totals } from "./slots.ts";

/** Counted messages of a location below which its hours say nothing. Ours. */
export const ENOUGH_SENT = 200;
/** Counted messages of a lead below which its own hours say nothing; as Ometria documents. */
export const OWN_SENT = 10;

/** A slot of the location begins with so many messages of its channel's share: fewer, and its draws drown what they are for. */
const SLOT_WEIGHT = 300;
/** A lead's slot begins with so many of the location's: individual hours are hardly ever to be told apart. */
const OWN_WEIGHT = 100;
/** Before anything is known of a channel. */
const GUESS = { rate: 0.1, weight: 10 };
/** A lead with twice the even share of its acts in a slot is taken to answer 1.4 times as often there. */
const HABIT_POWER = 0.5;
const HABIT_MOST = 2;

/** Two hours of a weekday and of a weekend's day have all come in so long. */
const LOOK_AHEAD = 8 * 24 * HOUR;

export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

export interface SendTimeFacts {
  readonly zone: string;
  readonly own: SlotCounts;
  /** All leads of the location together. */
  readonly location: SlotCounts;
  /** How much of what the lead does falls into a slot, over what would if all hours were alike; absent: not known. */
  readonly habit?: (slot: Slot) => number;
  /** Minutes of the day at which nothing is sent: local, half-open, overnight where `to` is before `from`. */
  readonly quiet: readonly { readonly from: number; readonly to: number }[];
  /** A number in [0, 1), the same for the same name. */
  readonly lot: (name: string) => number;
}

export interface SendTime {
  readonly at: Instant;
  readonly slot: Slot;
  /** Whether the lead's own counts or acts had a say. */
  readonly hour: "own" | "location";
  readonly own: Totals;
  /** In the slot, and at all hours. */
  readonly location: Totals;
  readonly overall: Totals;
}

/**
 * An instant within the spans, outside quiet hours; undefined where too little is known of the location, or no minute is open.
 *
 * @param spans in order of time
 */
export function sendTime(spans: readonly Span[], facts: SendTimeFacts): SendTime | undefined {
  const overall = totalOf(byChannel(facts.location).values());
  if (overall.sent < ENOUGH_SENT) return undefined;
  const index = openIndex(facts);
  let best: { stretch: Stretch; index: number } | undefined;
  for (const stretch of stretches(spans, facts)) {
    const found = index(stretch.slot);
    if (best === undefined || found > best.index) best = { stretch, index: found };
    else if (stretch.slot === best.stretch.slot && stretch.from === best.stretch.to) {
      best = { ...best, stretch: { ...best.stretch, to: stretch.to } };
    }
  }
  if (best === undefined) return undefined;
  const { slot, from, to } = best.stretch;
  const at = from + Math.floor((facts.lot("minute") * (to - from)) / MINUTE) * MINUTE;
  const own = inSlot(facts.own, slot);
  const counts = totalOf(byChannel(facts.own).values()).sent >= OWN_SENT || facts.habit !== undefined;
  return { at, slot, hour: counts ? "own" : "location", own, location: inSlot(facts.location, slot), overall };
}

// How well a slot is answered --------------------------------------------------------------------------------------

/** Over what the same channels are answered at all hours: 1 is as ever. Each slot is drawn once. */
function openIndex({ own, location, habit, lot }: SendTimeFacts): (slot: Slot) => number {
  const channels = byChannel(location);
  const mine = byChannel(own);
  const all = totalOf(channels.values());
  const ownAll = totalOf(mine.values());
  const counts = ownAll.sent >= OWN_SENT;
  const rates = new Map([...channels].map(([channel, totals]) => [channel, rateOf(totals)]));
  // how often this lead answers at all, so that hours in which we have written to it do not look better for that alone
  const expected = [...mine].reduce((sum, [channel, { sent }]) => sum + sent * (rates.get(channel) ?? GUESS.rate), 0);
  const level = counts ? (ownAll.answered + 1) / (expected + 1) : 1;
  const known = new Map<Slot, number>();
  const fresh = (slot: Slot): number => {
    const next = draws(Math.floor(lot(slot) * 2 ** 32));
    const acts = habit === undefined ? 1 : Math.min(HABIT_MOST, Math.max(1 / HABIT_MOST, habit(slot) ** HABIT_POWER));
    let sum = 0;
    for (const [channel, totals] of channels) {
      const rate = rates.get(channel) as number;
      const [sent, answered] = clamped(location[slotKey(channel, slot)]);
      const drawn = drawBeta(SLOT_WEIGHT * rate + answered, SLOT_WEIGHT * (1 - rate) + sent - answered, next);
      const prior = Math.min(0.99, drawn * level * acts);
      const [n, k] = counts ? clamped(own[slotKey(channel, slot)]) : [0, 0];
      const weight = totals.sent / all.sent;
      sum += (weight * ((OWN_WEIGHT * prior + k) / (OWN_WEIGHT + n))) / rate;
    }
    return sum;
  };
  return (slot) => {
    const before = known.get(slot);
    if (before !== undefined) return before;
    const found = fresh(slot);
    known.set(slot, found);
    return found;
  };
}

const rateOf = ({ sent, answered }: Totals): number => (answered + GUESS.rate * GUESS.weight) / (sent + GUESS.weight);

/** An answer may be counted where the send was counted in another zone's hour. */
function clamped(count: readonly [number, number] | undefined): readonly [sent: number, answered: number] {
  const [sent, answered] = count ?? [0, 0];
  const n = Math.max(0, sent);
  return [n, Math.min(n, Math.max(0, answered))];
}

function totalOf(all: Iterable<Totals>): Totals {
  let [sent, answered] = [0, 0];
  for (const one of all) {
    sent += one.sent;
    answered += one.answered;
  }
  return { sent, answered };
}

const inSlot = (counts: SlotCounts, slot: Slot): Totals =>
  totalOf(
    Object.entries(counts).flatMap(([key, [sent, answered]]) => (key.endsWith(`/${slot}`) ? [{ sent, answered }] : [])),
  );

// Open minutes -----------------------------------------------------------------------------------------------------

interface Stretch extends Span {
  readonly slot: Slot;
}

/** The parts of the spans by slot, without their quiet minutes, earliest first. */
function* stretches(spans: readonly Span[], { zone, quiet }: SendTimeFacts): Generator<Stretch> {
  const first = spans[0]?.from ?? 0;
  for (const { from, to } of spans) {
    for (let at = from; at < to && at < first + LOOK_AHEAD; ) {
      const local = localTime(at, zone);
      const into = at - Math.floor(at / MINUTE) * MINUTE;
      const next = nextEdge(local.minute, quiet);
      const until = Math.min(to, at + (next - local.minute) * MINUTE - into);
      if (!quiet.some((range) => inside(local.minute, range))) yield { slot: slotOf(local), from: at, to: until };
      at = until;
    }
  }
}

const inside = (minute: number, { from, to }: { readonly from: number; readonly to: number }): boolean =>
  from <= to ? minute >= from && minute < to : minute >= from || minute < to;

/** The first minute after this one at which a slot, or a quiet time, begins or ends. Whole hours, so that changes of the clock fall between. */
function nextEdge(minute: number, quiet: readonly { readonly from: number; readonly to: number }[]): number {
  const hour = (Math.floor(minute / 60) + 1) * 60;
  const edges = quiet.flatMap(({ from, to }) => [from, to]).filter((edge) => edge > minute && edge < hour);
  return Math.min(hour, ...edges);
}
