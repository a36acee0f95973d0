// The tables of hours, caps and emergencies, read: which rows bind at an instant. Pure.

import type { Instant } from "../../kernel/time.ts";
import type { Weekday } from "../../kernel/zone.ts";
import shippedHolds from "./data/holds.json" with { type: "json" };
import quietHours from "./data/quiet-hours.json" with { type: "json" };
import { type Dated, dateOf, inForceOn } from "./dated.ts";
import { type Place, statesIn } from "./zones.ts";

/** How the law sees a channel. WhatsApp counts as a text; an automated voice call is a call and prerecorded. */
export type Medium = "text" | "call" | "prerecorded";

/** `statute`: the table, cell by cell. `careful`: narrower everywhere, and the default (compliance facts 1.3). */
export type Pack = "careful" | "statute";

export interface LocalDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: Weekday;
}

/** Local times, half-open, as `HH:MM-HH:MM`; null: closed. */
export type Hours = Readonly<Record<"mon-fri" | "sat" | "sun", string | null>>;

interface Cap {
  readonly count: number;
  readonly hours: number;
}

interface PackRow {
  readonly id: string;
  readonly hours?: Hours;
  readonly noSundays: readonly string[];
  readonly noHolidays: readonly string[];
  readonly cap?: Cap;
}

export interface StateRow extends Dated {
  readonly state: string;
  readonly covers: readonly string[];
  readonly hours: Hours;
  readonly holidays: string;
  readonly clock?: string;
  readonly cap?: Cap;
  readonly liftedBy?: LiftedBy;
}

/** What a law exempts: whoever consented, or had dealings with the company this many months ago at most. */
export interface LiftedBy {
  readonly consent?: boolean;
  readonly transactionMonths?: number;
  readonly inquiryMonths?: number;
}

/** Solicitation in a state stands still by day: an emergency. Dates are the state's own. */
export interface Hold {
  readonly state: string;
  readonly from: string;
  /** The first day on which it is allowed again; absent: until further notice. */
  readonly until?: string;
  readonly reason: string;
  readonly exceptions?: LiftedBy;
}

const PACKS: readonly PackRow[] = quietHours.packs;
export const LAWS: readonly StateRow[] = quietHours.rows;
export const FEDERAL_HOURS: Hours = quietHours.federal.hours;
export const SHIPPED_HOLDS: readonly Hold[] = shippedHolds.rows;

/** The day on which the tables were last compared with their sources: the version that a verdict names. */
export const RULES_DATE: string = quietHours.checkedOn;

export const packOf = (id: Pack): PackRow => PACKS.find((pack) => pack.id === id) as PackRow;

export const dateText = (day: LocalDay): string =>
  `${day.year}-${String(day.month).padStart(2, "0")}-${String(day.day).padStart(2, "0")}`;

/** The cap on solicitations over text, WhatsApp and voice together: the strictest of all places. */
export function houseCap(places: readonly Place[], pack: Pack, at: Instant): Cap | undefined {
  const states = new Set(places.flatMap((place) => (place.state === undefined ? statesIn(place.zone) : [place.state])));
  const own = LAWS.filter(
    (row) => states.has(row.state) && inForceOn(row, dateOf(at)) && row.covers.includes("text"),
  ).map((row) => row.cap);
  return [packOf(pack).cap, ...own]
    .filter((cap) => cap !== undefined)
    .sort((a, b) => a.count / a.hours - b.count / b.hours)[0];
}

/** What the law of a state exempts at an instant; undefined where it has no hours of its own, or exempts nobody. */
export const liftOf = (state: string, at: Instant): LiftedBy | undefined =>
  LAWS.find((row) => row.state === state && row.liftedBy !== undefined && inForceOn(row, dateOf(at)))?.liftedBy;
