// Times and numbers as the reader writes them.

const locale = typeof navigator === "undefined" ? "en-US" : navigator.language;

const clockFormat = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const secondsFormat = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit", second: "2-digit" });
const weekdayFormat = new Intl.DateTimeFormat(locale, { weekday: "short" });
const dayFormat = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric" });
const longDayFormat = new Intl.DateTimeFormat(locale, { weekday: "long", month: "short", day: "numeric" });
const fullFormat = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "long" });
const count = new Intl.NumberFormat(locale);
const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });

const lower = (text: string) => text.replace(/\s?([AP])M/, (_, half: string) => (half === "A" ? " am" : " pm"));
const sameDay = (a: number, b: number) => new Date(a).toDateString() === new Date(b).toDateString();

/** `9:41:07`: for the feed, where seconds tell one row from the next. */
export const feedTime = (at: number): string => secondsFormat.format(at).replace(/\s?[AP]M$/i, "");
export const clock = (at: number): string => lower(clockFormat.format(at));
export const full = (at: number): string => fullFormat.format(at);

const DAY = 86_400_000;

/** `now`, `12m ago`, `9:41 am`, `Thu 9:41 am`, `Nov 19`. Future moments are never "ago". */
export function moment(at: number, now: number): string {
  const past = now - at;
  if (past >= 0 && past < 60_000) return "now";
  if (past >= 0 && past < 3_600_000) return `${Math.floor(past / 60_000)}m ago`;
  if (sameDay(at, now)) return clock(at);
  if (Math.abs(past) < 6 * DAY) return `${weekdayFormat.format(at)} ${clock(at)}`;
  return dayFormat.format(at);
}

/** The heading of a day in a timeline. */
export function day(at: number, now: number): string {
  if (sameDay(at, now)) return "today";
  if (sameDay(at, now - DAY)) return "yesterday";
  return Math.abs(now - at) < 6 * DAY ? weekdayFormat.format(at) : longDayFormat.format(at);
}

export const number = (n: number): string => (n >= 10_000 ? compact.format(n) : count.format(n));

/** `38s`, `2m 38s`, `1h 05m`, `3d 4h`; below a second in milliseconds. */
export function length(ms: number): string {
  const pad = (n: number) => String(n).padStart(2, "0");
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const s = Math.floor(ms / 1_000);
  if (s < 60) return `${s}s`;
  if (s < 3_600) return `${Math.floor(s / 60)}m ${pad(s % 60)}s`;
  if (s < 86_400) return `${Math.floor(s / 3_600)}h ${pad(Math.floor((s % 3_600) / 60))}m`;
  return `${Math.floor(s / 86_400)}d ${Math.floor((s % 86_400) / 3_600)}h`;
}

export function bytes(n: number): string {
  if (n < 1_000_000_000) return `${count.format(Math.round(n / 1_000_000))} MB`;
  return `${(n / 1_000_000_000).toFixed(1)} GB`;
}
