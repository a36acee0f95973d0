// After an attempt that was refused, or whose answer was lost: may it simply be made again, how often, and when? Pure.

import { chance } from "../../kernel/ids.ts";
import { MINUTE, type Millis, SECOND } from "../../kernel/time.ts";
import type { OutboxRow } from "../message.ts";
import type { OutboxEntry } from "../sending/outbox.ts";
import { isByWorkflow } from "./lookup.ts";

/** Done twice it is as if done once: a state is set, or the other side knows the identity. */
export function isRepeatable({ kind, body }: OutboxRow): boolean {
  switch (kind) {
    case "tag":
    case "update":
    case "assign":
    case "notify":
    case "webhook":
    case "crm_trigger":
    case "write_back":
      return true;
    case "opportunity":
      return body["opportunity"] !== undefined;
    case "highlevel_workflow":
      return body["action"] === "remove";
    default:
      return false;
  }
}

/** Whether it leaves something behind that a look-up would find. A workflow of the CRM shows nobody whom it was given. */
export const canBeSought = (entry: OutboxEntry): boolean =>
  entry.row.kind !== "highlevel_workflow" && !(entry.row.kind === "message" && isByWorkflow(entry));

const WAITS: readonly Millis[] = [SECOND, 5 * SECOND, 30 * SECOND, 2 * MINUTE, 5 * MINUTE];
/** Somewhat over half an hour: longer than the CRM is usually away. */
const MOST = 10;

/** How long before the nth repetition of what got no answer; undefined: there is none. */
export function unclearWait(row: OutboxRow, n: number): Millis | undefined {
  if (row.kind === "webhook" || row.kind === "crm_trigger") return refusedWait(row, n);
  return n > MOST ? undefined : WAITS[Math.min(n, WAITS.length) - 1];
}

/** The same of what was refused, or of a webhook that failed: its step says how often, doubling, with jitter. */
export function refusedWait({ id, body }: OutboxRow, n: number): Millis | undefined {
  const retry = body["retry"] as { readonly times: number; readonly every: Millis } | undefined;
  if (retry === undefined || n > retry.times) return undefined;
  return Math.ceil(retry.every * 2 ** (n - 1) * (1 + 0.1 * chance(id, String(n))));
}
