// Instants and lengths in words, for sentences that many readers share. Zones are IANA ids.

import { DAY, HOUR, type Instant, MINUTE, type Millis, SECOND } from "../kernel/time.ts";

/** `38s`, `2m 38s`, `1h 05m`, `3d 4h`: two units at most. */
export function length(ms: Millis): string {
  const size = Math.max(0, ms);
  const pad = (n: number) => String(n).padStart(2, "0");
  if (size < SECOND) return `${Math.round(size)} ms`;
  if (size < MINUTE) return `${Math.floor(size / SECOND)}s`;
  if (size < HOUR) {
    const seconds = Math.floor((size % MINUTE) / SECOND);
    return seconds === 0 ? `${Math.floor(size / MINUTE)}m` : `${Math.floor(size / MINUTE)}m ${pad(seconds)}s`;
  }
  if (size < DAY) {
    const minutes = Math.floor((size % HOUR) / MINUTE);
    return minutes === 0 ? `${Math.floor(size / HOUR)}h` : `${Math.floor(size / HOUR)}h ${pad(minutes)}m`;
  }
  const hours = Math.floor((size % DAY) / HOUR);
  return hours === 0 ? `${Math.floor(size / DAY)}d` : `${Math.floor(size / DAY)}d ${hours}h`;
}

/** `24 hours`, `7 days`, `30 minutes`: a window as people say it. */
export function span(ms: Millis): string {
  const say = (n: number, unit: string) => `${n} ${unit}${n === 1 ? "" : "s"}`;
  if (ms % DAY === 0 && ms > DAY) return say(ms / DAY, "day");
  if (ms % HOUR === 0) return say(ms / HOUR, "hour");
  if (ms % MINUTE === 0) return say(ms / MINUTE, "minute");
  return length(ms);
}

/**
 * `9:41 am` on the day of `now`, `Thu 9:41 am` within a week, `Nov 19, 9:41 am` beyond.
 *
 * @param zone in which days and hours are read; an unknown one is read as UTC
 */
export function moment(at: Instant, now: Instant, zone: string): string {
  const clock = part(at, zone, { hour: "numeric", minute: "2-digit" }).replace(/\s?([AP])M$/, (_, half: string) =>
    half === "A" ? " am" : " pm",
  );
  const day = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  if (part(at, zone, day) === part(now, zone, day)) return clock;
  if (Math.abs(at - now) < 6 * DAY) return `${part(at, zone, { weekday: "short" })} ${clock}`;
  return `${part(at, zone, { month: "short", day: "numeric" })}, ${clock}`;
}

/** The same with seconds: for what a provider said and when. */
export const exact = (at: Instant, now: Instant, zone: string): string => {
  const seconds = part(at, zone, { second: "2-digit" }).padStart(2, "0");
  return moment(at, now, zone).replace(/(:\d\d)( [ap]m)$/, `$1:${seconds}$2`);
};

/** `Nov 19`, with the year when it is another than that of `now`. */
export function date(at: Instant, now: Instant, zone: string): string {
  const sameYear = part(at, zone, { year: "numeric" }) === part(now, zone, { year: "numeric" });
  return part(at, zone, { month: "short", day: "numeric", ...(sameYear ? {} : { year: "numeric" }) });
}

/** `America/Chicago` as `Central`: the name people use, from the reader's data, without "Standard Time". */
export function zoneName(zone: string): string {
  try {
    const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longGeneric" }).formatToParts(0);
    const name = parts.find((piece) => piece.type === "timeZoneName")?.value ?? zone;
    return name.replace(/ Time$/, "").replace(/ Standard$/, "");
  } catch {
    return zone;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Formats are kept: making one costs tens of microseconds. There are as many as zones times shapes in use. */
function part(at: Instant, zone: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${zone} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (format === undefined) {
    try {
      format = new Intl.DateTimeFormat("en-US", { ...options, timeZone: zone });
    } catch {
      format = new Intl.DateTimeFormat("en-US", { ...options, timeZone: "UTC" });
    }
    formats.set(key, format);
  }
  return format.format(at).replaceAll(" ", " ");
}
