// What keeps a message back though no turn has read it: mail of its lead, mail of another record of the same person, and a
// STOP of somebody whose number nobody has told us yet.

import { type LeadEvent, type Mail, type Unplaced, whoseIs } from "../../events/index.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Sql } from "../../kernel/sql.ts";
import type { ChannelName, Contact } from "../../leads/index.ts";
import { saidIn } from "../law/said.ts";
import { type Family, scopeOf } from "../law/scope.ts";

/** Good news of our own effects, which keeps nothing back. */
const GOOD_NEWS = "'accepted', 'done', 'delivered', 'opened', 'clicked', 'held', 'undecided', 'withdrawn'";
const IS_NEWS = `(m.kind <> 'answer' or m.body ->> 'outcome' not in (${GOOD_NEWS}))`;

/**
 * Of `asked (location_id, lead_id)`, one person under two records: what is said as one of them silences both. The other is
 * known by its row, or by what its own mail says of it; of one that was merged away the mail comes to its survivor.
 */
const TWIN_HAS_NEWS = ["phone_key", "email_key"]
  .flatMap((key) => [
    `(select true
        from lead as one
        join lead as twin on twin.location_id = one.location_id and twin.${key} = one.${key} and twin.lead_id <> one.lead_id
        left join lead_alias as merged on merged.location_id = twin.location_id and merged.lead_id = twin.lead_id
        join mailbox as m on m.location_id = twin.location_id and m.lead_id in (twin.lead_id, merged.survivor_id) and ${IS_NEWS}
       where one.location_id = asked.location_id and one.lead_id = asked.lead_id
       limit 1)`,
    `(select true
        from lead as one
        join mailbox as m on m.location_id = one.location_id and m.${key} = one.${key} and m.lead_id <> one.lead_id
       where one.location_id = asked.location_id and one.lead_id = asked.lead_id
       limit 1)`,
  ])
  .join(" union all ");

/** Of leads that were merged away: what is said as one of them comes to its survivor. @param leads what a lead's id is compared with */
const survivorHasNews = (location: string, leads: string): string => `
  select 'mail', merged.location_id, merged.lead_id, null::jsonb
    from lead_alias as merged
    join mailbox as m on m.location_id = merged.location_id and m.lead_id = merged.survivor_id and ${IS_NEWS}
   where merged.location_id ${location} and merged.lead_id ${leads}`;

/** Words that name no number may be from one that their contact had until of late. @param leads an array, as `locations` */
const formerHasWords = (locations: string, leads: string): string => `
  select 'mail', m.location_id, one.lead_id, null::jsonb
    from mailbox as m
    join lead_state as s on s.location_id = m.location_id and s.lead_id = m.lead_id
   cross join lateral jsonb_to_recordset(s.data -> 'formerly') as had (family text, address text)
    join lead as one on one.location_id = m.location_id and one.lead_id = any(${leads})
                    and had.address = case had.family when 'phone' then one.phone_key else one.email_key end
   where m.location_id = any(${locations}) and m.unplaced is not null`;

const tells = (row: string): string =>
  `case m.unplaced when 'phone' then ${row}.phone_key when 'email' then ${row}.email_key
                   else coalesce(${row}.phone_key, ${row}.email_key) end is not null`;

/**
 * Words that may be anybody's: neither they, nor the lead's row, nor its other mail say from which number. Both are looked
 * up row by row: of the letters that ask for it there are few, however many wait.
 *
 * @param locations an array
 */
const unplacedWords = (locations: string): string => `
  select 'words', m.location_id, m.lead_id,
         jsonb_build_object('type', e.type, 'at', extract(epoch from e.at) * 1000, 'data', e.data)
    from mailbox as m
    join event as e on e.location_id = m.location_id and e.lead_id = m.lead_id
                   and e.received_at = m.received_at and e.event_id = m.event_id
   where m.location_id = any(${locations}) and m.unplaced is not null
     and (select ${tells("l")} from lead as l where l.location_id = m.location_id and l.lead_id = m.lead_id) is not true
     and (select true from mailbox as k
           where k.location_id = m.location_id and k.lead_id = m.lead_id and ${tells("k")} limit 1) is not true`;

export interface Hindrances {
  /** Leads with mail that no turn has read, their own or that of another record with the same number or address. */
  readonly withMail: ReadonlySet<string>;
  /** `<lead>/<channel>` of messages on their way. */
  readonly underWay: ReadonlySet<string>;
  /** Where nothing may leave, whoever it is to, until the CRM has said who has asked us to stop. */
  readonly closed: ReadonlySet<Family>;
  /** Of whom the CRM is to be asked. */
  readonly strangers: readonly string[];
}

interface Found {
  readonly what: "mail" | "way" | "words";
  readonly location: string;
  readonly key: string;
  readonly words: Words | null;
}

type Words = Pick<LeadEvent, "type" | "at"> & { readonly data: JsonObject };

/** What stands in the way, asked anew once the addresses are locked: whoever held them before has committed. */
export async function hindrances(sql: Sql, location: string, leads: readonly string[]): Promise<Hindrances> {
  const { rows } = await sql.query<Found>(
    `with asked as (select $1::text as location_id, unnest($2::text[]) as lead_id)
     select 'mail' as what, location_id as location, lead_id as key, null::jsonb as words
       from mailbox where location_id = $1 and lead_id = any($2::text[])
      union all
     select 'mail', asked.location_id, asked.lead_id, null from asked cross join lateral (${TWIN_HAS_NEWS}) as found
      union all ${survivorHasNews("= $1", "= any($2::text[])")}
      union all ${formerHasWords("array[$1::text]", "$2::text[]")}
      union all
     select 'way', location_id, lead_id || '/' || channels[place + 1], null from outbox
      where location_id = $1 and lead_id = any($2::text[]) and kind = 'message' and state in ('sending', 'unconfirmed')
      union all ${unplacedWords("array[$1::text]")}`,
    [location, leads],
  );
  const keysOf = (what: Found["what"]) => new Set(rows.flatMap((row) => (row.what === what ? [row.key] : [])));
  const stops = stopsIn(rows);
  return {
    withMail: keysOf("mail"),
    underWay: keysOf("way"),
    closed: new Set(stops.flatMap(({ ended }) => ended)),
    strangers: [...new Set(stops.map(({ key }) => key))],
  };
}

/** Somebody to whom a message is on its way. */
export interface Reached {
  readonly location: string;
  readonly lead: string;
  readonly channel: ChannelName | undefined;
}

/** Which of these have mail that no turn has read and that may say they want none of ours, or may be who has said so. */
export async function withNews(sql: Sql, asked: readonly Reached[]): Promise<(one: Reached) => boolean> {
  const { rows } = await sql.query<Found>(
    `select 'mail' as what, asked.location_id as location, asked.lead_id as key, null::jsonb as words
       from jsonb_to_recordset($1::jsonb) as asked (location_id text, lead_id text)
      cross join lateral (
              (select true from mailbox as m
                where m.location_id = asked.location_id and m.lead_id = asked.lead_id and ${IS_NEWS} limit 1)
              union all
              ${TWIN_HAS_NEWS}) as news
      union all ${survivorHasNews("= any($2::text[])", "= any($3::text[])")}
      union all ${formerHasWords("$2::text[]", "$3::text[]")}
      union all ${unplacedWords("$2::text[]")}`,
    [
      JSON.stringify(asked.map(({ location, lead }) => ({ location_id: location, lead_id: lead }))),
      [...new Set(asked.map(({ location }) => location))],
      [...new Set(asked.map(({ lead }) => lead))],
    ],
  );
  const leads = new Set(rows.flatMap(({ what, location, key }) => (what === "mail" ? [`${location} ${key}`] : [])));
  const closed = new Set(
    stopsIn(rows).flatMap(({ location, ended }) => ended.map((family) => `${location} ${family}`)),
  );
  return ({ location, lead, channel }) =>
    leads.has(`${location} ${lead}`) || (channel !== undefined && closed.has(`${location} ${familyOf(channel)}`));
}

/** Who has asked us to stop without a number, and what that ends. */
const stopsIn = (rows: readonly Found[]) =>
  rows.flatMap(({ location, key, words }) => {
    const ended = words === null ? [] : endedBy(words);
    return ended.length === 0 ? [] : [{ location, key, ended }];
  });

/** What these words end; nothing, where they do not ask us to stop. */
function endedBy(words: Words): readonly Family[] {
  const { judgment, family } = saidIn(words);
  return judgment.verdict === "opt_out" ? scopeOf(judgment, family, words.at) : [];
}

/** What a message on this channel is sent to. */
export const familyOf = (channel: ChannelName): Family => (channel === "email" ? "email" : "phone");

/**
 * A lead's mail holds a STOP of which neither the lead's contact nor the mail says whose number it is about: read now, it
 * would be heard as this record alone.
 */
export function stopsUnplaced(contact: Contact, mail: readonly Mail[]): boolean {
  const unplaced = mail.flatMap((letter) => (letter.kind === "event" && letter.unplaced ? [letter] : []));
  if (unplaced.length === 0) return false;
  const events = mail.flatMap((letter) => (letter.kind === "event" ? [letter.event] : []));
  const told = [contact, ...events.map(whoseIs)];
  const isTold = (by: Unplaced) =>
    told.some(({ phone, email }) => (by !== "email" && phone) || (by !== "phone" && email));
  return unplaced.some((letter) => !isTold(letter.unplaced as Unplaced) && endedBy(letter.event).length > 0);
}
