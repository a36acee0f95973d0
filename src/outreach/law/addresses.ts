// What numbers and e-mail addresses told us, at rest. Every statement that touches `address` is in this file. A row is
// found by the keyed hash of the address, so an opt-out outlives the contact and its erasure.

import type { Sql } from "../../kernel/sql.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Contact } from "../../leads/index.ts";
import type { AddressChange, AddressFact, AddressFacts, AddressFaults, Lifted, OptOut, Send } from "../message.ts";
import { type Addresses, addressesOf, addressKey, askedBy } from "./address.ts";
import { afterChange, lastWords, reasonsToLift } from "./causes.ts";

type Family = "phone" | "email";

/** How many of the latest sends an address remembers: more than any cap counts. */
const MOST_SENDS = 50;

interface AddressRow {
  readonly family: Family;
  readonly hash: string;
  readonly optedOutAt: Instant | null;
  readonly optOut: OptOut | null;
  readonly lifted: Lifted | null;
  readonly leftAt: Instant | null;
  readonly faults: AddressFact["faults"] | null;
  readonly muted: NonNullable<AddressFact["muted"]>;
  readonly sends: readonly Send[];
}

const COLUMNS = `channel as family, address_hash as hash, opted_out_at as "optedOutAt", opt_out as "optOut", lifted,
                 left_at as "leftAt", bounce as faults, muted, sends`;

/** What is known of each lead's number and address. */
export async function readAddresses(
  sql: Sql,
  location: string,
  leads: readonly { readonly id: string; readonly addresses: Addresses }[],
  key: string | Uint8Array,
): Promise<Map<string, AddressFacts>> {
  const asked = leads.flatMap(({ id, addresses }) =>
    families(addresses).map(([family, address]) => ({ id, family, hash: addressKey(key, family, address) })),
  );
  const facts = new Map<string, AddressFacts>(leads.map(({ id }) => [id, {}]));
  if (asked.length === 0) return facts;
  const { rows } = await sql.query<AddressRow>(
    `select ${COLUMNS}
       from address
      where location_id = $1
        and (channel, address_hash) in (select * from unnest($2::text[], $3::text[]))`,
    [location, asked.map((one) => one.family), asked.map((one) => one.hash)],
  );
  const byKey = new Map(rows.map((row) => [`${row.family}:${row.hash}`, asFact(row)]));
  for (const { id, family, hash } of asked) {
    const fact = byKey.get(`${family}:${hash}`);
    if (fact !== undefined) facts.set(id, { ...facts.get(id), [family]: fact });
  }
  return facts;
}

/** Words of a lead that may have asked us to stop, and nobody has said yet whether they did. */
export interface UnclearWords {
  readonly lead: string;
  readonly family: Family;
  readonly since: Instant;
  readonly words?: string;
  /** Names the last of them: whoever judges them says so, that nothing be judged which came since. */
  readonly seen: string;
}

export interface OptedOut {
  readonly family: Family;
  readonly since: Instant;
  readonly by?: OptOut["by"] | undefined;
  /** None: it is the lead's own to lift. */
  readonly reasons: readonly Lifted["why"][];
  /** The last words that may have asked us to stop, too, and that nobody has judged. */
  readonly unclear?: { readonly since: Instant; readonly words?: string };
}

/** The first and the last of them. */
function wordsOf({ matched, unclear }: OptOut): Pick<UnclearWords, "words"> {
  const words = [...new Set([matched, unclear?.matched])].filter((one) => one !== undefined);
  return words.length === 0 ? {} : { words: words.join(" … ") };
}

/** How many unclear addresses are looked at: some are no longer the number or address of who wrote from them. */
const MOST_UNCLEAR = 500;

export type Unclear = ReturnType<typeof openUnclear>;

/** Where people see what waits for them. @param key with which addresses are found */
export const openUnclear = (key: string | Uint8Array) => ({
  /** What is opted out of a lead's number and address, and for what reasons a manager may lift it. */
  async optOuts(sql: Sql, location: string, lead: string, contact: Contact): Promise<OptedOut[]> {
    const facts = (await readAddresses(sql, location, [{ id: lead, addresses: addressesOf(contact) }], key)).get(lead);
    return (["phone", "email"] as const).flatMap((family) => {
      const fact = facts?.[family];
      if (fact?.optedOutAt === undefined) return [];
      const { by, unclear } = fact.optOut ?? {};
      const said = unclear && {
        unclear: { since: unclear.at, ...(unclear.matched === undefined ? {} : { words: unclear.matched }) },
      };
      return [{ family, since: fact.optedOutAt, by, reasons: reasonsToLift(fact), ...said }];
    });
  },

  waiting: (sql: Sql, location: string, limit: number) => unclearWords(sql, location, key, limit),

  async ofLead(sql: Sql, location: string, lead: string, contact: Contact): Promise<UnclearWords[]> {
    const facts = (await readAddresses(sql, location, [{ id: lead, addresses: addressesOf(contact) }], key)).get(lead);
    return (["phone", "email"] as const).flatMap((family) => {
      const { optedOutAt, optOut } = facts?.[family] ?? {};
      if (optedOutAt !== undefined || optOut?.askedAt === undefined) return [];
      return [{ lead, family, since: optOut.askedAt, ...wordsOf(optOut), seen: lastWords(optOut) }];
    });
  },
});

/** By which a person may have been asked to read these words: the first of them, or the last. */
const tasksOf = (optOut: OptOut): readonly string[] => [
  ...(optOut.event === undefined ? [] : [askedBy(optOut.event)]),
  askedBy(lastWords(optOut)),
];

/** Whose words wait for a person, longest wait first. The task that asked for one tells whose they are. */
async function unclearWords(
  sql: Sql,
  location: string,
  key: string | Uint8Array,
  limit: number,
): Promise<UnclearWords[]> {
  const { rows } = await sql.query<Pick<AddressRow, "family" | "hash"> & { readonly optOut: OptOut }>(
    `select channel as family, address_hash as hash, opt_out as "optOut"
       from address
      where location_id = $1 and opted_out_at is null and opt_out ? 'askedAt'
      order by (opt_out ->> 'askedAt')::bigint, address_hash
      limit $2`,
    [location, MOST_UNCLEAR],
  );
  if (rows.length === 0) return [];
  const tasks = rows.flatMap(({ optOut }) => tasksOf(optOut));
  const asked = await sql.query<{ readonly task: string; readonly lead: string; readonly contact: Contact }>(
    `select o.outbox_id as task, l.lead_id as lead, l.data -> 'contact' as contact
       from outbox as o
       left join lead_alias as m on m.location_id = $1 and m.lead_id = o.lead_id
       join lead as l on l.location_id = $1 and l.lead_id = coalesce(m.survivor_id, o.lead_id)
      where o.location_id = $1 and o.outbox_id = any($2::uuid[])`,
    [location, tasks],
  );
  const writers = new Map(asked.rows.map((row) => [row.task, row]));
  const found = rows.flatMap(({ family, hash, optOut }): UnclearWords[] => {
    const writer = tasksOf(optOut).flatMap((task) => writers.get(task) ?? [])[0];
    const address = writer === undefined ? undefined : addressesOf(writer.contact)[family];
    if (writer === undefined || address === undefined || optOut.askedAt === undefined) return [];
    if (addressKey(key, family, address) !== hash) return [];
    return [{ lead: writer.lead, family, since: optOut.askedAt, ...wordsOf(optOut), seen: lastWords(optOut) }];
  });
  return found.slice(0, limit);
}

/**
 * Locks an address' rows in key order, making those that are missing: the sending transaction holds them while it checks,
 * so that neither an opt-out nor another send to the same address slips in between.
 */
export async function lockAddresses(
  sql: Sql,
  location: string,
  addresses: readonly { readonly family: Family; readonly hash: string }[],
): Promise<Map<string, AddressFact>> {
  if (addresses.length === 0) return new Map();
  // a row that is there is written as it was: that locks it, and tells what it says once we have it
  const { rows } = await sql.query<AddressRow>(
    `insert into address as a (location_id, channel, address_hash)
     select distinct $1, family, hash from unnest($2::text[], $3::text[]) as asked (family, hash)
      order by family, hash
         on conflict (location_id, channel, address_hash) do update set channel = a.channel
  returning ${COLUMNS}`,
    [location, addresses.map((one) => one.family), addresses.map((one) => one.hash)],
  );
  return new Map(rows.map((row) => [`${row.family}:${row.hash}`, asFact(row)]));
}

/** The latest sends to these addresses, by hash. */
export async function readSends(
  sql: Sql,
  location: string,
  family: Family,
  hashes: readonly string[],
): Promise<Map<string, readonly Send[]>> {
  const { rows } = await sql.query<{ hash: string; sends: readonly Send[] }>(
    `select address_hash as hash, sends from address
      where location_id = $1 and channel = $2 and address_hash = any($3::text[])`,
    [location, family, hashes],
  );
  return new Map(rows.map(({ hash, sends }) => [hash, sends]));
}

/** What an address remembers of our sends, from now on. */
export interface AddressSends {
  readonly family: Family;
  readonly hash: string;
  readonly sends: readonly Send[];
}

/** For `jsonb_to_recordset`; the oldest beyond what caps can count are forgotten. */
export const sendsJson = (sends: readonly AddressSends[]): string =>
  JSON.stringify(sends.map((one) => ({ ...one, sends: one.sends.slice(-MOST_SENDS) })));

/** Remembers sends; the caller holds the rows' locks. */
export async function saveSends(sql: Sql, location: string, sends: readonly AddressSends[]): Promise<void> {
  if (sends.length === 0) return;
  await sql.query(
    `update address as a
        set sends = s.sends
       from jsonb_to_recordset($2::jsonb) as s (family text, hash text, sends jsonb)
      where a.location_id = $1 and a.channel = s.family and a.address_hash = s.hash`,
    [location, sendsJson(sends)],
  );
}

interface Kept {
  readonly family: Family;
  readonly hash: string;
  /** Those that say something of an opt-out, in the order in which they were decided. */
  readonly said: readonly AddressChange[];
  readonly lifts: boolean;
  readonly faults: AddressFaults;
}

/**
 * What turns learned: opt-outs and faults, and their lifting. In key order, as the sender locks. Whether an address is opted out is
 * folded from what its row says once it is locked: another record of the person may have asked us to stop since the turn read it.
 *
 * @returns where words hold from now on of which nobody may have been asked
 */
export async function saveAddressChanges(
  sql: Sql,
  location: string,
  changes: readonly AddressChange[],
  key: string | Uint8Array,
): Promise<readonly Unjudged[]> {
  const byRow = new Map<string, Kept>();
  for (const change of changes) {
    const { family, faults } = change;
    const hash = change.hash ?? addressKey(key, family, change.address);
    const name = `${family}:${hash}`;
    const before = byRow.get(name);
    byRow.set(name, {
      ...{ family, hash, lifts: faults === null || before?.lifts === true },
      said: [...(before?.said ?? []), ...(isOfOptOut(change) ? [change] : [])],
      faults: faults === null ? {} : { ...before?.faults, ...faults },
    });
  }
  if (byRow.size === 0) return [];
  const kept = [...byRow.values()];
  await sql.query(
    `insert into address as a (location_id, channel, address_hash)
     select $1, c.family, c.hash
       from jsonb_to_recordset($2::jsonb) as c (family text, hash text)
      order by c.family, c.hash
         on conflict (location_id, channel, address_hash) do nothing`,
    // there is nothing to lift where there is no row
    [location, JSON.stringify(kept.filter(saysSomething).map(({ family, hash }) => ({ family, hash })))],
  );
  const before: ReadonlyMap<string, AddressFact> = kept.some(({ said }) => said.length > 0)
    ? await locked(sql, location, kept)
    : new Map();
  const unjudged: Unjudged[] = [];
  const records = kept.map(({ family, hash, said, lifts, faults }) => {
    const fact = before.get(`${family}:${hash}`);
    const after = said.reduce<AddressFact>(afterChange, fact ?? NOTHING_KNOWN);
    const { optedOutAt, optOut } = after;
    const held = fact?.optedOutAt === undefined && fact?.optOut?.askedAt !== undefined;
    if (optedOutAt === undefined && optOut?.askedAt !== undefined && (!held || said.some(leavesWords)))
      unjudged.push({ family, hash, tasks: tasksOf(optOut), lead: (optOut.unclear ?? optOut).lead });
    return {
      // a row that came since the lock is another's, who knows what it says
      ...{ family, hash, lifts, faults, says: said.length > 0 && fact !== undefined },
      opted_out_at: after.optedOutAt === undefined ? null : new Date(after.optedOutAt).toISOString(),
      opt_out: after.optOut ?? null,
      lifted: after.lifted ?? null,
      left_at: after.leftAt === undefined ? null : new Date(after.leftAt).toISOString(),
    };
  });
  await sql.query(
    `update address as a
        set opted_out_at = case when c.says then c.opted_out_at else a.opted_out_at end,
            opt_out      = case when c.says then nullif(c.opt_out, 'null'::jsonb) else a.opt_out end,
            lifted       = case when c.says then nullif(c.lifted, 'null'::jsonb) else a.lifted end,
            left_at      = case when c.says then c.left_at else a.left_at end,
            bounced_at   = (select to_timestamp(max((f.value ->> 'badAt')::numeric) / 1000)
                              from jsonb_each(case when c.lifts then '{}' else coalesce(a.bounce, '{}') end || c.faults) as f),
            bounce       = nullif(case when c.lifts then '{}' else coalesce(a.bounce, '{}') end || c.faults, '{}')
       from (select * from jsonb_to_recordset($2::jsonb)
                as r (family text, hash text, says boolean, opted_out_at timestamptz, opt_out jsonb, lifted jsonb, left_at timestamptz,
                      lifts boolean, faults jsonb)
              order by family, hash) as c
      where a.location_id = $1 and a.channel = c.family and a.address_hash = c.hash`,
    [location, JSON.stringify(records)],
  );
  return unjudged;
}

/** Words that hold a number or address. */
export interface Unjudged {
  readonly family: Family;
  readonly hash: string;
  /** By which a person would have been asked to read them. */
  readonly tasks: readonly string[];
  /** Whose the last of them are; undefined: from before it was kept. */
  readonly lead: string | undefined;
}

const NOTHING_KNOWN: AddressFact = { sends: [] };

/** Whether words that nobody has judged may hold a number or address from then on of which a person has yet to be asked. */
const leavesWords = ({ goOn, takes }: AddressChange): boolean => goOn !== undefined || takes !== undefined;

const isOfOptOut = ({ optedOutAt, optOut, goOn, takes }: AddressChange): boolean =>
  optedOutAt !== undefined || optOut !== undefined || goOn !== undefined || takes !== undefined;

const saysSomething = ({ said, faults }: Kept): boolean =>
  Object.keys(faults).length > 0 ||
  said.some(({ optedOutAt, optOut }) => optedOutAt !== undefined || optOut !== undefined);

/** What these rows say, each locked from now on. */
async function locked(sql: Sql, location: string, rows: readonly Kept[]): Promise<Map<string, AddressFact>> {
  const { rows: found } = await sql.query<AddressRow>(
    `select ${COLUMNS}
       from address
      where location_id = $1
        and (channel, address_hash) in (select * from unnest($2::text[], $3::text[]))
      order by channel, address_hash
        for update`,
    [location, rows.map(({ family }) => family), rows.map(({ hash }) => hash)],
  );
  return new Map(found.map((row) => [`${row.family}:${row.hash}`, asFact(row)]));
}

/**
 * An e-mail address that asks us to stop, known by the beginning of its hash: by a link in what we sent to it, whoever has
 * it now. The first opt-out's evidence stands. Answers the whole hashes of those that left.
 */
export async function leaveByHash(
  sql: Sql,
  location: string,
  hash: string,
  { at, optOut, workflow }: { at: Instant; optOut: OptOut; workflow?: string },
): Promise<readonly string[]> {
  const meant = "location_id = $1 and channel = 'email' and address_hash >= $2 and address_hash < $2 || 'g'";
  const { rows } =
    workflow === undefined
      ? await sql.query<{ hash: string }>(
          `update address
              set opt_out      = case when opted_out_at is null and opt_out ? 'askedAt'
                                      then $4::jsonb || jsonb_build_object('unclear', coalesce(opt_out -> 'unclear',
                                             jsonb_strip_nulls(jsonb_build_object(
                                               'at', opt_out -> 'askedAt', 'rule', opt_out -> 'rule',
                                               'matched', opt_out -> 'matched', 'event', opt_out -> 'event', 'lead', opt_out -> 'lead'))))
                                      when opted_out_at is null then $4::jsonb
                                      else opt_out || jsonb_build_object('also', coalesce(opt_out -> 'also', '{}') || $5::jsonb) end,
                  lifted       = null,
                  opted_out_at = coalesce(opted_out_at, $3)
            where ${meant}
        returning address_hash as hash`,
          [
            ...[location, hash, new Date(at), JSON.stringify(optOut)],
            // pressed once more: whoever lifts what was before leaves this
            JSON.stringify({ [optOut.by]: { at, event: optOut.event } }),
          ],
        )
      : await sql.query<{ hash: string }>(
          `update address set muted = jsonb_build_object($3::text, $4::bigint) || muted where ${meant}`,
          [location, hash, workflow, at],
        );
  return rows.map((row) => row.hash);
}

const families = (addresses: Addresses): [Family, string][] => [
  ...(addresses.phone === undefined ? [] : [["phone", addresses.phone] as [Family, string]]),
  ...(addresses.email === undefined ? [] : [["email", addresses.email] as [Family, string]]),
];

const asFact = (row: AddressRow): AddressFact => ({
  ...(row.optedOutAt === null ? {} : { optedOutAt: row.optedOutAt }),
  ...(row.optOut === null ? {} : { optOut: row.optOut }),
  ...(row.lifted === null ? {} : { lifted: row.lifted }),
  ...(row.leftAt === null ? {} : { leftAt: row.leftAt }),
  ...(row.faults == null ? {} : { faults: row.faults }),
  ...(Object.keys(row.muted).length === 0 ? {} : { muted: row.muted }),
  sends: row.sends,
});
