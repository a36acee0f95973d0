// What a turn records of what it was given, so that it can be decided again: its mail as it came, and what others than
// the lead's own turns have written since its last one. What its own turns left is not recorded twice.

import type { Mail } from "../events/index.ts";
import type { ExperimentState } from "../experiments/index.ts";
import { sha256 } from "../kernel/ids.ts";
import { canonicalJson, type JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import type { AddressFacts, Habits, Refusals } from "../outreach/index.ts";
import type { SlotCounts } from "../scoring/index.ts";
import type { LeadCase } from "./case.ts";

/**
 * `addresses`: what is known of its number and address, where that is not what the last turn found. `outbox`: where the
 * turn found each row, since the sender moves them. `latest`: the messages that a reply could be to.
 */
export interface Found {
  readonly addresses?: AddressFacts;
  readonly outbox?: Readonly<Record<string, string | readonly [state: string, notBefore: Instant]>>;
  readonly latest?: LeadCase["latest"];
  /** What contacts that were merged into it had, where the mail could hold words. */
  readonly merged?: NonNullable<LeadCase["merged"]>;
  /** There was more mail than one turn reads. */
  readonly more?: true;
  /** Workflows that people had paused. */
  readonly paused?: readonly string[];
  /** What all leads of the location did about messages, where a channel was chosen by it. */
  readonly rates?: Habits;
  /** Whom receivers refused as a sender, where that was asked. */
  readonly refusals?: Refusals;
  /** Names the models that scored it; absent: the rules. */
  readonly scorers?: string;
  /** Likewise, by the hours at which they left, where a best hour was looked for. */
  readonly slots?: SlotCounts;
  /** Experiments that do not simply run as declared. */
  readonly experiments?: Readonly<Record<string, Standing>>;
}

export type Standing = Pick<ExperimentState, "state" | "winner" | "weights">;

/** The first of a turn's inputs; absent where there is nothing to say. */
export function foundInput(
  lead: LeadCase,
  seen: string,
  paused: readonly string[],
  experiments: ReadonlyMap<string, Standing>,
  scorers: string | undefined,
): JsonObject[] {
  const moved = [...experiments].filter(([, { state, weights }]) => state !== "running" || weights !== undefined);
  const changed = seen !== (lead.state?.seen ?? NOTHING_KNOWN);
  const found: Found = {
    ...(changed ? { addresses: lead.addresses } : {}),
    ...(lead.outbox.length === 0
      ? {}
      : {
          outbox: Object.fromEntries(
            lead.outbox.map(({ row: { id, state, notBefore } }) => [
              id,
              notBefore === undefined ? state : ([state, notBefore] as const),
            ]),
          ),
        }),
    ...(Object.keys(lead.latest).length === 0 ? {} : { latest: lead.latest }),
    ...(lead.merged === undefined ? {} : { merged: lead.merged }),
    ...(lead.moreMail ? { more: true } : {}),
    ...(paused.length === 0 ? {} : { paused }),
    ...(scorers === undefined ? {} : { scorers }),
    ...(moved.length === 0
      ? {}
      : {
          experiments: Object.fromEntries(
            moved.map(([id, { state, winner, weights }]) => [
              id,
              { state, ...(winner === undefined ? {} : { winner }), ...(weights === undefined ? {} : { weights }) },
            ]),
          ),
        }),
  };
  return Object.keys(found).length === 0 ? [] : [{ found: found as JsonObject }];
}

/** Names what is known of a lead's addresses, so that it is recorded once and not at every turn. */
export const addressDigest = (addresses: AddressFacts): string =>
  Object.keys(addresses).length === 0 ? NOTHING_KNOWN : sha256(canonicalJson(addresses)).slice(0, 16);

const NOTHING_KNOWN = "";

/** A letter as it came, and the turn's clock when it was read. Of an event the log has the rest. */
export function mailInput(mail: Mail, at: Instant): JsonObject {
  switch (mail.kind) {
    case "event":
      return { event: mail.event.id, type: mail.event.type, at };
    case "answer":
      return { answer: mail.answer as unknown as JsonObject, came: mail.at, at };
    case "command":
      return { command: mail.command as unknown as JsonObject, came: mail.at, at };
    case "ask":
      return { ask: mail.ask, came: mail.at, at };
    case "reply":
      return { reply: mail.reply, came: mail.at, at };
  }
}
