// What a location's turns are decided with beyond its folder: the models that score there, and what its leads did about
// messages, by channel and by hour. In memory it grows as the database's counts do.

import { channelRates, slotRates } from "../insights/index.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Millis } from "../kernel/time.ts";
import { HOUR } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import type { Habits } from "../outreach/index.ts";
import { openLiveModels, plusSlot, type Scorers, type SlotCounts } from "../scoring/index.ts";
import type { Decided, Scene } from "../turns/index.ts";

export interface LiveHere {
  /** Absent: the rules. */
  readonly scorers?: Scorers;
  readonly rates: Habits;
  readonly slots: SlotCounts;
}

/** Where nobody knows a location yet. */
export const NOTHING_LIVE: LiveHere = { rates: {}, slots: {} };

/** @param refused told of a model that is live and cannot score: the rules answer in its place */
export async function liveHere(
  sql: Sql,
  location: string,
  refused: (model: string, reason: string) => void,
): Promise<LiveHere> {
  const models = openLiveModels({ clock: { elapsed: () => 0 }, refused: (_, model, reason) => refused(model, reason) });
  const scorers = await models.of(sql, location);
  return {
    ...(scorers === undefined ? {} : { scorers }),
    rates: await channelRates(sql, location),
    slots: await slotRates(sql, location),
  };
}

/** How long a count goes unseen in memory. A process reads them every ten minutes. */
export const COUNTED_EVERY: Millis = HOUR;

export interface Counting {
  note(outcome: Decided): void;
  /** The scene with what is counted by now. */
  onto(scene: Scene): Scene;
}

/** Goes on counting from what a location has. */
export function openCounting({ scorers, ...known }: LiveHere): Counting {
  let { slots } = known;
  let rates = known.rates;
  return {
    note({ deltas }) {
      for (const { metric, dimension, amount } of deltas) {
        const [kind, what] = metric.split(".");
        const [sent, answered] = what === "sent" ? [amount, 0] : [0, amount];
        if (kind === "slot") slots = plusSlot(slots, dimension, sent, answered);
        if (kind === "habit") rates = withHabit(rates, dimension as ChannelName, what as Habit, amount);
      }
    },
    onto: (scene) => ({
      ...scene,
      ...(scorers === undefined ? {} : { scorers }),
      // a scene has them where some workflow asks
      ...(scene.rates === undefined ? {} : { rates }),
      ...(scene.slots === undefined ? {} : { slots }),
    }),
  };
}

type Habit = "sent" | "answered" | "opened";

function withHabit(rates: Habits, channel: ChannelName, habit: Habit, by: number): Habits {
  const before = rates[channel] ?? { sent: 0, answered: 0, opened: 0 };
  return { ...rates, [channel]: { ...before, [habit]: before[habit] + by } };
}
