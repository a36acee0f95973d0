// What is counted of a message's way, by `<channel>/<workflow>/<template>`: as one message, however many channels it tries
// (`fate.…`, with no channel), and as an attempt on each of them (`funnel.…`). Each fact counts once, when it is first told, and is
// taken back where a later one shows that it was none (a click that turns out a scanner's). And what the lead did
// about it, for itself and for the location (`habit.…`, by channel; `slot.…`, by channel and the hours at which it left).

import { localTime } from "../kernel/zone.ts";
import {
  changeOf,
  type Delivery,
  fateOf,
  type Leg,
  legsOf,
  type OutboxEntry,
  plus,
  type Told,
} from "../outreach/index.ts";
import { plusSlot, slotKey, slotOf } from "../scoring/index.ts";
import { count, type Desk } from "./desk.ts";

/** Compares a message with what it was before; absent: it is new. What is only rehearsed counts for nothing. */
export function countWay(desk: Desk, before: OutboxEntry | undefined, { row, message }: OutboxEntry): void {
  if (row.kind !== "message" || message === undefined || row.state === "shadow") return;
  const of = (channel: string) => `${channel}/${row.workflow ?? ""}/${message.template}`;
  if (before === undefined) count(desk, "fate.decided", of(""));
  if (before === undefined || row.place > before.row.place)
    count(desk, "funnel.decided", of(row.channels[row.place] ?? ""));
  const delivery: Delivery = before?.message?.delivery ?? {};
  countChanges(desk, "fate", of(""), fateOf(delivery), fateOf(message.delivery));
  const old = legsOf(delivery);
  for (const [channel, leg] of Object.entries(legsOf(message.delivery)) as [keyof typeof old, Leg][]) {
    countChanges(desk, "funnel", of(channel), toldIn(old[channel] ?? {}), toldIn(leg));
    countHabit(desk, channel, old[channel], leg);
  }
}

/** What has not left does not leave: its run ended. */
export function countWithdrawn(desk: Desk, { row, message }: OutboxEntry): void {
  if (row.kind !== "message" || message === undefined) return;
  const of = (channel: string) => `${channel}/${row.workflow ?? ""}/${message.template}`;
  count(desk, "fate.withdrawn", of(""));
  count(desk, "funnel.withdrawn", of(row.channels[row.place] ?? ""));
}

const toldIn = (leg: Leg): ReadonlySet<Told> => new Set(Object.keys(leg) as Told[]);

function countChanges(
  desk: Desk,
  measure: "fate" | "funnel",
  of: string,
  before: ReadonlySet<Told>,
  after: ReadonlySet<Told>,
): void {
  for (const told of new Set([...after, ...before])) {
    const change = Number(after.has(told)) - Number(before.has(told));
    if (change !== 0) count(desk, `${measure}.${told}`, of, change);
  }
}

function countHabit(desk: Desk, channel: keyof Desk["habits"], before: Leg | undefined, after: Leg): void {
  const change = changeOf(before, after);
  const moved = Object.entries(change).filter(([, by]) => by !== 0);
  if (moved.length === 0) return;
  desk.habits = { ...desk.habits, [channel]: plus(desk.habits[channel], change) };
  for (const [what, by] of moved) count(desk, `habit.${what}`, channel, by);
  const left = (after.accepted ?? before?.accepted)?.at;
  if (left === undefined || (change.sent === 0 && change.answered === 0)) return;
  const slot = slotKey(channel, slotOf(localTime(left, desk.zone)));
  desk.slots = plusSlot(desk.slots, slot, change.sent, change.answered);
  if (change.sent !== 0) count(desk, "slot.sent", slot, change.sent);
  if (change.answered !== 0) count(desk, "slot.answered", slot, change.answered);
}
