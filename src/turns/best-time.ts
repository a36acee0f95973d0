// When a lead is written to, where a workflow leaves that open: what the location's messages and the lead's own say, else
// when the lead acts, else nothing.

import { bestTime, hourHabit, type Span } from "../behavior/index.ts";
import { chance } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import { sendTime, slotWords } from "../scoring/index.ts";
import type { BestTime } from "../workflows/index.ts";
import type { Desk } from "./desk.ts";

/** Nobody is written to in the house's night, whatever the channel (47 CFR 64.1200(c)(1) for calls and texts). */
const NIGHT = { from: 21 * 60, to: 8 * 60 };

export function bestTimeOf(desk: Desk, spans: readonly Span[]): BestTime | undefined {
  const acts = desk.behavior.acts ?? [];
  return counted(desk, spans) ?? ofActs(bestTime(acts, desk.zone, spans));
}

const ofActs = (at: number | undefined): BestTime | undefined =>
  at === undefined ? undefined : { at, hour: "own", known: {} };

function counted(desk: Desk, spans: readonly Span[]): BestTime | undefined {
  const { slots, seed, location, outreach } = desk.scene;
  if (slots === undefined || Object.keys(slots).length === 0) return undefined;
  record(desk);
  const hours = hourHabit(desk.behavior.acts ?? [], desk.zone);
  const found = sendTime(spans, {
    zone: desk.zone,
    own: desk.slots,
    location: slots,
    quiet: [NIGHT, ...outreach.house.quietHours],
    lot: (name) => chance(seed, location, desk.case.id, "best time", String(spans[0]?.from ?? 0), name),
    ...(hours === undefined ? {} : { habit: (slot) => habitIn(slot, hours) }),
  });
  if (found === undefined) return undefined;
  const { at, hour, slot, own, location: there, overall } = found;
  const known = {
    slot: slotWords(slot),
    sent: there.sent,
    answered: there.answered,
    all_sent: overall.sent,
    all_answered: overall.answered,
    own_sent: own.sent,
    own_answered: own.answered,
  };
  return { at, hour, known };
}

/** The mean of a slot's two hours: `d9` is 18 and 19 o'clock of a weekday. */
function habitIn(slot: string, hours: (hour: number) => number): number {
  const first = (slot.startsWith("e") ? 24 : 0) + 2 * Number(slot.slice(1));
  return (hours(first) + hours(first + 1)) / 2;
}

/** What the location's leads did is no part of the lead: a turn that looks at it records it, to be decided again alike. */
function record(desk: Desk): void {
  const { slots = {} } = desk.scene;
  const before = desk.inputs.some(({ found }) => (found as JsonObject | undefined)?.["slots"] !== undefined);
  if (!before) desk.inputs.push({ found: { slots: slots as unknown as JsonObject } });
}
