// What one location may still ask of the provider: an exact sliding window over the last grants, so that the whole
// lawful rate is used and never a request more. Pure; the store keeps it in one row per location.

import { DAY, HOUR, type Instant, type Millis, SECOND } from "../kernel/time.ts";
import type { Lane } from "./message.ts";

/** Plain JSON: the columns of `rate_window`. Instants are real time. */
export interface RateWindow {
  /** Grants of the last window, oldest first, those of one instant together. */
  readonly grants: readonly Grants[];
  /** UTC day of `dayCount`, as YYYY-MM-DD. */
  readonly day: string;
  readonly dayCount: number;
  readonly limits: RateLimits;
}

/** At an instant: how many for answers and urgent ones, how many normal, how many bulk. */
export type Grants = readonly [at: Instant, hot: number, normal: number, bulk: number];

/** What the provider's answers said last; absent: as its documentation says. */
export interface RateLimits {
  readonly max?: number;
  readonly interval?: Millis;
  readonly daily?: number;
  readonly remaining?: Remaining;
  /** When the request was sent whose answer last said what remains of the day. */
  readonly dailySaidAt?: Instant;
}

/** So many requests that leave together, or not at all. */
export interface Ask {
  readonly lane: Lane;
  readonly n: number;
}

export interface Remaining {
  readonly count: number;
  /** When the request was sent whose answer said so: later grants were not counted in it. */
  readonly at: Instant;
}

/** The rate headers of one answer of the provider. */
export interface RateReport {
  /** Real time at which its request was sent. */
  readonly sentAt: Instant;
  readonly max?: number;
  readonly intervalMs?: Millis;
  readonly remaining?: number;
  readonly daily?: number;
  readonly dailyRemaining?: number;
}

export interface Taken {
  readonly window: RateWindow;
  /** One answer for each ask, in their order. */
  readonly granted: readonly boolean[];
  /** When the first that was refused may ask again; absent when none was. */
  readonly retryAt?: Instant;
}

/** @source HighLevel API docs, rate limits: 100 requests per 10 s and 200,000 per day, per app and location. */
const MAX = 100;
const INTERVAL: Millis = 10 * SECOND;
const DAILY = 200_000;

/** Of the provider's 100 we take 98, and 94 without the lanes of answers: the rest is for clocks that differ. */
const SHARE = 0.98;
const SHARE_BEHIND = 0.94;
/** Our window is one hundredth longer than theirs: a request takes a while to arrive. */
const STRETCH = 1.01;
/** Bulk is spread over steps of this length, so that a burst never blocks the next ten seconds. */
const STEP: Millis = 100;
/** Grants kept one by one: more than HighLevel's own limit lets through in a window. */
const FEW = 128;

export const fullWindow = (now: Instant): RateWindow => ({ grants: [], day: dayOf(now), dayCount: 0, limits: {} });

/**
 * Asks for grants; give the urgent ones first. A refusal costs nothing. More at once than the window ever holds leave
 * when it is empty: the provider has the last word on them.
 *
 * @param now the store's real time; one that stepped back counts as no time passed
 */
export function take(window: RateWindow, asks: readonly Ask[], now: Instant): Taken {
  const rules = rulesOf(window.limits);
  const count = counted(window, rules, now);
  const granted: boolean[] = [];
  let retryAt: Instant | undefined;
  for (const ask of asks) {
    const at = ask.n === 0 ? now : firstRoom(count, rules, ask, now);
    granted.push(at <= now);
    if (at <= now) count.add(ask);
    else retryAt = Math.min(retryAt ?? at, at);
  }
  const [hot, normal, bulk] = count.fresh;
  const grants = hot + normal + bulk === 0 ? count.kept : remembered(count.kept, [count.now, hot, normal, bulk]);
  const taken = { window: { ...window, grants, day: count.day, dayCount: count.dayCount }, granted };
  return retryAt === undefined ? taken : { ...taken, retryAt };
}

/**
 * Few grants are kept each at its own instant, which every limit that HighLevel sets today allows. Where a limit is so
 * high that there are many, those of a tenth of a second count as made at the latest of them: never too early.
 */
function remembered(kept: readonly Grants[], fresh: Grants): readonly Grants[] {
  const last = kept.at(-1);
  const isSameStep = last !== undefined && Math.floor(last[0] / STEP) === Math.floor(fresh[0] / STEP);
  if (kept.length < FEW || !isSameStep) return [...kept, fresh];
  const [at, ...n] = fresh;
  return [...kept.slice(0, -1), [at, last[1] + n[0], last[2] + n[1], last[3] + n[2]]];
}

/** Takes in what an answer's headers said. Of two answers the later request's is believed. */
export function note(window: RateWindow, report: RateReport): RateWindow {
  const { limits, grants } = window;
  const { sentAt, max, intervalMs, remaining, daily, dailyRemaining } = report;
  const isNews = remaining !== undefined && (limits.remaining === undefined || limits.remaining.at <= sentAt);
  const next: RateLimits = {
    ...limits,
    ...(positive(max) ? { max } : {}),
    ...(positive(intervalMs) ? { interval: intervalMs } : {}),
    ...(positive(daily) ? { daily } : {}),
    ...(isNews ? { remaining: { count: remaining, at: sentAt } } : {}),
  };
  const isOldDay = dailyRemaining === undefined || (limits.dailySaidAt !== undefined && limits.dailySaidAt > sentAt);
  if (isOldDay) return { ...window, limits: next };
  // the provider counts its own day, whenever that begins: its word is better than our count, up or down
  const used = Math.max(0, (next.daily ?? DAILY) - dailyRemaining);
  return { ...window, dayCount: used + grantedSince(grants, sentAt), limits: { ...next, dailySaidAt: sentAt } };
}

const positive = (value: number | undefined): value is number =>
  value !== undefined && Number.isFinite(value) && value > 0;

interface Rules {
  readonly window: Millis;
  readonly most: number;
  readonly mostBehind: number;
  readonly step: Millis;
  readonly mostInStep: number;
  readonly daily: number;
  readonly interval: Millis;
  readonly remaining: Remaining | undefined;
  readonly dailySaidAt: Instant | undefined;
}

function rulesOf({ max = MAX, interval = INTERVAL, daily = DAILY, remaining, dailySaidAt }: RateLimits): Rules {
  const step = Math.max(STEP, interval / max);
  return {
    window: interval * STRETCH,
    most: Math.max(1, Math.floor(max * SHARE)),
    mostBehind: Math.max(1, Math.floor(max * SHARE_BEHIND)),
    step,
    mostInStep: Math.max(1, Math.floor((max * step) / interval)),
    daily,
    interval,
    remaining,
    dailySaidAt,
  };
}

interface Count {
  readonly now: Instant;
  readonly kept: readonly Grants[];
  readonly fresh: [hot: number, normal: number, bulk: number];
  readonly day: string;
  dayCount: number;
  add(ask: Ask): void;
}

function counted(window: RateWindow, { window: length }: Rules, now: Instant): Count {
  // A grant from the future is a clock that stepped back: it stands, and we stand with it.
  const at = Math.max(now, window.grants.at(-1)?.[0] ?? now);
  const today = dayOf(now);
  const isNextDay = today > window.day;
  const fresh: [number, number, number] = [0, 0, 0];
  return {
    now: at,
    // the last one stays for as long as it may matter when that was
    kept: window.grants.filter(([instant], i) => instant > at - length || i === window.grants.length - 1),
    fresh,
    day: isNextDay ? today : window.day,
    dayCount: isNextDay ? 0 : window.dayCount,
    add({ lane, n }) {
      fresh[lane === "bulk" ? 2 : lane === "normal" ? 1 : 0] += n;
      this.dayCount += n;
    },
  };
}

/** The first instant at which `n` more of `lane` break no rule; `now` when that is now. */
function firstRoom(count: Count, rules: Rules, { lane, n }: Ask, now: Instant): Instant {
  const { kept, fresh } = count;
  const all: readonly Grants[] = fresh.some((some) => some > 0) ? [...kept, [count.now, ...fresh]] : kept;
  const isBehind = lane === "normal" || lane === "bulk";
  const waits = [
    roomIn(all, { length: rules.window, most: rules.most, of: (g) => g[1] + g[2] + g[3] }, n, count.now),
    isBehind ? roomIn(all, { length: rules.window, most: rules.mostBehind, of: (g) => g[2] + g[3] }, n, count.now) : 0,
    // what leaves together takes one step
    lane === "bulk" ? roomIn(all, { length: rules.step, most: rules.mostInStep, of: (g) => g[3] }, 1, count.now) : 0,
    saidRemaining(all, rules, n),
    dailyRoom(count, rules, n, now),
  ];
  return Math.max(now, ...waits);
}

interface Share {
  readonly length: Millis;
  readonly most: number;
  of(grants: Grants): number;
}

/** When `n` more fit into the last `length` beside what `of` counts there; 0 when they do already. */
function roomIn(grants: readonly Grants[], { length, most, of }: Share, n: number, now: Instant): Instant {
  const fits = Math.max(0, most - n);
  let sum = 0;
  for (let i = grants.length - 1; i >= 0; i -= 1) {
    const grant = grants[i]!;
    if (grant[0] <= now - length) return 0;
    sum += of(grant);
    if (sum > fits) return Math.ceil(grant[0] + length);
  }
  return 0;
}

/** The provider said how many are left of its window: what we granted since that request comes off it. */
function saidRemaining(grants: readonly Grants[], { remaining, interval }: Rules, n: number): Instant {
  if (remaining === undefined || grantedSince(grants, remaining.at) + n <= remaining.count) return 0;
  return remaining.at + Math.ceil(interval * STRETCH);
}

const grantedSince = (grants: readonly Grants[], since: Instant): number =>
  grants.reduce((sum, [at, ...n]) => (at > since ? sum + n[0] + n[1] + n[2] : sum), 0);

/** A day that is spent ends with the UTC day, or whenever the provider says: it is asked each hour, by one request. */
function dailyRoom(
  { kept, fresh, dayCount, now: at }: Count,
  { daily, dailySaidAt }: Rules,
  n: number,
  now: Instant,
): Instant {
  if (dayCount + n <= daily) return 0;
  const last = fresh.some((some) => some > 0) ? at : (kept.at(-1)?.[0] ?? dailySaidAt ?? 0);
  return Math.min((Math.floor(now / DAY) + 1) * DAY, last + HOUR);
}

const dayOf = (at: Instant): string => new Date(at).toISOString().slice(0, 10);
