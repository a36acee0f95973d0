// Triggers and actions of the CRM's workflows at rest. Every statement that touches `crm_trigger` or `crm_action` is in
// this file.

import type { After } from "../kernel/request.ts";
import type { Sql } from "../kernel/sql.ts";
import { type Instant, MINUTE } from "../kernel/time.ts";
import type { ActionAnswer, ActionAsked } from "./action.ts";
import type { Subscription } from "./subscription.ts";

const COLUMNS = `subscription_id as id, kind, filters, target_url as "targetUrl", workflow_id as workflow, problem`;

/** Far more than anybody puts into workflows by hand. */
export const MOST_SUBSCRIPTIONS = 500;

export async function readSubscriptions(sql: Sql, location: string): Promise<Subscription[]> {
  const { rows } = await sql.query<Record<string, unknown>>(
    `select ${COLUMNS} from crm_trigger where location_id = $1 order by subscription_id`,
    [location],
  );
  return rows.map(subscriptionOf);
}

/** Where this trigger wants to be told; undefined: it is gone. */
export async function targetOf(sql: Sql, location: string, id: string): Promise<string | undefined> {
  const { rows } = await sql.query<{ url: string }>(
    "select target_url as url from crm_trigger where location_id = $1 and subscription_id = $2",
    [location, id],
  );
  return rows[0]?.url;
}

/** The CRM says the same again now and then: the last word stands. False: there are too many. */
export async function saveSubscription(
  sql: Sql,
  location: string,
  { id, kind, filters, targetUrl, workflow, problem }: Subscription,
  now: Instant,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `insert into crm_trigger (location_id, subscription_id, kind, filters, target_url, workflow_id, problem, created_at, updated_at)
     select $1, $2, $3, $4::jsonb, $5, $6, $7, $8, $8
      where (select count(*) from crm_trigger where location_id = $1 and subscription_id <> $2) < ${MOST_SUBSCRIPTIONS}
         on conflict (location_id, subscription_id) do update
        set kind = excluded.kind, filters = excluded.filters, target_url = excluded.target_url,
            workflow_id = excluded.workflow_id, problem = excluded.problem, updated_at = excluded.updated_at`,
    [location, id, kind, JSON.stringify(filters), targetUrl, workflow ?? null, problem ?? null, new Date(now)],
  );
  return rowCount > 0;
}

export async function removeSubscription(sql: Sql, location: string, id: string): Promise<void> {
  await sql.query("delete from crm_trigger where location_id = $1 and subscription_id = $2", [location, id]);
}

/** A trigger, and how telling it went. */
export interface SubscriptionView extends Omit<Subscription, "targetUrl"> {
  readonly createdAt: Instant;
  readonly told: number;
  readonly waiting: number;
  readonly failed: number;
  readonly lastToldAt?: Instant;
  readonly lastFailedAt?: Instant;
}

/** A page of them, oldest first. @param since what was told is counted from here */
export async function viewSubscriptions(
  sql: Sql,
  location: string,
  { since, after, limit }: { readonly since: Instant; readonly after?: After | undefined; readonly limit: number },
): Promise<SubscriptionView[]> {
  const { rows } = await sql.query<Record<string, unknown>>(
    `select ${COLUMNS}, t.created_at as "createdAt", coalesce(o.told, 0)::int as told, coalesce(o.waiting, 0)::int as waiting,
            coalesce(o.failed, 0)::int as failed, o.last_told as "lastToldAt", o.last_failed as "lastFailedAt"
       from crm_trigger as t
       left join (select body ->> 'subscription' as subscription,
                         count(*) filter (where state = 'accepted') as told,
                         count(*) filter (where state in ('queued', 'sending')) as waiting,
                         count(*) filter (where state = 'rejected') as failed,
                         max(created_at) filter (where state = 'accepted') as last_told,
                         max(created_at) filter (where state = 'rejected') as last_failed
                    from outbox
                   where location_id = $1 and kind = 'crm_trigger' and created_at >= $2
                   group by 1) as o
         on o.subscription = t.subscription_id
      where t.location_id = $1
        and ($3::timestamptz is null or (t.created_at, t.subscription_id) > ($3, $4))
      order by t.created_at, t.subscription_id
      limit $5`,
    [location, new Date(since), after === undefined ? null : new Date(after.at), after?.id ?? null, limit],
  );
  return rows.map((row) => {
    const { targetUrl: _, ...shown } = subscriptionOf(row);
    return shown as SubscriptionView;
  });
}

const subscriptionOf = (row: Record<string, unknown>): Subscription =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as Subscription;

// Actions ------------------------------------------------------------------------------------------------------------

export interface Begun {
  /** The same for every repetition of one execution. */
  readonly id: string;
  /** What it was answered before. */
  readonly answer?: ActionAnswer;
}

/** Notes an execution, or finds it noted. */
export async function beginAction(sql: Sql, { location, execution }: ActionAsked, now: Instant): Promise<Begun> {
  const over = new Date(execution.exact ? 0 : now - MINUTE);
  const { rows } = await sql.query<{ at: Instant; answer: ActionAnswer | null }>(
    `insert into crm_action as a (location_id, action_id, asked_at) values ($1, $2, $3)
         on conflict (location_id, action_id) do update
        set asked_at = case when a.asked_at <= $4 then excluded.asked_at else a.asked_at end,
            answer   = case when a.asked_at <= $4 then null else a.answer end
  returning asked_at as at, answer`,
    [location, execution.id, new Date(now), over],
  );
  const { at = now, answer = null } = rows[0] ?? {};
  return { id: `${execution.id}:${at}`, ...(answer === null ? {} : { answer }) };
}

export async function endAction(sql: Sql, { location, execution }: ActionAsked, answer: ActionAnswer): Promise<void> {
  await sql.query("update crm_action set answer = $3::jsonb where location_id = $1 and action_id = $2", [
    location,
    execution.id,
    JSON.stringify(answer),
  ]);
}
