// What waits for a person: trouble, as found in other rooms' tables, and words that nobody has judged.

import type { Sql } from "../kernel/sql.ts";
import { DAY, type Instant, iso, MINUTE } from "../kernel/time.ts";
import type { Unclear, UnclearWords } from "../outreach/index.ts";
import { type Team, UNNAMED } from "./items.ts";
import { LEAD_NAME, leadNames } from "./names.ts";
import type { AttentionItem } from "./view.ts";

interface AttentionRow {
  readonly id: string;
  readonly lead: string;
  readonly leadName: string | null;
  readonly reason: "parked" | "run_failed" | "undecided" | "stuck";
  readonly detail: string | null;
  readonly since: Instant;
  readonly decision: string | null;
}

/** Longest wait first: parked leads, undecided messages, failed runs of a week. */
async function troubles(
  sql: Sql,
  location: string,
  times: { failedSince: Instant; stuckBefore: Instant },
  limit: number,
): Promise<AttentionRow[]> {
  const { rows } = await sql.query<AttentionRow>(
    `select found.id, found.lead, found.reason, found.detail, found.since, found.decision,
            ${LEAD_NAME} as "leadName"
       from (select * from (select 'parked:' || lead_id as id, lead_id as lead, 'parked' as reason, parked_why as detail,
                                   parked_at as since, null::uuid as decision
                              from lead_turn
                             where location_id = $1
                               and parked_at is not null
                             order by parked_at
                             limit $4) as parked
              union all
             select * from (select 'stuck:' || lead_id, lead_id, 'stuck', null, due_at, null::uuid
                              from lead_turn
                             where location_id = $1
                               and due_at is not null
                               and parked_at is null
                               and due_at < $3
                             order by due_at
                             limit $4) as stuck
              union all
             select * from (select 'undecided:' || o.outbox_id, o.lead_id, 'undecided', o.workflow, o.created_at,
                                   (select decision_id from decision
                                     where location_id = $1 and message_id = o.outbox_id
                                     order by at desc limit 1)
                              from outbox as o
                             where o.location_id = $1
                               and o.state = 'undecided'
                             order by o.created_at
                             limit $4) as undecided
              union all
             select * from (select 'run:' || run_id, lead_id, 'run_failed', workflow, ended_at, null::uuid
                              from run
                             where location_id = $1
                               and status = 'failed'
                               and ended_at >= $2
                             order by ended_at
                             limit $4) as failed) as found
       left join lead as l on l.location_id = $1 and l.lead_id = found.lead
      order by found.since, found.id
      limit $4`,
    [location, new Date(times.failedSince), new Date(times.stuckBefore), limit],
  );
  return rows;
}

/** Failed runs trouble people for a week; due work that nobody took for a minute is stuck. */
const troubleTimes = (now: Instant, speed: number) => ({
  failedSince: now - 7 * DAY,
  stuckBefore: now - MINUTE * speed,
});

export interface AttentionAsked {
  readonly team: Team;
  /** How fast domain time runs beside real time. */
  readonly speed: number;
  /** Absent: nobody's words are looked for. */
  readonly unclear?: Unclear | undefined;
  readonly limit: number;
}

/** What waits for a person, longest wait first: trouble, and words that nobody has judged. */
export async function attention(sql: Sql, location: string, asked: AttentionAsked): Promise<AttentionItem[]> {
  const { team, speed, limit } = asked;
  const rows = await troubles(sql, location, troubleTimes(team.now, speed), limit);
  const unclear = (await asked.unclear?.waiting(sql, location, limit)) ?? [];
  const leads = unclear.map(({ lead }) => lead);
  const names = leads.length === 0 ? new Map<string, string>() : await leadNames(sql, location, leads);
  return [...rows.map((row) => attentionItem(row, team)), ...unclear.map((one) => unclearItem(one, names))]
    .sort((a, b) => Date.parse(a.since) - Date.parse(b.since))
    .slice(0, limit);
}

function unclearItem({ lead, family, since, words }: UnclearWords, names: ReadonlyMap<string, string>): AttentionItem {
  return {
    id: `unclear:${family}:${lead}`,
    lead: { id: lead, name: names.get(lead) ?? UNNAMED },
    reason: "unclear",
    text: `May have asked us to stop${words === undefined ? "" : `: “${words}”`}. Nothing goes out until you say`,
    since: iso(since),
    actions: ["open"],
  };
}

const TROUBLE: Readonly<Record<AttentionRow["reason"], (detail: string | null, team: Team) => string>> = {
  parked: (detail) => `Stands still after repeated errors${detail === null ? "" : `: ${detail}`}`,
  run_failed: (detail, team) => `${detail === null ? "A workflow" : team.workflow(detail)} failed for them`,
  undecided: (detail, team) =>
    `Nobody can tell whether a message arrived${detail === null ? "" : ` (${team.workflow(detail)})`}`,
  stuck: () => "Something is due and nothing has taken it",
};

function attentionItem(row: AttentionRow, team: Team): AttentionItem {
  return {
    id: row.id,
    lead: { id: row.lead, name: row.leadName ?? UNNAMED },
    reason: row.reason,
    text: TROUBLE[row.reason](row.detail, team),
    since: iso(row.since),
    ...(row.decision === null ? {} : { decision: row.decision }),
    actions: row.reason === "parked" ? ["open", "retry"] : ["open"],
  };
}
