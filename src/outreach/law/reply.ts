// When a message that its step calls a reply is one: while what the lead said is recent. Pure.

import { HOUR, type Instant } from "../../kernel/time.ts";
import type { Purpose } from "../../workflows/index.ts";
import purposes from "./data/purposes.json" with { type: "json" };
import { ruleAt } from "./dated.ts";

/** @param wroteAt when the lead last wrote, called or asked, by whichever channel */
export function isAnswer(wroteAt: Instant | undefined, now: Instant): boolean {
  const hours = ruleAt(purposes.rows, "reply", now)?.value.hours ?? 0;
  return wroteAt !== undefined && now < wroteAt + hours * HOUR;
}

/** What a message counts as now: a switch in a workflow turns none of the house's rules off. */
export const countsAs = (purpose: Purpose, wroteAt: Instant | undefined, now: Instant): Purpose =>
  purpose === "reply" && !isAnswer(wroteAt, now) ? "marketing" : purpose;
