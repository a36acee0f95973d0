// What a bounce says of the address it came from. Pure.

import { DAY, type Instant } from "../../kernel/time.ts";
import bounces from "../law/data/bounces.json" with { type: "json" };
import type { AddressFault, AddressFaults } from "../message.ts";

/**
 * address: there is no such mailbox. mailbox: it is full, or shut for a while. network, content: nobody's address is wrong.
 * policy: the receiver refuses the sender. unknown: a permanent failure without a code we know.
 */
export type BounceClass = "address" | "mailbox" | "network" | "policy" | "content" | "unknown";

/** So many that prove nothing alone, over so long, and the address is given up. Source: compliance facts 3 (soft bounces). */
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
  fault: AddressFault | undefined,
  { at, detail = "bounced" }: { readonly at: Instant; readonly detail?: string | undefined },
): AddressFault | undefined {
  switch (bounceClass(detail)) {
    case "address":
    case "unknown":
      return { badAt: at, detail };
    case "mailbox":
      return afterDoubt(fault, { at, detail });
    default:
      return undefined;
  }
}

/** What is kept after a mailbox was full, or a refusal that may be for the address' sake: so many, so long apart, and it is. */
export function afterDoubt(
  fault: AddressFault | undefined,
  { at, detail }: { readonly at: Instant; readonly detail: string },
): AddressFault {
  if (fault?.badAt !== undefined) return fault;
  const doubts = [...new Set([...(fault?.doubts ?? []), at])].sort((a, b) => a - b).slice(-10);
  const given = doubts.length >= SOFT.bounces && at - (doubts[0] as Instant) >= SOFT.over;
  return given ? { badAt: at, detail } : { detail, doubts };
}

/** The faults of an address with what was learned; undefined where there are none. */
export function withFaults(
  before: AddressFaults | undefined,
  learned: AddressFaults | null | undefined,
): AddressFaults | undefined {
  const now = learned === null ? {} : { ...before, ...learned };
  return Object.keys(now).length === 0 ? undefined : now;
}
