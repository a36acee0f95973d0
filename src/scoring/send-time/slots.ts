// Messages by the time of day at which they left: a channel, a weekday or a day of the weekend, and two hours. What is kept
// of a lead is at most a pair of counts for each, whatever it lives through.

import type { LocalTime } from "../../kernel/zone.ts";

/** Hours of a slot. Ours, as Ometria's: shorter ones say nothing for years, longer ones little at all. */
export const SLOT_HOURS = 2;

/** `d9`: a weekday from 18 to 20 o'clock; `e0`: Saturday or Sunday from midnight to 2. */
export type Slot = string;

export const slotOf = ({ weekday, minute }: Pick<LocalTime, "weekday" | "minute">): Slot =>
  `${weekday >= 6 ? "e" : "d"}${Math.floor(minute / (60 * SLOT_HOURS))}`;

/** Messages on one channel in one slot: how many the provider took, how many of them were answered. */
export type Count = readonly [sent: number, answered: number];

/** By `<channel>/<slot>`. */
export type SlotCounts = Readonly<Record<string, Count>>;

export const slotKey = (channel: string, slot: Slot): string => `${channel}/${slot}`;

/** With so much more; what comes to nothing is left out. */
export function plusSlot(counts: SlotCounts, key: string, sent: number, answered: number): SlotCounts {
  const [before = 0, of = 0] = counts[key] ?? [];
  const next: Count = [before + sent, of + answered];
  if (next[0] !== 0 || next[1] !== 0) return { ...counts, [key]: next };
  const { [key]: _, ...rest } = counts;
  return rest;
}

export interface Totals {
  readonly sent: number;
  readonly answered: number;
}

/** What is counted on each channel, at all hours together. */
export function byChannel(counts: SlotCounts): ReadonlyMap<string, Totals> {
  const totals = new Map<string, Totals>();
  for (const [key, [sent, answered]] of Object.entries(counts)) {
    const channel = key.slice(0, key.lastIndexOf("/"));
    const { sent: s, answered: a } = totals.get(channel) ?? { sent: 0, answered: 0 };
    totals.set(channel, { sent: s + sent, answered: a + answered });
  }
  return totals;
}

const DAYS: Readonly<Record<string, string>> = { d: "weekdays", e: "weekends" };

/** "weekdays 18:00 to 20:00" */
export function slotWords(slot: Slot): string {
  const from = Number(slot.slice(1)) * SLOT_HOURS;
  const clock = (hour: number) => `${String(hour).padStart(2, "0")}:00`;
  return `${DAYS[slot.charAt(0)] ?? ""} ${clock(from)} to ${clock(from + SLOT_HOURS)}`;
}
