// Who refuses us as a sender: receivers a domain of ours, the CRM what we send from. Marketing from there waits for a day, and
// the team is told once. Every statement that touches `sender_refusal` is in this file. Source: compliance facts 3.

import { insertMail } from "../../events/index.ts";
import { idFrom } from "../../kernel/ids.ts";
import { clipped } from "../../kernel/json.ts";
import type { Sql } from "../../kernel/sql.ts";
import { DAY, HOUR, type Instant } from "../../kernel/time.ts";
import { insertNotice } from "../beyond/notices.ts";
import type { Refusals } from "../message.ts";

const WAITS = DAY;
/** Of the receiver's word, in a notice. Characters. */
const WORD = 200;

/** So many refusals of the CRM for the sender's sake, none an hour after the last, and the channel waits. */
const PILE = { refusals: 3, apart: HOUR };

/** A bounce, or the CRM's refusal, for the sender's sake, of a message of ours. */
export interface RefusedSender {
  readonly message: string;
  readonly at: Instant;
  readonly detail: string;
}

/**
 * Notes whom receivers refuse. One from before a person lifted the hold changes nothing. The first refusal of a domain that
 * had none is told to everybody of the team; those that follow it are the same refusal.
 */
export async function noteRefusals(
  sql: Sql,
  location: string,
  refused: readonly RefusedSender[],
  by: "receivers" | "the CRM" = "receivers",
): Promise<void> {
  if (refused.length === 0) return;
  const { rows } = await sql.query<Begun>(
    `with b as (select lower(coalesce(split_part(m.rendered -> 'email' ->> 'from', '@', 2), '')) as domain,
                       min(r.at) as first, max(r.at) as last, count(*)::int as times,
                       (array_agg(r.detail order by r.at desc))[1] as detail,
                       (array_agg(m.lead_id order by r.at, m.lead_id))[1] as lead
                  from jsonb_to_recordset($2::jsonb) as r (message uuid, at timestamptz, detail text)
                  join message as m on m.location_id = $1 and m.message_id = r.message
                 group by 1),
          noted as (
     insert into sender_refusal as r (location_id, domain, since, until, detail, times)
     select $1, domain, first, last + make_interval(secs => $3), detail, times from b order by domain
         on conflict (location_id, domain) do update
        set since     = case when r.lifted_at is not null or r.until < excluded.since then excluded.since
                             else least(r.since, excluded.since) end,
            until     = greatest(r.until, excluded.until),
            detail    = case when excluded.until >= r.until then excluded.detail else r.detail end,
            times     = case when r.lifted_at is not null or r.until < excluded.since then excluded.times
                             else r.times + excluded.times end,
            lifted_at = null,
            lifted_by = null
      where r.lifted_at is null or excluded.until > r.lifted_at + make_interval(secs => $3)
     returning domain, times)
     select domain, first as since, last as at, detail, lead
       from noted join b using (domain, times) -- one that went on has more of them
      order by domain`,
    [
      location,
      JSON.stringify(refused.map(({ at, ...rest }) => ({ ...rest, at: new Date(at).toISOString() }))),
      WAITS / 1_000,
    ],
  );
  for (const { domain, since, at, lead, detail } of rows) {
    const notice = {
      id: idFrom("sender.refused", domain, since),
      lead,
      users: [],
      message: wordsOf(domain, detail, by),
      at,
    };
    await insertNotice(sql, location, notice);
  }
}

/** A refusal that has just begun, with the lead whose e-mail was the first. */
interface Begun {
  readonly domain: string;
  readonly since: Instant;
  readonly at: Instant;
  readonly detail: string;
  readonly lead: string;
}

function wordsOf(domain: string, detail: string, by: "receivers" | "the CRM"): string {
  const [whose, name] = domain === "" ? ["the address that the CRM picks", "crm"] : [domain, domain];
  const refuse = by === "receivers" ? "Receivers refuse" : "The CRM refuses";
  const mend = by === "receivers" ? "Mend SPF, DKIM or DMARC" : "Verify the domain in the CRM";
  return (
    `${refuse} our e-mail from ${whose}${wordIn(detail)}; the first was to this lead. Its marketing waits until a day after the ` +
    `last refusal. ${mend}, then let it go: on the Messages page, or by latchkey senders lift ${name}.`
  );
}

const wordIn = (detail: string): string => (detail === "" ? "" : ` (${clipped(detail, WORD)})`);

const SPOKEN = { sms: "texts", whatsapp: "WhatsApp messages", voice: "calls" } as const;

/** The CRM's refusal of what is no e-mail: a number of ours that is not registered, suspended, not connected. */
export interface RefusedChannel {
  readonly channel: keyof typeof SPOKEN;
  readonly lead: string;
  readonly at: Instant;
  readonly detail: string;
}

/**
 * Counts refusals for the sender's sake by channel. From the third on the channel's marketing waits, a day from the last; the
 * team is told when that begins. One from before a person lifted the hold changes nothing.
 */
export async function noteRefusedChannels(
  sql: Sql,
  location: string,
  refused: readonly RefusedChannel[],
): Promise<void> {
  if (refused.length === 0) return;
  const { rows } = await sql.query<Omit<Begun, "domain"> & { readonly channel: keyof typeof SPOKEN }>(
    `with b as (select channel, min(at) as first, max(at) as last, count(*)::int as times,
                       (array_agg(detail order by at desc))[1] as detail, (array_agg(lead order by at, lead))[1] as lead
                  from jsonb_to_recordset($2::jsonb) as r (channel text, lead text, at timestamptz, detail text)
                 group by channel),
          noted as (
     insert into sender_refusal as r (location_id, domain, since, until, detail, times)
     select $1, channel, first, last + make_interval(secs => case when times >= $3 then $4 else 0 end), detail, times
       from b order by channel
         on conflict (location_id, domain) do update
        set (since, times, until) =
              (select n.since, n.times,
                      greatest(excluded.until, n.last + make_interval(secs => case when n.times >= $3 then $4 else 0 end))
                 from (select case when o.anew then excluded.since else least(r.since, excluded.since) end as since,
                              case when o.anew then excluded.times else r.times + excluded.times end as times,
                              (select last from b where b.channel = r.domain) as last
                         from (select r.lifted_at is not null
                                        or r.until < excluded.since - make_interval(secs => $5) as anew) as o) as n),
            detail    = excluded.detail,
            lifted_at = null,
            lifted_by = null
      where r.lifted_at is null or (select last from b where b.channel = r.domain) > r.lifted_at
     returning domain, since, times)
     select b.channel, n.since, b.last as at, b.detail, b.lead
       from noted as n join b on b.channel = n.domain
      where n.times >= $3
      order by b.channel`,
    [
      location,
      JSON.stringify(refused.map(({ at, ...rest }) => ({ ...rest, at: new Date(at).toISOString() }))),
      PILE.refusals,
      WAITS / 1_000,
      PILE.apart / 1_000,
    ],
  );
  for (const { channel, since, at, lead, detail } of rows) {
    // those that follow are the same refusal, and the same notice
    const id = idFrom("sender.refused", channel, since);
    const message =
      `The CRM refuses our ${SPOKEN[channel]} for the sake of what they are sent from${wordIn(detail)}; one of them was to this lead. ` +
      "Marketing by that channel waits until a day after the last refusal. Mend it in the CRM (registration, number, " +
      `connection), then let it go: on the Messages page, or by latchkey senders lift ${channel}.`;
    await insertNotice(sql, location, { id, lead, users: [], message, at });
  }
}

/** The domains, and the channels but e-mail, that wait at an instant. */
export async function readRefusals(sql: Sql, location: string, now: Instant): Promise<Refusals> {
  const { rows } = await sql.query<{ domain: string; since: Instant; until: Instant; detail: string; times: number }>(
    `select domain, since, until, detail, times from sender_refusal
      where location_id = $1 and until > $2 and lifted_at is null
      order by domain
      limit 100`,
    [location, new Date(now)],
  );
  return Object.fromEntries(rows.map(({ domain, ...rest }) => [domain, rest]));
}

/** Lets a domain, or a channel, go again: what it held is looked at anew, each by its lead's turn. False where nothing was held. */
export async function liftRefusal(
  sql: Sql,
  location: string,
  domain: string,
  { at, by }: { readonly at: Instant; readonly by: string },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update sender_refusal set lifted_at = $3, lifted_by = $4
      where location_id = $1 and domain = $2 and lifted_at is null and until > $3`,
    [location, domain, new Date(at), by],
  );
  if (rowCount === 0) return false;
  const { rows } = await sql.query<{ id: string; lead: string; channel: string }>(
    `select o.outbox_id as id, o.lead_id as lead, o.channels[o.place + 1] as channel
       from outbox as o
       join message as m on m.location_id = $1 and m.message_id = o.outbox_id
      where o.location_id = $1 and o.state = 'held' and o.kind = 'message'
        and m.decided @> '[{"code": "sender.refused", "ok": false}]'
        and case when o.channels[o.place + 1] = 'email'
                 then lower(coalesce(split_part(m.rendered -> 'email' ->> 'from', '@', 2), '')) = $2
                 else o.channels[o.place + 1] = $2 end`,
    [location, domain],
  );
  await insertMail(
    sql,
    rows.map(({ id, lead, channel }) => {
      const body = { outbox: id, outcome: "held", at, channel } as const;
      return { location, lead, kind: "answer", receivedAt: at, body };
    }),
  );
  return true;
}
