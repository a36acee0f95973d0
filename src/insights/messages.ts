// How messages fare: what was sent, what arrived, what people did; what waits, and why. Counts beside their base, never a
// rate alone. Read off the counts that turns append, so that it costs what is shown and not what was ever sent.

import type { Sql } from "../kernel/sql.ts";
import { type Instant, iso } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import type { Context } from "./values.ts";
import { plain } from "./values.ts";
import { words } from "./words.ts";

/**
 * What is counted of messages, or of attempts on a channel. `failed` of a message: no channel got through, a bounce included.
 * `machine_…` are proxies and scanners, not people.
 */
export const STAGES = [
  "decided",
  "held",
  "refused",
  "expired",
  "withdrawn",
  "accepted",
  "delivered",
  "opened",
  "clicked",
  "replied",
  "failed",
  "bounced",
  "opted_out",
  "failover",
  "machine_opened",
  "machine_clicked",
] as const;
export type Stages = { readonly [stage in (typeof STAGES)[number]]: number };

export interface MessagesView {
  readonly asOf: string;
  readonly from: string;
  readonly to: string;
  /**
   * What all but `channels` counts: messages, each once however many channels it tries; where one channel is asked for,
   * attempts on it.
   */
  readonly counts: Measure;
  readonly total: Stages;
  /** Attempts, on each channel. */
  readonly channels: readonly Counted[];
  readonly workflows: readonly Counted[];
  readonly templates: readonly Counted[];
  /** Days of the location's zone, oldest first: `2026-11-22`. */
  readonly days: readonly Counted[];
  /** What is held at this moment. */
  readonly held: {
    readonly count: number;
    /** When the first of them may go. */
    readonly next?: string;
    /** The check that binds, most common first. */
    readonly reasons: readonly {
      readonly code: string;
      readonly label: string;
      readonly count: number;
      readonly next?: string;
    }[];
  };
}

export type Measure = "messages" | "attempts";

/** Under which name turns count it. */
const METRIC = { messages: "fate", attempts: "funnel" } as const satisfies Record<Measure, string>;

export interface Counted {
  readonly key: string;
  readonly name: string;
  readonly stages: Stages;
}

export interface Wanted {
  readonly from: Instant;
  readonly to: Instant;
  readonly channel?: ChannelName | undefined;
  readonly workflow?: string | undefined;
  readonly template?: string | undefined;
}

interface Row {
  readonly measure: Measure;
  readonly day: string;
  readonly stage: keyof Stages;
  readonly channel: string;
  readonly workflow: string;
  readonly template: string;
  readonly n: number;
}

/** Hours are the finest there is: `from` is that of its hour, and `to` of the hour it lies in. */
async function counts(sql: Sql, location: string, zone: string, wanted: Wanted): Promise<Row[]> {
  const { rows } = await sql.query<Row>(
    `select to_char(c.at at time zone $4, 'YYYY-MM-DD') as day, split_part(c.metric, '.', 2) as stage,
            case split_part(c.metric, '.', 1) when 'fate' then 'messages' else 'attempts' end as measure,
            split_part(c.dimension, '/', 1) as channel, split_part(c.dimension, '/', 2) as workflow,
            split_part(c.dimension, '/', 3) as template, sum(c.amount)::float8 as n
       from (select bucket as at, metric, dimension, amount
               from insight
              where location_id = $1 and bucket >= date_trunc('hour', $2::timestamptz, 'UTC') and bucket <= $3
                and metric = any($5::text[])
              union all
             select date_trunc('hour', at, 'UTC'), metric, dimension, amount
               from insight_delta
              where location_id = $1 and at >= date_trunc('hour', $2::timestamptz, 'UTC') and at <= $3
                and metric = any($5::text[])) as c
      where ($6::text is null or split_part(c.dimension, '/', 1) = $6)
        and ($7::text is null or split_part(c.dimension, '/', 2) = $7)
        and ($8::text is null or split_part(c.dimension, '/', 3) = $8)
      group by 1, 2, 3, 4, 5, 6
      order by 1, 2, 3, 4, 5, 6`,
    [
      location,
      new Date(wanted.from),
      new Date(wanted.to),
      zone,
      Object.values(METRIC).flatMap((metric) => STAGES.map((stage) => `${metric}.${stage}`)),
      wanted.channel ?? null,
      wanted.workflow ?? null,
      wanted.template ?? null,
    ],
  );
  return rows;
}

/** What became of a location's messages since an instant's hour, each counted once. */
export async function messagesSince(sql: Sql, location: string, from: Instant, to: Instant): Promise<Stages> {
  const counted = await counts(sql, location, "UTC", { from, to });
  return stagesOf(counted.filter(({ measure }) => measure === "messages"));
}

/** What is held now, by the check that binds it. */
async function heldNow(
  sql: Sql,
  location: string,
  wanted: Pick<Wanted, "channel" | "workflow" | "template">,
): Promise<{ code: string | null; channel: ChannelName; n: number; next: Instant | null }[]> {
  const { rows } = await sql.query<{ code: string | null; channel: ChannelName; n: number; next: Instant | null }>(
    `select v.code, o.channels[o.place + 1] as channel, count(*)::int as n, min(o.not_before) as next
       from outbox as o
       join message as m on m.location_id = o.location_id and m.message_id = o.outbox_id
       left join lateral (
              select e ->> 'code' as code
                from jsonb_array_elements(m.decided) as e
               where e ->> 'ok' = 'false'
                 and coalesce(e ->> 'channel', o.channels[o.place + 1]) = o.channels[o.place + 1]
               limit 1) as v on true
      where o.location_id = $1 and o.kind = 'message' and o.state = 'held'
        and ($2::text is null or o.channels[o.place + 1] = $2)
        and ($3::text is null or o.workflow = $3)
        and ($4::text is null or m.template = $4)
      group by 1, 2
      order by 3 desc, 1, 2`,
    [location, wanted.channel ?? null, wanted.workflow ?? null, wanted.template ?? null],
  );
  return rows;
}

/** @param zone in which days begin, IANA */
export async function messagesView(
  sql: Sql,
  location: string,
  wanted: Wanted,
  about: { readonly now: Instant; readonly zone: string; readonly context: Context; workflow(id: string): string },
): Promise<MessagesView> {
  const counted = await counts(sql, location, about.zone, wanted);
  const measure: Measure = wanted.channel === undefined ? "messages" : "attempts";
  const rows = counted.filter((row) => row.measure === measure);
  const held = await heldNow(sql, location, wanted);
  const reasons = new Map<string, { code: string; label: string; count: number; next?: string }>();
  for (const { code, channel, n, next } of held) {
    const name = code ?? "held";
    const known = reasons.get(name);
    const label = code === null ? "To be looked at" : (words(code, {}, about.context, channel).label ?? plain(code));
    const first = earlier(known?.next, next === null ? undefined : iso(next));
    reasons.set(name, {
      code: name,
      label,
      count: n + (known?.count ?? 0),
      ...(first === undefined ? {} : { next: first }),
    });
  }
  const waiting = [...reasons.values()].sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
  const next = waiting.reduce<string | undefined>((first, reason) => earlier(first, reason.next), undefined);
  const most = (from: readonly Row[], key: (row: Row) => string, name: (key: string) => string) =>
    grouped(from, key, name).sort((a, b) => b.stages.decided - a.stages.decided || (a.key < b.key ? -1 : 1));
  return {
    asOf: iso(about.now),
    from: iso(wanted.from),
    to: iso(wanted.to),
    counts: measure,
    total: stagesOf(rows),
    channels: most(
      counted.filter((row) => row.measure === "attempts"),
      (row) => row.channel,
      (key) => key,
    ),
    workflows: most(rows, (row) => row.workflow, about.workflow),
    templates: most(rows, (row) => row.template, plain),
    days: grouped(
      rows,
      (row) => row.day,
      (key) => key,
    ),
    held: {
      count: waiting.reduce((sum, { count }) => sum + count, 0),
      ...(next === undefined ? {} : { next }),
      reasons: waiting,
    },
  };
}

const earlier = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a;

function grouped(rows: readonly Row[], key: (row: Row) => string, name: (key: string) => string): Counted[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return [...groups]
    .filter(([of]) => of !== "")
    .map(([of, own]) => ({ key: of, name: name(of), stages: stagesOf(own) }));
}

function stagesOf(rows: readonly Row[]): Stages {
  const sums: Record<string, number> = Object.fromEntries(STAGES.map((stage) => [stage, 0]));
  for (const { stage, n } of rows) sums[stage] = (sums[stage] ?? 0) + n;
  return sums as Stages;
}
