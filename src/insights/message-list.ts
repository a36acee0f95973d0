// Messages as a list: which are asked for, in SQL over other rooms' tables, and what is shown of each.

import type { JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import { type Instant, iso } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import type { OutboxState, PutOff } from "../outreach/index.ts";
import { channelAt, contextOf, messageState, type Team, UNNAMED } from "./items.ts";
import { legViews } from "./legs.ts";
import { LEAD_NAME } from "./names.ts";
import { bindingOf, heldWords, messageStatus } from "./sentence.ts";
import type { Context } from "./values.ts";
import type { MessageState, MessageView } from "./view.ts";
import { words } from "./words.ts";

export interface OutboxListRow {
  readonly id: string;
  readonly lead: string;
  readonly leadName: string | null;
  readonly workflow: string | null;
  readonly run: string | null;
  readonly path: string | null;
  readonly channels: readonly ChannelName[];
  readonly place: number;
  readonly state: OutboxState;
  readonly notBefore: Instant | null;
  readonly holdUntil: Instant | null;
  readonly putOff: PutOff | null;
  readonly createdAt: Instant;
  readonly template: string | null;
  readonly delivery: JsonObject | null;
  readonly decision: string | null;
  readonly trace: JsonObject | null;
}

/** What a list of messages is asked by; what is absent does not matter. */
export interface MessagesWanted {
  readonly states: readonly OutboxState[] | undefined;
  /** Where receipts have brought what the CRM took. */
  readonly fate: "accepted" | "delivered" | "failed" | undefined;
  readonly channel: ChannelName | undefined;
  readonly workflow: string | undefined;
  readonly template: string | undefined;
  readonly lead: string | undefined;
  /** What was once decided of it, and the check that bound: `code` of the first failing one. */
  readonly verdict: "held" | "blocked" | "expired" | undefined;
  readonly check: string | undefined;
  readonly before: { readonly at: Instant; readonly id: string } | undefined;
}

/** Receipts and checks are no part of the outbox: so many rows of it are looked through for one page, no more. */
const LOOKED = 10_000;

const isLookedFor = ({ fate, verdict, check }: MessagesWanted): boolean =>
  fate !== undefined || verdict !== undefined || check !== undefined;

const MESSAGES = `select *
               from outbox
              where location_id = $1
                and kind = 'message'
                and ($2::text[] is null or state = any($2))
                and ($3::text is null or channels[place + 1] = $3)
                and ($4::text is null or workflow = $4)
                and ($5::text is null or lead_id = $5)
                and ($6::timestamptz is null or (created_at, outbox_id) < ($6, $7::uuid))
                and ($8::text is null or body ->> 'template' = $8)
              order by created_at desc, outbox_id desc
              limit $9`;

const askedOf = (location: string, wanted: MessagesWanted, most: number) => [
  location,
  wanted.states ?? null,
  wanted.channel ?? null,
  wanted.workflow ?? null,
  wanted.lead ?? null,
  wanted.before === undefined ? null : new Date(wanted.before.at),
  wanted.before?.id ?? null,
  wanted.template ?? null,
  most,
];

/** Messages, newest first. Fewer than `limit` are the last there are, unless {@link lastLookedAt} says where to go on. */
export async function messages(
  sql: Sql,
  location: string,
  wanted: MessagesWanted,
  limit: number,
): Promise<OutboxListRow[]> {
  const { rows } = await sql.query<OutboxListRow>(
    `select o.outbox_id as id, o.lead_id as lead, o.workflow, o.run_id as run, o.path, o.channels, o.place, o.state,
            o.not_before as "notBefore", o.hold_until as "holdUntil",
            case when o.state = 'queued' then o.put_off end as "putOff",
            o.created_at as "createdAt", m.template, m.delivery,
            ${LEAD_NAME} as "leadName",
            d.decision_id as decision, d.trace
       from (${MESSAGES}) as o
       left join message as m on m.location_id = o.location_id and m.message_id = o.outbox_id
       left join lead    as l on l.location_id = o.location_id and l.lead_id = o.lead_id
       left join lateral (
              select decision_id, trace
                from decision
               where location_id = o.location_id
                 and message_id = o.outbox_id
               order by at desc, turn desc, place desc
               limit 1) as d on true
      where ($10::text is null
             or $10 = case when o.state = 'rejected' or m.delivery ?| '{failed,failedAt,bounced,bouncedAt}'
                                or m.delivery ->> 'status' in ('failed', 'bounced') then 'failed'
                           when m.delivery ?| '{delivered,deliveredAt,opened,openedAt}'
                                or m.delivery ->> 'status' in ('delivered', 'opened') then 'delivered'
                           else 'accepted' end)
        and (($11::text is null and $12::text is null) or exists (
              select from decision as k
               where k.location_id = o.location_id
                 and k.message_id = o.outbox_id
                 and ($11 is null or k.verdict = $11)
                 and ($12 is null or $12 = (
                       select coalesce(link -> 'values' ->> 'verdict', link ->> 'code')
                         from jsonb_array_elements(k.trace -> 'links') as link
                        where link ->> 'kind' = 'permission'
                        limit 1))))
      order by o.created_at desc, o.outbox_id desc
      limit $13`,
    [
      ...askedOf(location, wanted, isLookedFor(wanted) ? LOOKED : limit),
      wanted.fate ?? null,
      wanted.verdict ?? null,
      wanted.check ?? null,
      limit,
    ],
  );
  return rows;
}

/** The last row that was looked through for a page that did not come full; undefined where there are no older ones. */
export async function lastLookedAt(
  sql: Sql,
  location: string,
  wanted: MessagesWanted,
): Promise<{ id: string; createdAt: Instant } | undefined> {
  if (!isLookedFor(wanted)) return undefined;
  const { rows } = await sql.query<{ id: string; createdAt: Instant }>(
    `select outbox_id as id, created_at as "createdAt" from (${MESSAGES}) as o offset $9 - 1`,
    askedOf(location, wanted, LOOKED),
  );
  return rows[0];
}

/** How many messages wait at this moment: held, and those of which nobody knows whether they left. */
export async function messagesWaiting(sql: Sql, location: string): Promise<{ held: number; unconfirmed: number }> {
  const { rows } = await sql.query<{ held: number; unconfirmed: number }>(
    `select (select count(*)::int from outbox
              where location_id = $1 and kind = 'message' and state = 'held') as held,
            (select count(*)::int from outbox
              where location_id = $1 and kind = 'message' and state in ('sending', 'unconfirmed')
                and state = 'unconfirmed')
          + (select count(*)::int from outbox
              where location_id = $1 and kind = 'message' and state = 'undecided') as unconfirmed`,
    [location],
  );
  return rows[0] as { held: number; unconfirmed: number };
}

/** The states of the outbox that are shown as one. */
export const STATES: Readonly<Record<MessageState, readonly OutboxState[]>> = {
  queued: ["queued", "refused"],
  held: ["held"],
  sending: ["sending"],
  unconfirmed: ["unconfirmed"],
  accepted: ["accepted"],
  delivered: ["accepted"],
  failed: ["rejected", "accepted"],
  blocked: ["blocked"],
  expired: ["expired"],
  withdrawn: ["withdrawn"],
  undecided: ["undecided"],
  shadow: ["shadow"],
};

/** Why it is where it is: what the decision says of it, or where it has neither gone nor failed, what the sender knows. */
function reasonOf(
  { trace, notBefore, holdUntil, putOff }: OutboxListRow,
  state: MessageState,
  channel: ChannelName,
  context: Context,
): MessageView["reason"] {
  const links = (trace?.["links"] ?? []) as unknown as Parameters<typeof bindingOf>[0];
  const failing = bindingOf(links, state, channel);
  if (failing !== undefined && state === "held") {
    const facts = { channel, heldUntil: notBefore ?? undefined, holdUntil: holdUntil ?? undefined };
    return { code: failing.code, line: heldWords(links, facts, context) };
  }
  if (failing !== undefined && (state === "blocked" || state === "expired"))
    return { code: failing.code, line: words(failing.code, failing.values, context, failing.channel).line };
  const code =
    state === "unconfirmed"
      ? "send.unconfirmed"
      : state === "undecided"
        ? "provider.undecided"
        : putOff === null
          ? undefined
          : `put_off.${putOff}`;
  return code === undefined ? undefined : { code, line: words(code, undefined, context).line };
}

export function messageView(row: OutboxListRow, team: Team): MessageView {
  const state = messageState(row.state, row.delivery);
  const channel = channelAt(row.channels, row.place);
  const reason = reasonOf(row, state, channel, contextOf(team, row.leadName));
  return {
    id: row.id,
    lead: { id: row.lead, name: row.leadName ?? UNNAMED },
    channel,
    ...(row.template === null ? {} : { template: row.template }),
    ...(row.workflow === null ? {} : { workflow: row.workflow }),
    ...(row.run === null ? {} : { run: row.run }),
    ...(row.path === null ? {} : { step: row.path }),
    state,
    status: messageStatus(state),
    legs: legViews(row.channels, row.place, row.delivery),
    ...(state === "held" && row.notBefore !== null ? { heldUntil: iso(row.notBefore) } : {}),
    ...(reason === undefined ? {} : { reason }),
    createdAt: iso(row.createdAt),
    ...(row.decision === null ? {} : { decision: row.decision }),
  };
}
