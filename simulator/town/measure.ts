// Runs many lives under the reference policies and counts what the base rates speak of. For tests and calibration.

import { DAY, HOUR, type Instant, MINUTE } from "../../src/kernel/time.ts";
import { u } from "../chance.ts";
import type { TownEvent, TownMessage } from "./event.ts";
import type { Source } from "./parameters.ts";
import { openTown, type Town } from "./town.ts";

export type Policy = "light" | "standard" | "intensive";

/** Hours after birth of each treatment. */
function scheduleOf(policy: Policy, days: number): { channel: TownMessage["channel"]; after: number }[] {
  const every = (channel: TownMessage["channel"], from: number, step: number) => {
    const list = [];
    for (let day = from; day < days; day += step) list.push({ channel, after: Math.floor(day * DAY) + 15 * HOUR });
    return list;
  };
  const on = (channel: TownMessage["channel"], list: readonly number[]) =>
    list.filter((day) => day < days).map((day) => ({ channel, after: day * DAY + 20 * MINUTE }));
  if (policy === "light") return [...on("sms", [0]), ...every("email", 1, 10)];
  if (policy === "standard")
    return [...on("call", [0, 1, 3, 7]), ...on("sms", [0, 1, 4, 8]), ...every("sms", 22, 14), ...every("email", 2, 7)];
  return [
    ...on("call", [0, 1, 2, 3, 5, 7, 10, 14, 21]),
    ...on("sms", [0]),
    ...every("sms", 6, 6),
    ...every("email", 1, 4),
  ];
}

export interface Story {
  readonly key: number;
  readonly source: Source;
  readonly policy: Policy;
  readonly born: Instant;
  readonly sent: Readonly<Record<"email" | "sms" | "call", number>>;
  readonly events: readonly TownEvent[];
  /** Awake at the end of each day. */
  readonly awake: readonly boolean[];
  readonly reached: Instant | undefined;
  readonly bought: boolean;
  readonly treatments: readonly { readonly channel: string; readonly delivered: boolean }[];
}

/** One lead, from birth to `days` later. Policies are drawn 30/40/30 unless one is given. */
export function live({
  seed,
  key,
  born,
  days,
  policy = drawn(seed, key),
}: {
  seed: number;
  key: number;
  born: Instant;
  days: number;
  policy?: Policy;
}): Story {
  const town = openTown({ seed, zone: "America/Chicago" });
  const lead = town.add(key, born);
  const events: TownEvent[] = [];
  const awake: boolean[] = [];
  const sent = { email: 0, sms: 0, call: 0 };
  const treatments: { channel: string; delivered: boolean }[] = [];
  const plan = scheduleOf(policy, days).sort((a, b) => a.after - b.after);
  let next = 0;
  for (let day = 0; day < days; day += 1) {
    const end = born + (day + 1) * DAY;
    for (let step = plan[next]; step !== undefined && born + step.after < end; step = plan[next]) {
      events.push(...town.advance(born + step.after));
      treatments.push({ channel: step.channel, delivered: treat(town, key, born, step, next) });
      sent[step.channel as "email"] += treatments.at(-1)?.delivered ? 1 : 0;
      next += 1;
    }
    events.push(...town.advance(end));
    awake.push(town.standing(key)?.awake ?? false);
  }
  const standing = town.standing(key);
  return {
    key,
    source: lead.source,
    policy,
    born,
    sent,
    events,
    awake,
    reached: standing?.reached,
    bought: standing?.bought ?? false,
    treatments,
  };
}

function treat(
  town: Town,
  key: number,
  born: Instant,
  step: { channel: TownMessage["channel"]; after: number },
  n: number,
): boolean {
  const at = born + step.after;
  const message: TownMessage = {
    id: `${step.channel}-${n}`,
    channel: step.channel,
    at,
    relevance: 0,
    links: ["https://homes.example.com/a", "https://homes.example.com/b"],
  };
  return town.receive(key, message) ?? false;
}

const drawn = (seed: number, key: number): Policy => {
  const draw = u(seed, key, "policy");
  return draw < 0.3 ? "light" : draw < 0.7 ? "standard" : "intensive";
};
