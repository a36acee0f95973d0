// What is kept of a message that leaves, to show later why it might: one plain record, chained by who keeps it. Pure but
// for its hashes.

import { sha256 } from "../../kernel/ids.ts";
import { canonicalJson, type JsonObject } from "../../kernel/json.ts";
import type { Instant } from "../../kernel/time.ts";
import { zoneDataVersion } from "../../kernel/zone.ts";
import type { ChannelName } from "../../leads/index.ts";
import type { Verdict } from "../message.ts";
import { rulesOf } from "../scene.ts";
import type { OutboxEntry } from "../sending/outbox.ts";
import type { AddressRef } from "../sending/sending.ts";
import { RULES_DATE } from "./rules.ts";

/** One message, at the moment in which it was let go. */
export interface Proof {
  readonly lead: string;
  readonly message: string;
  readonly at: Instant;
  readonly body: JsonObject;
}

interface Leaving {
  readonly entry: OutboxEntry;
  readonly channel: ChannelName | undefined;
  readonly address?: AddressRef;
  readonly verdicts?: readonly Verdict[];
}

/** @param real the database's real time, beside the domain's */
export function proofOf(
  { entry: { row, message }, channel, address, verdicts }: Leaving,
  { now, real }: { readonly now: Instant; readonly real: Instant },
): Proof | undefined {
  if (row.kind !== "message" || message === undefined || channel === undefined) return undefined;
  const { purpose, workflow } = rulesOf(row);
  // our own number or address; absent: the CRM picked it
  const from = message.rendered[channel]?.from;
  const body = {
    ...{ message: row.id, attempt: row.attempt + 1, at: now, real, channel, purpose, sender: "automation" },
    // the keyed hash of the number or address, under which opt-outs are kept
    ...(address === undefined ? {} : { address: address.hash }),
    workflow,
    ...(row.run === undefined ? {} : { run: row.run }),
    ...(row.path === undefined ? {} : { step: row.path }),
    ...{ template: message.template, templateHash: message.templateHash },
    ...(from === undefined ? {} : { from }),
    text: sha256(canonicalJson((message.rendered[channel] ?? {}) as unknown as JsonObject)),
    decided: message.decided.filter((one) => one.channel === undefined || one.channel === channel),
    checked: verdicts ?? [],
    ...{ rules: RULES_DATE, zones: zoneDataVersion },
  };
  return { lead: row.lead, message: row.id, at: now, body: JSON.parse(JSON.stringify(body)) as JsonObject };
}
