// Receivers that refuse us as a sender: marketing e-mail from that domain waits for a day, and the team is told once. Every
// statement that touches `sender_refusal` is in this file. Source: compliance facts 3.

import { insertMail } from "../../events/index.ts";
import { idFrom } from "../../kernel/ids.ts";
import { clipped } from "../../kernel/json.ts";
import type { Sql } from "../../kernel/sql.ts";
import { DAY, type Instant } from "../../kernel/time.ts";
import { insertNotice } from "../beyond/notices.ts";
import type { Refusals } from "../message.ts";

const WAITS = DAY;
/** Of the receiver's word, in a notice. Characters. */
const WORD = 200;

/** A bounce for the sender's sake, of a message of ours. */
export interface RefusedSender {
  readonly message: string;
  readonly at: Instant;
  readonly detail: string;
}

/**
 * Notes whom receivers refuse. One from before a person lifted the hold changes nothing. The first refusal of a domain that
 * had none is told to everybody of the team; those that follow it are the same refusal.
 */
export async function noteRefusals(sql: Sql, location: string, refused: readonly RefusedSender[]): Promise<void> {
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
      message: wordsOf(domain, detail),
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

function wordsOf(domain: string, detail: string): string {
  const [whose, name] = domain === "" ? ["the address that the CRM picks", "crm"] : [domain, domain];
  const word = detail === "" ? "" : ` (${clipped(detail, WORD)})`;
  return (
    `Receivers refuse our e-mail from ${whose}${word}; the first was to this lead. Its marketing waits until a day after the ` +
    `last refusal. Mend SPF, DKIM or DMARC, then let it go: on the Messages page, or by latchkey senders lift ${name}.`
  );
}

/** The domains that wait at an instant. */
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

/** Lets a domain go again: what it held is looked at anew, each by its lead's turn. False where nothing was held. */
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
  const { rows } = await sql.query<{ id: string; lead: string }>(
    `select o.outbox_id as id, o.lead_id as lead
       from outbox as o
       join message as m on m.location_id = $1 and m.message_id = o.outbox_id
      where o.location_id = $1 and o.state = 'held' and o.kind = 'message' and o.channels[o.place + 1] = 'email'
        and m.decided @> '[{"code": "sender.refused", "ok": false}]'
        and lower(coalesce(split_part(m.rendered -> 'email' ->> 'from', '@', 2), '')) = $2`,
    [location, domain],
  );
  await insertMail(
    sql,
    rows.map(({ id, lead }) => {
      const body = { outbox: id, outcome: "held", at, channel: "email" } as const;
      return { location, lead, kind: "answer", receivedAt: at, body };
    }),
  );
  return true;
}
