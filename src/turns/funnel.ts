// What is counted of a message's way: each fact once, when it is first told, on the channel it was told of, and taken back
// where a later one shows that it was none (a click that turns out a scanner's); and what the
// lead did about it, for itself and for the location (`habit.…`, by channel; `slot.…`, by channel and the hours at which it left).

import { localTime } from "../kernel/zone.ts";
import { changeOf, type Delivery, type Leg, legsOf, type OutboxEntry, plus, type Told } from "../outreach/index.ts";
import { plusSlot, slotKey, slotOf } from "../scoring/index.ts";
import { count, type Desk } from "./desk.ts";

/**
 * Compares a message with what it was before; absent: it is new. What is only rehearsed counts for nothing. Counted under
 * `funnel.<what was told>` and `funnel.decided`, by `<channel>/<workflow>/<template>`.
 */
export function countWay(desk: Desk, before: Delivery | undefined, { row, message }: OutboxEntry): void {
  if (row.kind !== "message" || message === undefined || row.state === "shadow") return;
  const of = (channel: string) => `${channel}/${row.workflow ?? ""}/${message.template}`;
  if (before === undefined) count(desk, "funnel.decided", of(row.channels[row.place] ?? ""));
  const old = before === undefined ? {} : legsOf(before);
  for (const [channel, leg] of Object.entries(legsOf(message.delivery)) as [keyof typeof old, Leg][]) {
    const earlier = old[channel] ?? {};
    for (const told of new Set([...Object.keys(leg), ...Object.keys(earlier)] as Told[])) {
      const change = (leg[told] === undefined ? 0 : 1) - (earlier[told] === undefined ? 0 : 1);
      if (change !== 0) count(desk, `funnel.${told}`, of(channel), change);
    }
    countHabit(desk, channel, old[channel], leg);
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
