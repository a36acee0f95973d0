// What one location may still ask of the provider: an exact sliding window over the last grants, so that the whole
// lawful rate is used and never a request more. Pure; the store keeps it in one row per location.

import { DAY, type Instant, type Millis, SECOND } from "../kernel/time.ts";
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
  readonly dailyRemaining?: Remaining;
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
  /** One answer for each lane asked for, in its order. */
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
 * Asks for one request per lane given; give the urgent ones first. A refusal costs nothing.
 *
 * @param now the store's real time; one that stepped back counts as no time passed
 */
export function take(window: RateWindow, lanes: readonly Lane[], now: Instant): Taken {
  const rules = rulesOf(window.limits);
  const count = counted(window, rules, now);
  const granted: boolean[] = [];
  let retryAt: Instant | undefined;
  for (const lane of lanes) {
    const at = firstRoom(count, rules, lane, now);
    granted.push(at <= now);
    if (at <= now) count.add(lane);
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
  const { limits } = window;
  const newer = (known: Remaining | undefined, count: number | undefined): Remaining | undefined =>
    count === undefined || (known !== undefined && known.at > report.sentAt) ? known : { count, at: report.sentAt };
  const remaining = newer(limits.remaining, report.remaining);
  const dailyRemaining = newer(limits.dailyRemaining, report.dailyRemaining);
  return {
    ...window,
    limits: {
      ...limits,
      ...(positive(report.max) ? { max: report.max } : {}),
      ...(positive(report.intervalMs) ? { interval: report.intervalMs } : {}),
      ...(positive(report.daily) ? { daily: report.daily } : {}),
      ...(remaining === undefined ? {} : { remaining }),
      ...(dailyRemaining === undefined ? {} : { dailyRemaining }),
    },
  };
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
  readonly dailyRemaining: Remaining | undefined;
}

function rulesOf({ max = MAX, interval = INTERVAL, daily = DAILY, remaining, dailyRemaining }: RateLimits): Rules {
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
    dailyRemaining,
  };
}

interface Count {
  readonly now: Instant;
  readonly kept: readonly Grants[];
  readonly fresh: [hot: number, normal: number, bulk: number];
  readonly day: string;
  dayCount: number;
  add(lane: Lane): void;
}

function counted(window: RateWindow, { window: length }: Rules, now: Instant): Count {
  // A grant from the future is a clock that stepped back: it stands, and we stand with it.
  const at = Math.max(now, window.grants.at(-1)?.[0] ?? now);
  const today = dayOf(now);
  const isNextDay = today > window.day;
  const fresh: [number, number, number] = [0, 0, 0];
  return {
    now: at,
    kept: window.grants.filter(([instant]) => instant > at - length),
    fresh,
    day: isNextDay ? today : window.day,
    dayCount: isNextDay ? 0 : window.dayCount,
    add(lane) {
      fresh[lane === "bulk" ? 2 : lane === "normal" ? 1 : 0] += 1;
      this.dayCount += 1;
    },
  };
}

/** The first instant at which one more of `lane` breaks no rule; `now` when that is now. */
function firstRoom(count: Count, rules: Rules, lane: Lane, now: Instant): Instant {
  const { kept, fresh } = count;
  const all: readonly Grants[] = fresh.some((n) => n > 0) ? [...kept, [count.now, ...fresh]] : kept;
  const isBehind = lane === "normal" || lane === "bulk";
  const waits = [
    roomIn(all, rules.window, rules.most, (g) => g[1] + g[2] + g[3], count.now),
    isBehind ? roomIn(all, rules.window, rules.mostBehind, (g) => g[2] + g[3], count.now) : 0,
    lane === "bulk" ? roomIn(all, rules.step, rules.mostInStep, (g) => g[3], count.now) : 0,
    saidRemaining(all, rules),
    dailyRoom(count, rules, now),
  ];
  return Math.max(now, ...waits);
}

/** When fewer than `most` of what `of` counts will lie in the last `length`; 0 when that is so already. */
function roomIn(
  grants: readonly Grants[],
  length: Millis,
  most: number,
  of: (g: Grants) => number,
  now: Instant,
): Instant {
  let sum = 0;
  for (let i = grants.length - 1; i >= 0; i -= 1) {
    const grant = grants[i]!;
    if (grant[0] <= now - length) return 0;
    sum += of(grant);
    if (sum >= most) return Math.ceil(grant[0] + length);
  }
  return 0;
}

/** The provider said how many are left of its window: what we granted since that request comes off it. */
function saidRemaining(grants: readonly Grants[], { remaining, interval }: Rules): Instant {
  if (remaining === undefined) return 0;
  const since = grants.reduce((sum, [at, ...n]) => (at > remaining.at ? sum + n[0] + n[1] + n[2] : sum), 0);
  return since < remaining.count ? 0 : remaining.at + Math.ceil(interval * STRETCH);
}

function dailyRoom(count: Count, { daily, dailyRemaining }: Rules, now: Instant): Instant {
  const spent = dailyRemaining !== undefined && dayOf(dailyRemaining.at) === count.day && dailyRemaining.count <= 0;
  return count.dayCount < daily && !spent ? 0 : (Math.floor(now / DAY) + 1) * DAY;
}

const dayOf = (at: Instant): string => new Date(at).toISOString().slice(0, 10);
