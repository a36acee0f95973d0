// The small notations of the language: durations, clock times, windows of the day and week, rates, shares.

import { DAY, HOUR, MINUTE, type Millis, SECOND } from "../../kernel/time.ts";
import type { Cap, Duration, LocalRange } from "../plan.ts";

/** A value, or what is wrong with the text: code and sentence. */
export type Reading<T> = { readonly value: T } | { readonly code: string; readonly message: string };

const wrong = (code: string, message: string): { code: string; message: string } => ({ code, message });

const UNITS: Readonly<Record<string, Millis>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(s|sec|secs|second|seconds)$/, "s"],
  [/^(m|min|mins|minute|minutes)$/, "m"],
  [/^(h|hr|hrs|hour|hours)$/, "h"],
  [/^(d|day|days)$/, "d"],
  [/^(w|wk|wks|week|weeks)$/, "w"],
];

interface Longest {
  readonly days: number;
  readonly what: string;
}
/** The longest wait and the longest run. */
const WAIT: Longest = { days: 400, what: "wait" };
export const RUN: Longest = { days: 730, what: "run" };

/** `2h30m`, `3d`, `2 business days`, `4 business hours`. `d` and `w` are calendar days. */
export function parseDuration(written: string | number, longest: Longest = WAIT): Reading<Duration> {
  const tooLong = () => wrong("too-long", `the longest ${longest.what} is ${longest.days}d.`);
  const text = String(written).trim();
  if (/^-/.test(text)) return wrong("bad-duration", "a wait cannot be negative.");
  if (/^\d+$/.test(text)) {
    return wrong("bad-duration", `${text} what? Write ${text}s, ${text}m, ${text}h or ${text}d.`);
  }
  const business = /^(\d+) business (day|hour)s?$/.exec(text);
  if (business !== null) {
    const count = Number(business[1]);
    const days = business[2] === "day" ? count : count / 24;
    if (days > longest.days) return tooLong();
    return business[2] === "day"
      ? { value: { ms: 0, days: 0, businessDays: count } }
      : { value: { ms: 0, days: 0, businessMs: count * HOUR } };
  }
  if (!/^(\d+[smhdw])+$/.test(text)) {
    const meant = guess(text);
    const advice = meant === undefined ? "Write 30s, 15m, 2h, 3d or 1w." : `Did you mean "${meant}"?`;
    return wrong("bad-duration", `"${text}" is not a duration. ${advice}`);
  }
  let ms = 0;
  let days = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw])/g)) {
    if (unit === "d") days += Number(count);
    else if (unit === "w") days += 7 * Number(count);
    else ms += Number(count) * (UNITS[unit as string] ?? 0);
  }
  if (days + ms / DAY > longest.days) return tooLong();
  return { value: { ms, days } };
}

/** The same as elapsed milliseconds, where a day is 24 hours. Business time has no such length. */
export function parseMillis(written: string | number, longest: Longest = WAIT): Reading<Millis> {
  const read = parseDuration(written, longest);
  if (!("value" in read)) return read;
  const { ms, days, businessDays, businessMs } = read.value;
  if (businessDays !== undefined || businessMs !== undefined) {
    return wrong("bad-duration", "business time has no fixed length. Write hours or days.");
  }
  return { value: ms + days * DAY };
}

/** What `1.5h`, `2 hours` or `3 weeks` was probably meant to be. */
function guess(text: string): string | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text);
  if (match === null) return undefined;
  const unit = WORDS.find(([words]) => words.test((match[2] as string).toLowerCase()))?.[1];
  if (unit === undefined) return undefined;
  return compactDuration(Math.round(Number(match[1]) * (UNITS[unit] as number)));
}

/** The shortest way to write a length: `90 min` is `1h30m`. Days stay days, so that `7d` is not `1w`. */
function compactDuration(ms: Millis): string {
  let rest = ms;
  let text = "";
  for (const unit of ["d", "h", "m", "s"]) {
    const length = UNITS[unit] as number;
    const count = Math.floor(rest / length);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * length;
  }
  return text === "" ? "0s" : text;
}

// Clock and calendar ---------------------------------------------------------------------------------------------

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** Minutes since midnight of `09:00`; `24:00` is allowed as an end. */
export function parseClock(text: string): number | undefined {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (match === null) return undefined;
  const minutes = Number(match[1]) * 60 + Number(match[2]);
  return Number(match[2]) < 60 && minutes <= 1440 ? minutes : undefined;
}

/** `21:00-08:00`: half-open, overnight when it ends before it begins. */
export function parseRange(text: string): LocalRange | undefined {
  const [start, end, ...more] = text.split("-");
  const from = parseClock(start ?? "");
  const to = parseClock(end ?? "");
  if (from === undefined || to === undefined || more.length > 0 || from === to || from === 1440) return undefined;
  return { from, to };
}

/** `mon`, `mon-fri`, `mon,wed`: weekday numbers from 1, Monday. */
export function parseDays(text: string): number[] | undefined {
  const days = new Set<number>();
  for (const part of text.split(",")) {
    const [first, last = first, ...more] = part.trim().split("-");
    const from = WEEKDAYS.indexOf(first as (typeof WEEKDAYS)[number]);
    const to = WEEKDAYS.indexOf(last as (typeof WEEKDAYS)[number]);
    if (from === -1 || to === -1 || more.length > 0) return undefined;
    for (let day = from; ; day = (day + 1) % 7) {
      days.add(day + 1);
      if (day === to) break;
    }
  }
  return [...days].sort((a, b) => a - b);
}

/** `mon-sat 10:00-18:00` or `10:00-18:00`. */
export function parseWindow(text: string): { days?: number[]; from: number; to: number } | undefined {
  const [first, second, ...more] = text.trim().split(/\s+/);
  if (more.length > 0) return undefined;
  if (second === undefined) return parseRange(first ?? "");
  const days = parseDays(first ?? "");
  const range = parseRange(second);
  return days === undefined || range === undefined ? undefined : { days, ...range };
}

export const isDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && isoDay(text) === text;

const isoDay = (text: string): string => new Date(Date.parse(text)).toISOString().slice(0, 10);

export const clockText = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

// Rates and shares -----------------------------------------------------------------------------------------------

const NAMED: Readonly<Record<string, string>> = { hour: "1h", day: "1d", week: "7d", month: "30d" };

/** `2 per 24h`: at most so many in any sliding window. */
export function parseRate(text: string): Reading<Pick<Cap, "count" | "window">> {
  const match = /^(\d+)\s+per\s+(\S+)$/.exec(text.trim());
  const window = match === null ? undefined : parseMillis(match[2] as string);
  if (match !== null && window !== undefined && "value" in window && window.value > 0) {
    return { value: { count: Number(match[1]), window: window.value } };
  }
  const loose = /^(\d+)\s*(?:per|\/|a|an|each)\s*(hour|day|week|month)$/.exec(text.trim());
  const meant = loose === null ? "" : ` Did you mean "${loose[1]} per ${NAMED[loose[2] as string]}"?`;
  return wrong("bad-rate", `"${text}" is not a rate.${meant === "" ? " Write: 2 per 24h." : meant}`);
}

/** `25%` as .25. */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text.trim());
  if (match === null) return undefined;
  const share = Number(match[1]) / 100;
  return share <= 1 ? Math.round(share * 1e6) / 1e6 : undefined;
}
