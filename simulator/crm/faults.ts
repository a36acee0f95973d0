// What goes wrong, on request: each with a probability, drawn from the seed and the number of the request.

import { z } from "zod";
import { u } from "../chance.ts";

const chance = z.number().min(0).max(1).default(0);
const delayed = z.strictObject({ chance: z.number().min(0).max(1), ms: z.number().min(0).max(600_000) }).optional();

export const FaultPlan = z.strictObject({
  /** Which requests: sends only, or every operation. Storing faults (`drop`, `failAfter`) on other operations act after them too. */
  on: z.enum(["messages", "all"]).default("messages"),
  /** Done, and then the connection is destroyed without an answer. */
  drop: chance,
  /** 500, nothing done. */
  failBefore: chance,
  /** Done, and then 500. */
  failAfter: chance,
  /** 429 although the budget has room. */
  throttle: chance,
  slow: delayed,
  /** A fresh message or conversation is not found for so long. */
  lagMs: z.number().min(0).max(600_000).default(0),
  webhooks: z
    .strictObject({ lost: chance, duplicate: chance, delay: delayed, reorder: chance })
    .default({ lost: 0, duplicate: 0, reorder: 0 }),
});

export type FaultPlan = z.infer<typeof FaultPlan>;

export const NO_FAULTS: FaultPlan = FaultPlan.parse({});

export type RequestFault = "drop" | "failBefore" | "failAfter" | "throttle" | undefined;

/** What happens to request number `n`; one draw decides, so that the chances add up. */
export function requestFault(plan: FaultPlan, seed: number, n: number, isSend: boolean): RequestFault {
  if (plan.on === "messages" && !isSend) return undefined;
  let rest = u(seed, n, "fault/request");
  for (const name of ["drop", "failBefore", "failAfter", "throttle"] as const) {
    if (rest < plan[name]) return name;
    rest -= plan[name];
  }
  return undefined;
}

export function slowness(plan: FaultPlan, seed: number, n: number, isSend: boolean): number {
  if (plan.slow === undefined || (plan.on === "messages" && !isSend)) return 0;
  return u(seed, n, "fault/slow") < plan.slow.chance ? plan.slow.ms : 0;
}
