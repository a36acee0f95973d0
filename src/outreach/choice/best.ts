// The channel a lead answers on. Pure. What it did about our messages per channel, drawn towards what leads of the location
// do, and that towards a weak guess: docs/decisions/best-channel.md says why, and where the figures are from.

import { DAY, type Instant, type Millis } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";
import type { Leg } from "../fate/delivery.ts";

/** Messages on one channel: how many the provider took, how many of them were answered, how many were only opened. */
export interface Tried {
  readonly sent: number;
  /** Replied, clicked, or took the call, within the window. */
  readonly answered: number;
  /** Opened by a person, and no more. */
  readonly opened: number;
}
export type Habits = Readonly<Partial<Record<ChannelName, Tried>>>;

export interface Known {
  /** The lead's own. */
  readonly habits: Habits;
  /** The location's, all leads together. */
  readonly rates?: Habits;
  /** When the lead last wrote, by channel. */
  readonly wrote?: Readonly<Partial<Record<ChannelName, Instant>>>;
}

/** An answer later than this after a message is not counted as one to it. */
export const ANSWER_WITHIN: Millis = 3 * DAY;
/** What a lead wrote of its own accord says something of its habits for so long. */
const SEASON: Millis = 90 * DAY;
/** An open says less than an answer. A judgment: nobody has measured it here. */
const OPEN_WORTH = 0.5;
/** Before anything is known every channel is taken to be answered alike, with the weight of ten messages. */
const GUESS = { rate: 0.2, weight: 10 };
/** A lead's own messages weigh as much as the location's habit once there are eight. */
const LOCATION_WEIGHT = 8;
/** Fewer messages of a location than this are called not enough data. */
export const ENOUGH = 20;

/** Whether a message counts as answered, as opened only, or as neither; undefined: it was not sent. */
export function habitOf(leg: Leg | undefined): "answered" | "opened" | "silent" | undefined {
  const { accepted } = leg ?? {};
  if (leg === undefined || accepted === undefined) return undefined;
  const within = (at: Instant | undefined) => at !== undefined && at <= accepted.at + ANSWER_WITHIN;
  if (within(leg.replied?.at) || within(leg.clicked?.at)) return "answered";
  return within(leg.opened?.at) ? "opened" : "silent";
}

/** What a leg's change adds to the counts; exact, since it is the difference of two countings. */
export function changeOf(before: Leg | undefined, after: Leg | undefined): Tried {
  const counted = (leg: Leg | undefined): Tried => {
    const habit = habitOf(leg);
    return {
      sent: habit === undefined ? 0 : 1,
      answered: habit === "answered" ? 1 : 0,
      opened: habit === "opened" ? 1 : 0,
    };
  };
  const [from, to] = [counted(before), counted(after)];
  return { sent: to.sent - from.sent, answered: to.answered - from.answered, opened: to.opened - from.opened };
}

export const plus = (a: Tried | undefined, b: Tried): Tried => ({
  sent: (a?.sent ?? 0) + b.sent,
  answered: (a?.answered ?? 0) + b.answered,
  opened: (a?.opened ?? 0) + b.opened,
});

/** The share of messages on a channel that this lead may be expected to answer, 0 to 1: beta-binomial, twice. */
export function estimate(channel: ChannelName, { habits, rates = {}, wrote }: Known, now: Instant): number {
  const worth = (tried: Tried | undefined) => (tried?.answered ?? 0) + OPEN_WORTH * (tried?.opened ?? 0);
  const at = rates[channel];
  const location = (worth(at) + GUESS.weight * GUESS.rate) / ((at?.sent ?? 0) + GUESS.weight);
  const own = habits[channel];
  // who has written to us there answers there, though we may never have asked
  const alone = hasWritten(channel, { habits, wrote: wrote ?? {} }, now) ? 1 : 0;
  return (worth(own) + alone + LOCATION_WEIGHT * location) / ((own?.sent ?? 0) + alone + LOCATION_WEIGHT);
}

function hasWritten(channel: ChannelName, { habits, wrote = {} }: Known, now: Instant): boolean {
  const at = wrote[channel];
  return at !== undefined && at > now - SEASON && (habits[channel]?.answered ?? 0) === 0;
}

/** Undefined: nothing is known of this lead itself. */
export function bestChannel(known: Known, now: Instant): ChannelName | undefined {
  const channels = [...new Set([...Object.keys(known.habits), ...Object.keys(known.wrote ?? {})])] as ChannelName[];
  const shown = channels.filter((channel) => {
    const { answered = 0, opened = 0 } = known.habits[channel] ?? {};
    return answered + opened > 0 || hasWritten(channel, known, now);
  });
  const own = { habits: known.habits, wrote: known.wrote ?? {} };
  return shown.toSorted(
    (a, b) => estimate(b, own, now) - estimate(a, own, now) || latest(own, b, a) || (a < b ? -1 : 1),
  )[0];
}

const latest = ({ wrote = {} }: Known, a: ChannelName, b: ChannelName): number => (wrote[a] ?? 0) - (wrote[b] ?? 0);

/** Whether a channel may be used: at once, from an instant on, or not at all. */
export type May = "now" | "never" | { readonly from: Instant };

export interface Candidate {
  readonly channel: ChannelName;
  readonly may: May;
}

/** One channel as it was ranked, for the record. */
export interface Ranked extends Candidate {
  readonly estimate: number;
  readonly own: Tried;
  readonly location: Tried;
  /** The lead wrote there unasked, and lately. */
  readonly wrote: boolean;
}

/**
 * Channels in the order in which they are to be tried. Those without a right come last; so do those that could go only
 * when it is too late. An urgent message takes what may go now before what must wait; any other waits for the channel
 * that is answered best. Alike ones keep the step's order.
 */
export function rank<One extends Candidate>(
  candidates: readonly One[],
  known: Known,
  { now, urgent, until }: { readonly now: Instant; readonly urgent: boolean; readonly until: Instant },
): readonly (One & Ranked)[] {
  const none: Tried = { sent: 0, answered: 0, opened: 0 };
  const hurdle = ({ may }: Candidate): number => {
    if (may === "now") return 0;
    if (may === "never" || may.from >= until) return 2;
    return urgent ? 1 : 0;
  };
  return candidates
    .map((candidate) => ({
      ...candidate,
      estimate: estimate(candidate.channel, known, now),
      own: known.habits[candidate.channel] ?? none,
      location: known.rates?.[candidate.channel] ?? none,
      wrote: hasWritten(candidate.channel, known, now),
    }))
    .toSorted((a, b) => hurdle(a) - hurdle(b) || b.estimate - a.estimate || latest(known, b.channel, a.channel));
}
