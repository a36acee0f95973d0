// What the sender does, in memory and at once: checks the right to send again, counts the send, hands the message over,
// and tells the lead by mail what became of it.

import type { Answer, Refusal } from "../events/index.ts";
import type { Json } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import {
  addressesOf,
  addressKey,
  type OutboxEntry,
  type OutboxRow,
  type Rendered,
  recheck,
} from "../outreach/index.ts";
import type { Scene } from "../turns/index.ts";
import type { AddressBook } from "./addresses.ts";
import type { Kept } from "./kept.ts";

/** Who stands at the other end: takes what leaves, or refuses it. What follows later is for whoever drives the clock. */
export interface Provider {
  send(message: Leaving): Reception;
  /** A tag, a task, a note, …: something in the CRM changes. */
  write(row: OutboxRow, at: Instant): Reception;
}

export interface Leaving {
  readonly row: OutboxRow;
  readonly channel: ChannelName;
  readonly rendered: Rendered;
  /** E.164 or an e-mail address. */
  readonly to: string | undefined;
  readonly at: Instant;
}

export type Reception =
  /** `value`: what a webhook answered. */
  | { readonly taken: true; readonly providerId?: string; readonly value?: Json }
  /** For good: whatever is tried again has been. */
  | { readonly taken: false; readonly reason: Refusal; readonly status: number };

export interface Desk {
  readonly scene: Scene;
  readonly addresses: AddressBook;
  readonly provider: Provider;
}

const LANES: readonly string[] = ["reply", "urgent", "normal", "bulk"];

/** When the first of the lead's rows may leave. */
export function leavesAt({ outbox, mail, parked }: Kept): Instant | undefined {
  if (mail.length > 0 || parked !== undefined) return undefined;
  let first: Instant | undefined;
  for (const { row } of outbox.values()) {
    const at = row.state === "queued" ? (row.notBefore ?? 0) : undefined;
    if (at !== undefined && (first === undefined || at < first)) first = at;
  }
  return first;
}

/** The row that leaves next: none while the lead has mail to read, if it is a message. */
function nextToLeave(kept: Kept, now: Instant): OutboxEntry | undefined {
  return [...kept.outbox.values()]
    .filter(
      ({ row }) =>
        row.state === "queued" &&
        (row.notBefore ?? now) <= now &&
        (row.kind !== "message" || (kept.mail.length === 0 && kept.parked === undefined)),
    )
    .sort(
      ({ row: a }, { row: b }) =>
        LANES.indexOf(a.lane) - LANES.indexOf(b.lane) ||
        (a.notBefore ?? now) - (b.notBefore ?? now) ||
        a.createdAt - b.createdAt ||
        (a.id < b.id ? -1 : 1),
    )[0];
}

/** Lets go what may leave now. Answers what the lead learns of it, in order. */
export function depart(kept: Kept, now: Instant, desk: Desk, tell: (answer: Answer) => void): void {
  for (let entry = nextToLeave(kept, now); entry !== undefined; entry = nextToLeave(kept, now)) {
    tell(entry.row.kind === "message" ? sendOne(kept, entry, now, desk) : writeOne(kept, entry.row, now, desk));
  }
}

function sendOne(kept: Kept, entry: OutboxEntry, now: Instant, { scene, addresses, provider }: Desk): Answer {
  const { row, message } = entry;
  const channel = row.channels[row.place] as ChannelName;
  const { lead } = kept;
  const about = { outbox: row.id, at: now, channel };
  const to = lead === undefined ? {} : addressesOf(lead.contact);
  addresses.lock(to);
  const { verdicts, permission } =
    lead === undefined || message === undefined
      ? { verdicts: [], permission: "blocked" as const }
      : recheck(
          row,
          scene.outreach,
          {
            now,
            lead,
            to,
            addresses: addresses.of(lead.contact),
            rows: [],
            lastInboundAt: kept.state?.inbound ?? {},
          },
          message,
        );
  if (permission !== "ok") {
    const notBefore = typeof permission === "object" ? Math.max(now, permission.hold) : now;
    put(kept, entry, { ...row, state: "held", notBefore });
    return { ...about, outcome: "held", detail: verdicts.find(({ ok }) => !ok)?.code ?? "" };
  }
  const family = channel === "email" ? "email" : "phone";
  const address = to[family];
  const rendered = message?.rendered[channel];
  const reception: Reception =
    rendered === undefined
      ? { taken: false, reason: "forbidden", status: 0 }
      : provider.send({ row, channel, rendered, to: address, at: now });
  const tried = { ...row, attempt: row.attempt + 1, attemptedAt: now, triedAt: row.triedAt ?? now };
  if (!reception.taken) {
    put(kept, entry, { ...tried, state: "refused", resent: 0 });
    const { reason, status } = reception;
    const at = address === undefined ? {} : { to: addressKey(scene.addressKey, family, address) };
    return { ...about, outcome: "refused", reason, detail: `${reason} ${status}`, ...at };
  }
  if (address !== undefined) {
    addresses.count(family, address, { at: now, channel, workflow: row.workflow ?? "", message: row.id });
  }
  put(kept, entry, { ...tried, state: "accepted", ...providerOf(reception) });
  return { ...about, outcome: "accepted", ...said(reception) };
}

function writeOne(kept: Kept, row: OutboxRow, now: Instant, { provider }: Desk): Answer {
  const reception = provider.write(row, now);
  const tried = { ...row, attempt: row.attempt + 1, attemptedAt: now, triedAt: row.triedAt ?? now };
  if (!reception.taken) {
    put(kept, { row }, { ...tried, state: "rejected", resent: 0 });
    return { outbox: row.id, at: now, outcome: "refused", detail: `${reception.status} ${reception.reason}` };
  }
  put(kept, { row }, { ...tried, state: "accepted", ...providerOf(reception) });
  return { outbox: row.id, at: now, outcome: "done", ...said(reception) };
}

const put = (kept: Kept, { row: { id }, message }: OutboxEntry, row: OutboxRow): void =>
  void kept.outbox.set(id, message === undefined ? { row } : { row, message });

const said = ({ providerId, value }: Extract<Reception, { taken: true }>) => ({
  ...(providerId === undefined ? {} : { providerId }),
  ...(value === undefined ? {} : { value }),
});

const providerOf = ({ providerId }: Extract<Reception, { taken: true }>) =>
  providerId === undefined ? {} : { provider: { messageId: providerId } };
