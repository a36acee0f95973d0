// Days on which some states allow no solicitation. Pure.

import { DAY } from "../../kernel/time.ts";
import holidayRules from "./data/holidays.json" with { type: "json" };
import type { LocalDay } from "./rules.ts";

interface HolidayRow {
  readonly states: string | readonly string[];
  readonly month?: number;
  readonly day?: number;
  readonly weekday?: number;
  readonly week?: number;
  readonly after?: number;
  readonly easter?: number;
}

const HOLIDAYS: readonly HolidayRow[] = holidayRules.rows;

/** Whether a state that keeps holidays free keeps this one. Both a weekend holiday and its observed weekday count. */
export function isHoliday(day: LocalDay, state: string): boolean {
  const date = Date.UTC(day.year, day.month - 1, day.day);
  return HOLIDAYS.filter((row) => row.states === "all" || row.states.includes(state)).some((row) =>
    // New Year's Day of the next year may be observed on December 31.
    [day.year, day.year + 1].some((year) => {
      const on = dayOf(row, year);
      if (on === date) return true;
      if (row.day === undefined) return false;
      const weekday = new Date(on).getUTCDay();
      return (weekday === 6 && on - DAY === date) || (weekday === 0 && on + DAY === date);
    }),
  );
}

function dayOf(row: HolidayRow, year: number): number {
  if (row.easter !== undefined) return easter(year) + row.easter * DAY;
  const month = (row.month as number) - 1;
  if (row.day !== undefined) return Date.UTC(year, month, row.day);
  const weekday = (row.weekday as number) % 7;
  const week = row.week as number;
  const from = week > 0 ? Date.UTC(year, month, 1 + (week - 1) * 7) : Date.UTC(year, month + 1, -6);
  const ahead = (weekday - new Date(from).getUTCDay() + 7) % 7;
  return from + (ahead + (row.after ?? 0)) * DAY;
}

/** Easter Sunday of the Gregorian calendar (Meeus, Jones, Butcher), as UTC midnight. */
function easter(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return Date.UTC(year, Math.floor(f / 31) - 1, (f % 31) + 1);
}
