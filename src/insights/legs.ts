// A message's channels as the API tells of them: where each stands, and who said so.

import type { JsonObject } from "../kernel/json.ts";
import { iso } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import type { Delivery, Fact, Told } from "../outreach/index.ts";
import type { LegView } from "./view.ts";
import { codeInWords } from "./words.ts";

/** Our own codes in words; the provider's word as it is. */
const inWords = (detail: string, channel: ChannelName): string => codeInWords(detail, channel) ?? detail;

/** Channels that nothing was told of are left out, but for the one it stands on. */
export function legViews(channels: readonly ChannelName[], place: number, delivery: JsonObject | null): LegView[] {
  const { legs = {}, stands = {} } = (delivery ?? {}) as Delivery;
  return channels.flatMap((channel, at) => {
    const leg = legs[channel];
    if (leg === undefined && at !== place) return [];
    const facts = (Object.entries(leg ?? {}) as [Told, Fact][])
      .toSorted(([, a], [, b]) => a.at - b.at)
      .map(([told, { at, by, detail }]) => ({
        ...{ told, at: iso(at), by },
        ...(detail === undefined ? {} : { detail: inWords(detail, channel) }),
      }));
    return [{ channel, state: stands[channel] ?? "pending", facts }];
  });
}
