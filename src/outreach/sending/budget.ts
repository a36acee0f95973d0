// What one location may still ask of the provider: an exact sliding window over the last grants, so that the whole
// lawful rate is used and never a request more. Pure; the store keeps it in one row per location.

import { DAY, HOUR, type Instant, type Millis, SECOND } from "../../kernel/time.ts";
import type { Lane } from "../message.ts";

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
  /** Whoever asks waits for its turn: it is granted ahead, as *bulk* always is. */
  readonly waits?: boolean;
}

export interface Remaining {
  readonly count: number;
  /** When the request was sent whose answer said so. */
  readonly at: Instant;
  /** Of what was used then, how many were not ours: their places are taken for an interval, for all we know. */
  readonly others: number;
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
  /** For each ask, in their order: when it may leave, up to two seconds from now; undefined: refused. */
  readonly granted: readonly (Instant | undefined)[];
  /** When the first that was refused may ask again; absent when none was. */
  readonly retryAt?: Instant;
}

/** Requests that were answered so late that they may have arrived long after their grant. */
export interface Late extends Ask {
  readonly grantedAt: Instant;
  readonly answeredAt: Instant;
}

/** @source HighLevel API docs, rate limits: 100 requests per 10 s and 200,000 per day, per app and location. */
const MAX = 100;
const INTERVAL: Millis = 10 * SECOND;
const DAILY = 200_000;

/**
 * Of the provider's 100 we take 98, the rest is for clocks that differ. The last four are for answers alone, whoever has
 * taken the others: what has gone ahead never keeps an answer waiting.
 */
const SHARE = 0.98;
const SHARE_BEHIND = 0.94;
/** Our window is one hundredth longer than theirs: a request takes a while to arrive. */
const STRETCH = 1.01;
/** Bulk is spread over steps of this length, so that a burst never blocks the next ten seconds. */
const STEP: Millis = 100;
/** Bulk, and whoever waits, is granted so far ahead, each at its own instant: one transaction for many of them. */
export const AHEAD: Millis = 2_000;
/** While more than this lies ahead, nobody is granted more: whoever asks takes a good many at once. */
const PLENTY: Millis = 500;
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
  const plenty = lastBulk(count.grants) - PLENTY;
  const granted: (Instant | undefined)[] = [];
  let retryAt: Instant | undefined;
  /** Where the one before, if it was like it, found room: there is none earlier. */
  let before: { readonly ask: Ask; readonly at: Instant } | undefined;
  for (const ask of asks) {
    const isBulk = ask.lane === "bulk";
    const isAlike = before?.ask.lane === ask.lane && before.ask.n === ask.n;
    const from = isAlike ? before!.at : now;
    const at = ask.n === 0 ? now : firstRoom(count, rules, ask, from);
    before = { ask, at };
    const may = at <= now + (isBulk || ask.waits ? AHEAD : 0);
    if (ask.n === 0 || (may && !(isBulk && plenty > now))) {
      granted.push(at);
      add(count, ask, Math.max(at, count.now));
    } else {
      granted.push(undefined);
      const again = isBulk ? Math.max(plenty, at - PLENTY) : at;
      retryAt = Math.min(retryAt ?? again, Math.max(now + 1, again));
    }
  }
  const { grants, day, dayCount } = count;
  const taken = { window: { ...window, grants, day, dayCount }, granted };
  return retryAt === undefined ? taken : { ...taken, retryAt };
}

const MOST_AHEAD = AHEAD / STEP + 1;

/** How many of each lane would be granted now, each lane asked alone: what a batch may hold. */
export function roomFor(window: RateWindow, now: Instant, limit: number): Readonly<Record<Lane, number>> {
  const rules = rulesOf(window.limits);
  const count = counted(window, rules, now);
  const held = mostHeld(count.grants, rules.window, count.now);
  /** So many fit at once. */
  const together = (lane: Lane, most: number): number => {
    const beside = roomBeside(rules, lane);
    const others = beside.until <= now ? most : beside.left - held;
    const today = dayEnds(count, rules) <= now ? most : rules.daily - count.dayCount;
    return Math.max(0, Math.min(limit, most - held, others, today));
  };
  const reply = together("reply", rules.most);
  const normal = together("normal", rules.mostBehind);
  const { granted } = take(window, Array<Ask>(Math.min(limit, MOST_AHEAD)).fill({ lane: "bulk", n: 1 }), now);
  const refused = granted.indexOf(undefined);
  return { reply, urgent: reply, normal, bulk: refused < 0 ? granted.length : refused };
}

/** The most that any window of that length holds which ends at `now` or later. */
function mostHeld(grants: readonly Grants[], length: Millis, now: Instant): number {
  let [sum, most, from] = [0, 0, 0];
  for (const [i, grant] of grants.entries()) {
    const end = Math.max(now, grant[0]);
    sum += all(grant);
    for (; from <= i && grants[from]![0] <= end - length; from += 1) sum -= all(grants[from]!);
    most = Math.max(most, sum);
  }
  return most;
}

/** A request that was answered late holds its place as if it had been granted then: it may have arrived as late. */
export function settle(window: RateWindow, { lane, n, grantedAt, answeredAt }: Late): RateWindow {
  if (answeredAt - grantedAt <= (STRETCH - 1) * INTERVAL) return window;
  const at = laneIndex(lane);
  const old = window.grants.find((each) => each[0] === grantedAt && each[at] >= n);
  const rest = window.grants.flatMap((each): Grants[] => {
    if (each !== old) return [each];
    const less = each.with(at, each[at] - n) as unknown as Grants;
    return all(less) === 0 ? [] : [less];
  });
  return { ...window, grants: inserted(rest, answeredAt, lane, n) };
}

const laneIndex = (lane: Lane): 1 | 2 | 3 => (lane === "bulk" ? 3 : lane === "normal" ? 2 : 1);
const lastBulk = (grants: readonly Grants[]): Instant => grants.findLast((each) => each[3] > 0)?.[0] ?? 0;

/**
 * Few grants are kept each at its own instant, which every limit that HighLevel sets today allows. Where a limit is so
 * high that there are many, those of a tenth of a second count as made at the latest of them: never too early.
 */
function inserted(grants: readonly Grants[], at: Instant, lane: Lane, n: number): readonly Grants[] {
  const place = grants.findLastIndex((each) => each[0] <= at);
  const before = grants[place];
  const isSameStep = before !== undefined && Math.floor(before[0] / STEP) === Math.floor(at / STEP);
  const joins = before !== undefined && (before[0] === at || (grants.length >= FEW && isSameStep));
  const entry: [Instant, number, number, number] = joins ? [at, before[1], before[2], before[3]] : [at, 0, 0, 0];
  entry[laneIndex(lane)] += n;
  return [...grants.slice(0, joins ? place : place + 1), entry, ...grants.slice(place + 1)];
}

/** Takes in what an answer's headers said. Of two answers the later request's is believed. */
export function note(window: RateWindow, report: RateReport): RateWindow {
  const { limits, grants } = window;
  const { sentAt, max, intervalMs, remaining, daily, dailyRemaining } = report;
  const { max: most = MAX, interval = INTERVAL } = {
    ...limits,
    ...(within(max, [1, 1_000_000]) ? { max } : {}),
    ...(within(intervalMs, [SECOND, HOUR]) ? { interval: intervalMs } : {}),
  };
  const isLatest = remaining !== undefined && (limits.remaining === undefined || limits.remaining.at <= sentAt);
  const others = Math.max(0, most - (remaining ?? 0) - grantedIn(grants, sentAt - interval, sentAt));
  const next: RateLimits = {
    ...limits,
    max: most,
    interval,
    ...(within(daily, [1, 1_000_000_000]) ? { daily } : {}),
    ...(isLatest ? { remaining: { count: remaining, at: sentAt, others } } : {}),
  };
  const isOldDay = dailyRemaining === undefined || (limits.dailySaidAt !== undefined && limits.dailySaidAt > sentAt);
  if (isOldDay) return { ...window, limits: next };
  // the provider counts its own day, whenever that begins: its word is better than our count, up or down
  const used = Math.max(0, (next.daily ?? DAILY) - dailyRemaining);
  return {
    ...window,
    dayCount: used + grantedIn(grants, sentAt, Number.POSITIVE_INFINITY),
    limits: { ...next, dailySaidAt: sentAt },
  };
}

/** What a header says is believed where it can be meant. */
const within = (value: number | undefined, [least, most]: readonly [number, number]): value is number =>
  value !== undefined && value >= least && value <= most;

interface Rules {
  readonly max: number;
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
    max,
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
  grants: readonly Grants[];
  readonly day: string;
  dayCount: number;
}

function counted(window: RateWindow, { window: length }: Rules, now: Instant): Count {
  // A grant from further than we ever grant ahead is a clock that stepped back: it stands, and we stand with it.
  const at = Math.max(now, (window.grants.at(-1)?.[0] ?? now) - AHEAD);
  const today = dayOf(now);
  const isNextDay = today > window.day;
  return {
    now: at,
    // the last one stays for as long as it may matter when that was
    grants: window.grants.filter(([instant], i) => instant > at - length || i === window.grants.length - 1),
    day: isNextDay ? today : window.day,
    dayCount: isNextDay ? 0 : window.dayCount,
  };
}

function add(count: Count, { lane, n }: Ask, at: Instant): void {
  if (n === 0) return;
  count.grants = inserted(count.grants, at, lane, n);
  count.dayCount += n;
}

/** The first instant from `from` on at which `n` more of `lane` break no rule; `from` when that is one. */
function firstRoom(count: Count, rules: Rules, { lane, n }: Ask, from: Instant): Instant {
  const { grants } = count;
  const at = Math.max(count.now, from);
  const { window, most, mostBehind, step, mostInStep } = rules;
  const share = { length: window, most: isBehind(lane) ? mostBehind : most, of: all };
  return Math.max(
    from,
    roomIn(grants, share, n, at),
    // what leaves together takes one step
    lane === "bulk" ? roomIn(grants, { length: step, most: mostInStep, of: bulk }, 1, at) : 0,
    besideOthers(count, rules, { lane, n }, at),
    count.dayCount + n <= rules.daily ? 0 : dayEnds(count, rules),
  );
}

const isBehind = (lane: Lane): boolean => lane === "normal" || lane === "bulk";
const all = (grants: Grants): number => grants[1] + grants[2] + grants[3];
const bulk = (grants: Grants): number => grants[3];

interface Share {
  readonly length: Millis;
  readonly most: number;
  of(grants: Grants): number;
}

/**
 * The first instant from `now` at which `n` more break no window: neither the one that ends then nor those of what has
 * been granted ahead. 0 when that is now.
 */
function roomIn(grants: readonly Grants[], share: Share, n: number, now: Instant): Instant {
  const fits = Math.max(0, share.most - n);
  for (let at = now; ; ) {
    let later = freeAfter(grants, share, fits, at);
    for (let i = grants.length - 1; i >= 0 && grants[i]![0] > at; i -= 1) {
      const end = grants[i]![0];
      const free = freeAfter(grants, share, fits, end);
      if (free > end) later = Math.max(later, free);
    }
    if (later === at) return at === now ? 0 : at;
    at = later;
  }
}

/** When no more than `fits` of the window that ends at `end` are left in it. */
function freeAfter(grants: readonly Grants[], { length, of }: Share, fits: number, end: Instant): Instant {
  let sum = 0;
  for (let i = grants.length - 1; i >= 0; i -= 1) {
    const grant = grants[i]!;
    if (grant[0] <= end - length) return end;
    if (grant[0] > end) continue;
    sum += of(grant);
    if (sum > fits) return Math.ceil(grant[0] + length);
  }
  return end;
}

/** A lower remainder than ours wins: somebody else asks too. What they leave is for answers first. */
function roomBeside(
  { remaining, max, interval, most, mostBehind }: Rules,
  lane: Lane,
): { left: number; until: Instant } {
  if (remaining === undefined || remaining.others === 0) return { left: max, until: 0 };
  const left = max - remaining.others - (isBehind(lane) ? most - mostBehind : 0);
  return { left, until: remaining.at + Math.ceil(interval * STRETCH) };
}

function besideOthers({ grants }: Count, rules: Rules, { lane, n }: Ask, from: Instant): Instant {
  const { left, until } = roomBeside(rules, lane);
  if (until === 0 || n > left) return until;
  return Math.min(until, roomIn(grants, { length: rules.window, most: left, of: all }, n, from));
}

function grantedIn(grants: readonly Grants[], from: Instant, to: Instant): number {
  let sum = 0;
  for (let i = grants.length - 1; i >= 0 && grants[i]![0] > from; i -= 1)
    if (grants[i]![0] <= to) sum += all(grants[i]!);
  return sum;
}

/** A day that is spent ends with the UTC day, or whenever the provider says: it is asked each hour, by one request. */
const dayEnds = ({ grants, now }: Count, { dailySaidAt }: Rules): Instant =>
  Math.min((Math.floor(now / DAY) + 1) * DAY, (grants.at(-1)?.[0] ?? dailySaidAt ?? 0) + HOUR);

const dayOf = (at: Instant): string => new Date(at).toISOString().slice(0, 10);
