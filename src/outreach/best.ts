// The channel a lead answers on. Pure, and as simple as it can be told: where they last wrote to us; if they never wrote,
// e-mail for who opens or clicks. What is older than a season says nothing.

import { DAY, type Instant, type Millis } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";

/** What a lead has shown of its habits. */
export interface Habits {
  /** When it last wrote, by channel. */
  readonly wrote?: Readonly<Partial<Record<ChannelName, Instant>>>;
  /** When it, and no machine, last opened or clicked an e-mail of ours. */
  readonly read?: Instant;
}

const SEASON: Millis = 90 * DAY;

/** Undefined: nothing is known. Of several channels the one used last. */
export function bestChannel({ wrote = {}, read }: Habits, now: Instant): ChannelName | undefined {
  const recent = (Object.entries(wrote) as [ChannelName, Instant][])
    .filter(([, at]) => at > now - SEASON)
    .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  return recent[0]?.[0] ?? (read !== undefined && read > now - SEASON ? "email" : undefined);
}

/** The best channel first where it is among them, the others in their order. */
export function bestFirst(channels: readonly ChannelName[], habits: Habits, now: Instant): readonly ChannelName[] {
  const best = bestChannel(habits, now);
  if (best === undefined || !channels.includes(best)) return channels;
  return [best, ...channels.filter((channel) => channel !== best)];
}
