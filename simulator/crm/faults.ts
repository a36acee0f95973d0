// What goes wrong, on request: each kind with a probability, drawn from the seed and the number of the request, the
// contact or the message. One draw decides between the kinds of a group, so that their chances add up.

import { z } from "zod";
import { u } from "../chance.ts";

const chance = z.number().min(0).max(1).default(0);
const delayed = z.strictObject({ chance: z.number().min(0).max(1), ms: z.number().min(0).max(600_000) }).optional();

/** Nothing is done, and the answer says so. */
const BEFORE = [
  "throttle",
  "throttleDaily",
  "unauthorized",
  "forbidden",
  "ramp",
  "unknownProperty",
  "quoting",
] as const;
/** Nothing is done, and the answer does not say so. */
const UNSAID = ["failBefore", "resetBefore"] as const;
/** It is done, and the answer does not say so. */
const AFTER = ["failAfter", "drop", "truncated", "unreadable", "refusedAfter"] as const;
const KINDS = [...BEFORE, ...UNSAID, ...AFTER] as const;

export const FaultPlan = z.strictObject({
  /** Which requests: sends only, all that write, or every operation. */
  on: z.enum(["messages", "writes", "all"]).default("messages"),
  /** 429 although the budget has room; `throttleDaily`: and the day's is said to be spent, with a Retry-After of a second. */
  throttle: chance,
  throttleDaily: chance,
  /** 401 for a token that is good. */
  unauthorized: chance,
  /** 403: the scope is said to be missing. */
  forbidden: chance,
  /** 422: over the day's limit of texts; a property that should not exist. */
  ramp: chance,
  unknownProperty: chance,
  /** 422, in words that quote what was asked, and what it keeps of the contact. */
  quoting: chance,
  /** 500, nothing done. */
  failBefore: chance,
  /** The connection breaks, nothing done. */
  resetBefore: chance,
  /** Done, and then 500. */
  failAfter: chance,
  /** Done, and then the connection breaks without an answer. */
  drop: chance,
  /** Done, and the answer breaks off in the middle. */
  truncated: chance,
  /** Done, and 200 with the page of a proxy. */
  unreadable: chance,
  /** Done, and then 422 in words that nobody documents. */
  refusedAfter: chance,
  /** Waits before it does anything: beyond the sender's patience it is done all the same. */
  slow: delayed,
  /** Done at once, answered so much later: receipts overtake the answer. */
  late: delayed,
  /** What is true of some contacts, whatever is asked: 404; 422 for do-not-disturb; 422 for the number, on texts alone. */
  contacts: z.strictObject({ gone: chance, dnd: chance, badNumber: chance }).optional(),
  /** A fresh message or conversation is not found for so long. */
  lagMs: z.number().min(0).max(600_000).default(0),
  /** How far ahead (or behind) its clock is: its Date header, and every stamp that it sets. */
  skewMs: z.number().min(-3_600_000).max(3_600_000).default(0),
  /** What the carrier says of a message that was taken. */
  receipts: z.strictObject({ failed: chance, undelivered: chance }).optional(),
  webhooks: z
    .strictObject({ lost: chance, duplicate: chance, delay: delayed, reorder: chance })
    .default({ lost: 0, duplicate: 0, reorder: 0 }),
});

export type FaultPlan = z.infer<typeof FaultPlan>;

export const NO_FAULTS: FaultPlan = FaultPlan.parse({});

export type RequestFault = (typeof KINDS)[number] | undefined;

/** Whether the operation acts although the sender is not told that it did. */
export const actsAll = (fault: RequestFault): boolean => (AFTER as readonly string[]).includes(fault ?? "");

export interface Asked {
  readonly isSend: boolean;
  readonly isWrite: boolean;
}

const concerns = ({ on }: FaultPlan, { isSend, isWrite }: Asked): boolean =>
  on === "all" || (on === "writes" ? isWrite : isSend);

/** What happens to request number `n`. */
export function requestFault(plan: FaultPlan, seed: number, n: number, asked: Asked): RequestFault {
  if (!concerns(plan, asked)) return undefined;
  return drawn(KINDS, plan, u(seed, n, "fault/request"));
}

/** Real milliseconds that it waits before it acts, and before it answers. */
export function slowness(plan: FaultPlan, seed: number, n: number, asked: Asked): { before: number; after: number } {
  const wait = (name: "slow" | "late") => {
    const wish = plan[name];
    return wish !== undefined && concerns(plan, asked) && u(seed, n, `fault/${name}`) < wish.chance ? wish.ms : 0;
  };
  return { before: wait("slow"), after: wait("late") };
}

/** What is wrong with a contact, for good. */
export function contactFault({ contacts }: FaultPlan, seed: number, contact: string) {
  if (contacts === undefined || contact === "") return undefined;
  return drawn(["gone", "dnd", "badNumber"] as const, contacts, u(seed, 0, `fault/contact/${contact}`));
}

/** What the carrier says in the end. */
export function receiptFault({ receipts }: FaultPlan, seed: number, message: string) {
  if (receipts === undefined) return undefined;
  return drawn(["failed", "undelivered"] as const, receipts, u(seed, 0, `fault/receipt/${message}`));
}

function drawn<Kind extends string>(
  kinds: readonly Kind[],
  chances: Readonly<Record<Kind, number>>,
  draw: number,
): Kind | undefined {
  let rest = draw;
  for (const kind of kinds) {
    if (rest < chances[kind]) return kind;
    rest -= chances[kind];
  }
  return undefined;
}
