// What the provider says about what it sent. It may say so before our own commit, out of order, twice, or about
// messages of somebody else. Statements on `provider_receipt`.

import { type Answer, insertMail, type Letter } from "../../events/index.ts";
import type { Sql } from "../../kernel/sql.ts";
import type { Instant } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";
import { idsOf, isEcho } from "../choice/lookup.ts";
import type { ProviderReceipt } from "../message.ts";
import { stopAwaiting } from "../sending/awaited.ts";
import type { OutboxEntry } from "../sending/outbox.ts";
import { type Moved, move, unconfirmedOf } from "../sending/store.ts";
import { bounceClass } from "./bounce.ts";
import { nameByContact } from "./by-contact.ts";
import { rowsByRecipient } from "./by-recipient.ts";
import { noteRefusals, type RefusedSender } from "./refusals.ts";

/**
 * Takes receipts in: those of our rows go to the leads as mail; the others wait, and an echo among them is tried at
 * once against rows whose answer was lost. Runs in the transaction that ingests them.
 *
 * @param addressKey for e-mail statistics, which may carry no id of ours: they are joined by the recipient
 */
export async function receiveReceipts(
  sql: Sql,
  location: string,
  receipts: readonly ProviderReceipt[],
  addressKey?: string | Uint8Array,
): Promise<void> {
  if (receipts.length === 0) return;
  await nameByContact(sql, location, receipts);
  const owners = await ownersOf(sql, location, receipts);
  await deliver(sql, location, receipts, (receipt) => ownerOf(receipt, owners));
  const unknown = receipts.filter((receipt) => ownerOf(receipt, owners) === undefined);
  const joined = addressKey === undefined ? new Map() : await rowsByRecipient(sql, location, unknown, addressKey);
  await deliver(sql, location, [...joined.keys()], (receipt) => joined.get(receipt), "recipient");
  const unclaimed = unknown.filter((receipt) => !joined.has(receipt));
  await keep(sql, location, unclaimed);
  await claimByEcho(sql, location, unclaimed);
}

/** Which row an id belongs to. */
type Owners = ReadonlyMap<string, Owner>;

interface Owner {
  readonly id: string;
  readonly lead: string;
  /** The channel it went out on under this id, where it has gone on to another since. */
  readonly earlier?: ChannelName;
  /** Where it went on that channel: the address' keyed hash. */
  readonly to?: string;
}

const idsOfReceipt = ({ providerId, provider }: ProviderReceipt): string[] => [providerId, ...idsOf(provider)];

const ownerOf = (receipt: ProviderReceipt, owners: Owners): Owner | undefined =>
  idsOfReceipt(receipt)
    .map((id) => owners.get(id))
    .find((owner) => owner !== undefined);

async function ownersOf(sql: Sql, location: string, receipts: readonly ProviderReceipt[]): Promise<Owners> {
  const ids = [...new Set(receipts.flatMap(idsOfReceipt))];
  const { rows } = await sql.query<{
    id: string;
    lead: string;
    provider: string;
    earlier: ChannelName | null;
    to: string | null;
  }>(
    `select o.id, o.lead, o.provider, o.earlier, m.sent_to ->> o.channel as to
       from (select outbox_id as id, lead_id as lead, provider_id as provider, null as earlier, channels[place + 1] as channel
               from outbox
              where location_id = $1 and provider_id = any($2::text[])
              union all
             select outbox_id, lead_id, email_message_id, null, channels[place + 1] from outbox
              where location_id = $1 and email_message_id = any($2::text[])
              union all
             select message_id, lead_id, provider_id, channel, channel from earlier_send
              where location_id = $1 and provider_id = any($2::text[])) as o
       left join message as m on m.location_id = $1 and m.message_id = o.id`,
    [location, ids],
  );
  return new Map(
    rows.map(({ id, lead, provider, earlier, to }) => [
      provider,
      { id, lead, ...(earlier === null ? {} : { earlier }), ...(to === null ? {} : { to }) },
    ]),
  );
}

/** Mails what became of our messages to their leads. An echo of a message we know tells nothing new. */
async function deliver(
  sql: Sql,
  location: string,
  receipts: readonly ProviderReceipt[],
  find: (receipt: ProviderReceipt) => Owner | undefined,
  by?: "recipient",
): Promise<void> {
  const letters: Letter[] = [];
  const settled: string[] = [];
  const refused: RefusedSender[] = [];
  for (const receipt of receipts) {
    const owner = find(receipt);
    if (owner === undefined || receipt.kind === "echo") continue;
    settled.push(owner.id);
    const { kind, at, detail = "" } = receipt;
    if (kind === "bounced" && bounceClass(detail) === "policy") refused.push({ message: owner.id, at, detail });
    // it has gone on because of that
    if (owner.earlier !== undefined && (receipt.kind === "failed" || receipt.kind === "bounced")) continue;
    const told = answerOf(owner, owner.earlier === undefined ? receipt : { ...receipt, channel: owner.earlier });
    const body = by === undefined ? told : { ...told, by };
    letters.push({ location, lead: owner.lead, kind: "answer", receivedAt: receipt.at, body });
  }
  await noteRefusals(sql, location, refused);
  await insertMail(sql, letters);
  await stopAwaiting(sql, location, settled);
}

/** Receipts that say something of the address. */
const OF_ADDRESS: ReadonlySet<string> = new Set(["failed", "bounced", "complained", "unsubscribed"]);

function answerOf({ id: outbox, to }: Pick<Owner, "id" | "to">, receipt: ProviderReceipt): Answer {
  const { kind, at, channel, providerId, detail, link, machine, by = "webhook" } = receipt;
  const outcome = kind === "echo" ? "accepted" : kind;
  return {
    ...{ outbox, outcome, at, providerId, by },
    ...(channel === undefined ? {} : { channel }),
    ...(detail === undefined ? {} : { detail }),
    ...(link === undefined ? {} : { link }),
    ...(machine === undefined ? {} : { machine }),
    ...(to === undefined || !OF_ADDRESS.has(kind) ? {} : { to }),
  };
}

async function keep(sql: Sql, location: string, receipts: readonly ProviderReceipt[]): Promise<void> {
  if (receipts.length === 0) return;
  await sql.query(
    `insert into provider_receipt (location_id, provider_id, kind, received_at, data)
     select $1, r.id, r.kind, r.at, r.data
       from unnest($2::text[], $3::text[], $4::timestamptz[], $5::jsonb[]) as r (id, kind, at, data)
      order by r.id, r.kind
         on conflict do nothing`,
    [
      location,
      receipts.map(({ providerId }) => providerId),
      receipts.map(({ kind }) => kind),
      receipts.map(({ at }) => new Date(at)),
      receipts.map((receipt) => JSON.stringify(receipt)),
    ],
  );
}

/** Echoes that fit a row whose answer was lost: the provider has it after all. */
async function claimByEcho(sql: Sql, location: string, receipts: readonly ProviderReceipt[]): Promise<void> {
  const echoes = receipts.filter(({ kind, contact }) => kind === "echo" && contact !== undefined);
  if (echoes.length === 0) return;
  const lost = await unconfirmedOf(
    sql,
    location,
    echoes.flatMap(({ contact }) => (contact === undefined ? [] : [contact])),
  );
  const found: Found[] = [];
  for (const entry of lost) {
    const [echo, ...others] = echoes.filter((each) => isEcho(entry, each));
    if (echo !== undefined && others.length === 0) found.push({ entry, echo });
  }
  await accept(sql, location, found);
}

interface Found {
  readonly entry: OutboxEntry;
  readonly echo: ProviderReceipt;
}

async function accept(sql: Sql, location: string, found: readonly Found[]): Promise<void> {
  const moves = found.map(({ entry: { row }, echo }): Moved => {
    const provider = { messageId: echo.providerId, ...echo.provider };
    return { id: row.id, attempt: row.attempt, to: "accepted", provider };
  });
  const moved = await move(sql, location, moves);
  const accepted = found.filter(({ entry }) => moved.has(entry.row.id));
  await insertMail(
    sql,
    accepted.map(({ entry: { row }, echo }) => {
      const body = answerOf(row, echo);
      return { location, lead: row.lead, kind: "answer", receivedAt: echo.at, body };
    }),
  );
  await joinWaiting(
    sql,
    location,
    moves.flatMap(({ id, provider }) => (moved.has(id) ? idsOf(provider ?? {}) : [])),
  );
}

/** Under which of these ids receipts wait. */
export async function waitingUnder(sql: Sql, location: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await sql.query<{ id: string }>(
    "select provider_id as id from provider_receipt where location_id = $1 and provider_id = any($2::text[])",
    [location, ids],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Hands the receipts that wait under these ids to their rows, now that the rows have the ids. */
export async function joinWaiting(sql: Sql, location: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { rows } = await sql.query<{ data: ProviderReceipt }>(
    `delete from provider_receipt where location_id = $1 and provider_id = any($2::text[]) returning data`,
    [location, ids],
  );
  const receipts = rows.map(({ data }) => data).toSorted((a, b) => a.at - b.at);
  if (receipts.length === 0) return;
  const owners = await ownersOf(sql, location, receipts);
  await deliver(sql, location, receipts, (receipt) => ownerOf(receipt, owners));
}

/** Tries the echoes that wait against rows whose answer has just been lost. */
export async function claimWaiting(sql: Sql, location: string, leads: readonly string[]): Promise<void> {
  if (leads.length === 0) return;
  const { rows } = await sql.query<{ data: ProviderReceipt }>(
    `select data from provider_receipt
      where location_id = $1 and kind = 'echo' and data ->> 'contact' = any($2::text[])`,
    [location, leads],
  );
  await claimByEcho(
    sql,
    location,
    rows.map(({ data }) => data),
  );
}

/**
 * A receipt and our own commit may pass each other unseen; this finds the locations where that happened, among the
 * receipts since `since` (domain time). Spans locations, as work probes do.
 */
export async function locationsMissed(sql: Sql, since: Instant): Promise<string[]> {
  const { rows } = await sql.query<{ location: string }>(
    `select distinct r.location_id as location
       from provider_receipt as r
      where r.received_at >= $1
        and (exists (select from outbox as o where o.location_id = r.location_id and o.provider_id = r.provider_id)
          or exists (select from outbox as o where o.location_id = r.location_id and o.email_message_id = r.provider_id))`,
    [new Date(since)],
  );
  return rows.map(({ location }) => location);
}

/** Joins what passed unseen at one location. */
export async function joinMissed(sql: Sql, location: string, since: Instant): Promise<void> {
  const { rows } = await sql.query<{ id: string }>(
    `select r.provider_id as id
       from provider_receipt as r
      where r.location_id = $1 and r.received_at >= $2
        and (exists (select from outbox as o where o.location_id = $1 and o.provider_id = r.provider_id)
          or exists (select from outbox as o where o.location_id = $1 and o.email_message_id = r.provider_id)
          or exists (select from earlier_send as e where e.location_id = $1 and e.provider_id = r.provider_id))`,
    [location, new Date(since)],
  );
  await joinWaiting(
    sql,
    location,
    rows.map(({ id }) => id),
  );
}
