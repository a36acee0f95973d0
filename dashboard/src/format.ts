// Times and numbers as a reader meets them: times by the team's clock, as in the sentences beside them, with am and pm;
// numbers as the reader writes them.

import { zoneName } from "../../src/insights/moment.ts";

const locale = typeof navigator === "undefined" ? "en-US" : navigator.language;
/** Where the reader is. */
const HERE = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The words around times are English ones, on the pages and in what the server says. */
const shapes = (timeZone: string) => {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-US", { ...options, timeZone, hour12: true });
  return {
    zone: timeZone,
    clock: format({ hour: "numeric", minute: "2-digit" }),
    seconds: format({ hour: "numeric", minute: "2-digit", second: "2-digit" }),
    weekday: format({ weekday: "short" }),
    day: format({ month: "short", day: "numeric" }),
    longDay: format({ weekday: "long", month: "short", day: "numeric" }),
    fullDay: format({ dateStyle: "full" }),
    date: format({ year: "numeric", month: "2-digit", day: "2-digit" }),
  };
};

const mine = shapes(HERE);
/** Set once, before the first page is drawn: the team is the session's, as the language is the browser's. */
let team = mine;

/** From now on times are those of this zone; one that nobody knows is read as UTC, as the server reads it. */
export function readIn(zone: string): void {
  try {
    team = shapes(zone);
  } catch {
    team = shapes("UTC");
  }
}

const count = new Intl.NumberFormat(locale);
const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });

const lower = (text: string) => text.replace(/\s?([AP])M$/, (_, half: string) => (half === "A" ? " am" : " pm"));
const sameDay = (a: number, b: number) => team.date.format(a) === team.date.format(b);

/** Whether the reader's clock shows another time than the team's at an instant. */
const differs = (at: number) =>
  mine.clock.format(at) !== team.clock.format(at) || mine.date.format(at) !== team.date.format(at);

/** `9:41:07 am`: for the feed, where seconds tell one row from the next. */
export const feedTime = (at: number): string => lower(team.seconds.format(at));
export const clock = (at: number): string => lower(team.clock.format(at));

/** `Thursday, November 19, 2026, 9:41:07 am Central`, and what the reader's own clock shows where that is another time. */
export function full(at: number): string {
  const said = `${team.fullDay.format(at)}, ${feedTime(at)} ${zoneName(team.zone)}`;
  if (!differs(at)) return said;
  const day = mine.date.format(at) === team.date.format(at) ? "" : `${mine.weekday.format(at)} `;
  return `${said} · ${day}${lower(mine.clock.format(at))} ${zoneName(mine.zone)}, your time`;
}

/** Whose clock the times are of, for a reader whose own shows another time now; undefined where it is the same. */
export function elsewhere(now: number): { readonly name: string; readonly says: string } | undefined {
  if (!differs(now)) return undefined;
  const name = zoneName(team.zone);
  const [there, here] = [clock(now), lower(mine.clock.format(now))];
  return {
    name,
    says: `Times are the team's: ${name} (${team.zone}), now ${there}. Yours: ${zoneName(HERE)}, ${here}.`,
  };
}

const DAY = 86_400_000;

/** `now`, `12m ago`, `9:41 am`, `Thu 9:41 am`, `Nov 19`. Future moments are never "ago". */
export function moment(at: number, now: number): string {
  const past = now - at;
  if (past >= 0 && past < 60_000) return "now";
  if (past >= 0 && past < 3_600_000) return `${Math.floor(past / 60_000)}m ago`;
  if (sameDay(at, now)) return clock(at);
  if (Math.abs(past) < 6 * DAY) return `${team.weekday.format(at)} ${clock(at)}`;
  return team.day.format(at);
}

/** The heading of a day in a timeline. */
export function day(at: number, now: number): string {
  if (sameDay(at, now)) return "today";
  if (sameDay(at, now - DAY)) return "yesterday";
  return Math.abs(now - at) < 6 * DAY ? team.weekday.format(at) : team.longDay.format(at);
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

/** What a file is called, of its address: the last of its path. */
export function fileName(address: string): string {
  const last = URL.canParse(address) ? new URL(address).pathname.split("/").at(-1) : "";
  try {
    return decodeURIComponent(last ?? "") || address;
  } catch {
    return last || address; // a name that is no encoded text is shown as it stands
  }
}
