// Runs many lives under the reference policies and counts what the base rates speak of. For tests and calibration.

import { DAY, type Instant } from "../../src/kernel/time.ts";
import { chanceOf } from "../chance.ts";
import type { TownEvent } from "./event.ts";
import type { Source } from "./parameters.ts";
import { drawn, messageOf, type Policy, scheduleOf } from "./policies.ts";
import { openTown } from "./town.ts";

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
  policy = drawn(chanceOf(seed, key)).policy,
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
  const plan = { entered: born, prefix: "", relevance: 0 };
  const steps = scheduleOf(policy, days);
  let next = 0;
  for (let day = 0; day < days; day += 1) {
    const end = born + (day + 1) * DAY;
    for (let step = steps[next]; step !== undefined && born + step.after < end; step = steps[next]) {
      events.push(...town.advance(born + step.after));
      treatments.push({ channel: step.channel, delivered: town.receive(key, messageOf(step, plan)) ?? false });
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
