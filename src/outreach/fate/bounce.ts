// What a bounce says of the address it came from. Pure.

import type { JsonObject } from "../../kernel/json.ts";
import { DAY, type Instant } from "../../kernel/time.ts";
import bounces from "../law/data/bounces.json" with { type: "json" };
import type { AddressFact } from "../message.ts";

/**
 * address: there is no such mailbox. mailbox: it is full, or shut for a while. network, content: nobody's address is wrong.
 * policy: the receiver refuses the sender. unknown: a permanent failure without a code we know.
 */
export type BounceClass = "address" | "mailbox" | "network" | "policy" | "content" | "unknown";

/** So many soft bounces, over so long, and the mailbox is given up. */
const SOFT = { bounces: 3, over: 7 * DAY };

const CODES = bounces.rows
  .flatMap((row) => row.codes.map((code) => ({ code, class: row.class as BounceClass })))
  .toSorted((a, b) => b.code.length - a.code.length);

/** @param detail the provider's word; its enhanced status code (RFC 3463) counts */
export function bounceClass(detail: string | undefined): BounceClass {
  const code = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(detail ?? "")?.[0];
  if (code === undefined) return "unknown";
  return (
    CODES.find((one) => (one.code.endsWith(".") ? code.startsWith(one.code) : code === one.code))?.class ?? "unknown"
  );
}

/** What is kept of an address after a bounce; undefined: it is not at fault. */
export function afterBounce(
  fact: AddressFact | undefined,
  {
    at,
    detail = "bounced",
    channel,
  }: { readonly at: Instant; readonly detail?: string | undefined; readonly channel: string },
): { readonly bouncedAt?: Instant; readonly bounce: JsonObject } | undefined {
  const kind = bounceClass(detail);
  switch (kind) {
    case "address":
    case "unknown":
      return { bouncedAt: at, bounce: { detail, channel } };
    case "mailbox": {
      const before = (fact?.bounce?.["soft"] ?? []) as readonly Instant[];
      const soft = [...new Set([...before, at])].sort((a, b) => a - b).slice(-10);
      const bounce = { detail, channel, soft };
      const given = soft.length >= SOFT.bounces && at - (soft[0] as Instant) >= SOFT.over;
      return given ? { bouncedAt: at, bounce } : { bounce };
    }
    default:
      return undefined;
  }
}
