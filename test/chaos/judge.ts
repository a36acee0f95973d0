// What must hold after the kills, read from the provider's ledger and from Latchkey's database. The provider's ledger
// decides who was written to; Latchkey's own words may only excuse what it shows as undecided.

import { SENDING_MS } from "../../src/outreach/sending/store.ts";
import type { Acknowledged } from "./load.ts";
import type { Place } from "./place.ts";

/** An entry of the provider's ledger. */
export interface Taken {
  readonly contactId: string;
  readonly type: string;
  readonly subject?: string;
  readonly body: string;
  readonly hash: string;
  readonly answer: "answered" | "failed" | "dropped";
}

export interface Findings {
  /** Webhooks and events that were acknowledged, and are not in the log and in exactly one turn. */
  readonly unprocessed: readonly string[];
  /** Webhooks that count twice. */
  readonly repeated: readonly string[];
  /** Leads who were sent the same message more than once. */
  readonly doubled: readonly string[];
  /** Messages that were never taken, and which nothing shows. */
  readonly missing: readonly string[];
  /** Due runs, messages or mail older than a minute, neither parked nor shown; runs that nothing will ever wake. */
  readonly stuck: readonly string[];
  /** Steps that had not come when time was up, although nothing of their lead's waits for a person's word. */
  readonly late: readonly string[];
  readonly figures: Figures;
}

export interface Figures {
  readonly taken: number;
  readonly answersLost: number;
  readonly unconfirmed: number;
  readonly found: number;
  readonly resent: number;
  /** Of these: committed by a process that was killed before it had an answer. */
  readonly resentOfDead: number;
  readonly undecided: number;
  readonly underWay: number;
  readonly parked: number;
}

/** The steps of the two workflows, and how the message of each begins. */
export const STEPS = { mail: "Welcome", first: "First", second: "Second", third: "Third" } as const;
type Step = keyof typeof STEPS;

const OVERDUE = 60_000;
/** A request's longest, ms. */
const REQUEST = 12_000;
/** What a lead may lack while a person, a look-up or a wait stands between. */
const SHOWN = new Set(["undecided", "unconfirmed"]);

export async function judge(
  place: Place,
  {
    taken,
    acknowledged,
    echoed,
    lost: seen,
  }: {
    readonly taken: readonly Taken[];
    readonly acknowledged: readonly Acknowledged[];
    /** Outbox identities whose answer was lost, as far as they were seen so, and whether their process died. */
    readonly lost: ReadonlyMap<string, boolean>;
    /** Ids of the provider's own webhooks that were acknowledged to it. */
    readonly echoed: readonly string[];
  },
): Promise<Findings> {
  const rows = await place.query<OutboxFigure>(OUTBOX);
  const runs = await place.query<RunFigure>(RUNS);
  const parked = await place.query<{ lead: string; why: string }>(
    "select lead_id as lead, parked_why as why from lead_turn where parked_at is not null",
  );
  const aside = new Map(parked.map(({ lead, why }) => [lead, why]));
  const counted = countsOf(taken);
  const { missing, underWay } = missed(counted, acknowledged, { rows, runs, aside });
  const lost = rows.filter(({ id, resent }) => seen.has(id) || resent > 0);
  const asked = new Set(rows.flatMap(({ state, lead }) => (state === "undecided" ? [lead] : [])));
  return {
    unprocessed: await unprocessed(place, acknowledged, echoed, aside),
    repeated: await repeated(place),
    doubled: [...counted].filter(([, times]) => times > 1).map(([key, times]) => `${key}: ${times} times`),
    missing,
    late: underWay.filter((key) => !asked.has(key.split(" ")[0] ?? "")),
    stuck: await stuck(place, Date.now() - OVERDUE),
    figures: {
      taken: taken.length,
      answersLost: taken.filter(({ answer }) => answer !== "answered").length,
      unconfirmed: lost.length,
      found: lost.filter(({ state, resent }) => state === "accepted" && resent === 0).length,
      resent: lost.filter(({ resent }) => resent > 0).length,
      resentOfDead: lost.filter(({ id, resent }) => resent > 0 && seen.get(id) === true).length,
      undecided: rows.filter(({ state }) => state === "undecided").length,
      underWay: underWay.length,
      parked: parked.length,
    },
  };
}

interface OutboxFigure {
  readonly id: string;
  readonly lead: string;
  readonly path: string;
  readonly state: string;
  readonly resent: number;
}

const OUTBOX = "select outbox_id as id, lead_id as lead, path, state, resent from outbox where kind = 'message'";

interface RunFigure {
  readonly lead: string;
  readonly workflow: string;
  readonly path: string | null;
  readonly status: string;
}

const RUNS = "select lead_id as lead, workflow, path, status from run where ended_at is null";

/** How often the provider took each message: `<lead> <step>`; every body is one step's. */
function countsOf(taken: readonly Taken[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { contactId, body, subject } of taken) {
    const words = subject ?? body;
    const step = (Object.keys(STEPS) as Step[]).find((name) => words.startsWith(STEPS[name]));
    const key = `${contactId} ${step ?? words}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** What each lead should have been sent: whoever was introduced, the mail; whoever wrote, the three answers. */
function missed(
  counted: ReadonlyMap<string, number>,
  acknowledged: readonly Acknowledged[],
  {
    rows,
    runs,
    aside,
  }: { rows: readonly OutboxFigure[]; runs: readonly RunFigure[]; aside: ReadonlyMap<string, string> },
) {
  const shown = new Set(rows.filter(({ state }) => SHOWN.has(state)).map(({ lead, path }) => `${lead} ${path}`));
  const going = new Set(runs.map(({ lead, workflow }) => `${lead} ${workflow}`));
  const missing: string[] = [];
  const underWay: string[] = [];
  for (const { lead, type } of acknowledged) {
    const steps: Step[] =
      type === "ContactCreate" ? ["mail"] : type === "InboundMessage" ? ["first", "second", "third"] : [];
    for (const step of steps) {
      const key = `${lead} ${step}`;
      if (counted.has(key) || shown.has(key) || aside.has(lead)) continue;
      // a run that has not come to this step yet; whether it ever will is asked of the runs
      if (going.has(`${lead} ${step === "mail" ? "greet" : "answer"}`)) underWay.push(key);
      else missing.push(key);
    }
  }
  return { missing, underWay };
}

/** Acknowledged, so it has a receipt, an event in the log, and one turn that decided on it. */
async function unprocessed(
  place: Place,
  acknowledged: readonly Acknowledged[],
  echoed: readonly string[],
  aside: ReadonlyMap<string, string>,
): Promise<string[]> {
  const rows = await place.query<{ id: string; logged: number; decided: number }>(
    `with decided as (
       select (input ->> 'event')::uuid as event_id, count(*)::int as times
         from turn, jsonb_array_elements(inputs) as input
        where input ? 'event' group by 1),
     logged as (select event_id, count(*)::int as times from event group by 1)
     select r.receipt_id as id, coalesce(l.times, 0) as logged, coalesce(d.times, 0) as decided
       from receipt as r left join logged as l using (event_id) left join decided as d using (event_id)`,
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  return [
    ...acknowledged.flatMap(({ id, lead, type }) => {
      const row = known.get(id);
      if (row === undefined) return [`${type} ${id}: acknowledged and not kept`];
      if (row.logged !== 1) return [`${type} ${id}: ${row.logged} times in the log`];
      if (row.decided === 1 || (row.decided === 0 && aside.has(lead))) return [];
      return [`${type} ${id}: decided ${row.decided} times`];
    }),
    ...echoed.filter((id) => !known.has(id)).map((id) => `the provider's ${id}: acknowledged and not kept`),
  ];
}

async function repeated(place: Place): Promise<string[]> {
  const rows = await place.query<{ id: string; times: number }>(
    `select id, count(*)::int as times
       from (select convert_from(body, 'UTF8')::jsonb ->> 'webhookId' as id from raw) as bodies
      group by id having count(*) > 1`,
  );
  return rows.map(({ id, times }) => `${id}: ${times} times`);
}

async function stuck(place: Place, before: number): Promise<string[]> {
  const rows = await place.query<{ what: string; lead: string; more: string | null }>(
    `with open as (select location_id, lead_id from lead_turn where parked_at is null)
     select 'mail' as what, lead_id as lead, kind as more
       from mailbox join open using (location_id, lead_id) where received_at < $1
      union all
     select 'turn', lead_id, failures::text
       from lead_turn where parked_at is null and due_at < $1
      union all
     select 'run', lead_id, workflow || ' ' || coalesce(path, '-') || ' ' || status
       from run join open using (location_id, lead_id) where ended_at is null and due_at < $1
      union all
     select 'message', lead_id, state || ' ' || coalesce(path, '-') || ' attempt ' || attempt
       from outbox join open using (location_id, lead_id)
      where (state = 'queued' and coalesce(not_before, created_at) < $1 and coalesce(deadline, greatest(created_at, attempted_at + interval '120 s')) < $1)
         or (state = 'held' and not_before < $1)
         or (state in ('sending', 'unconfirmed') and deadline < $1)
      union all
     select 'run that nothing wakes', lead_id, workflow || ' ' || coalesce(path, '-') || ' ' || status
       from run as r join open using (location_id, lead_id)
      where r.ended_at is null and r.due_at is null
        and not exists (select from outbox as o
                         where o.location_id = r.location_id and o.run_id = r.run_id
                           and o.state in ('queued', 'held', 'sending', 'unconfirmed', 'undecided', 'refused'))
        and not exists (select from mailbox as m where m.location_id = r.location_id and m.lead_id = r.lead_id)`,
    [new Date(before)],
  );
  return rows.map(({ what, lead, more }) => `${what} of ${lead}: ${more}`);
}

/** Nothing more will come by itself: no mail, no open message, no run but those that wait for a person's word. */
export async function isQuiet(place: Place): Promise<boolean> {
  const [row] = await place.query<{ busy: boolean }>(
    `with open as (select location_id, lead_id from lead_turn where parked_at is null)
     select exists (select from mailbox join open using (location_id, lead_id))
         or exists (select from outbox join open using (location_id, lead_id)
                     where state in ('queued', 'held', 'sending', 'unconfirmed', 'refused'))
         or exists (select from run as r join open using (location_id, lead_id)
                     where r.ended_at is null
                       and not exists (select from outbox as o
                                        where o.location_id = r.location_id and o.run_id = r.run_id
                                          and o.state = 'undecided')) as busy`,
  );
  return row?.busy === false;
}

/** Messages whose answer is lost: unconfirmed, or *sending* for longer than a request may take, since their process died. */
export const lostNow = (place: Place): Promise<{ readonly id: string; readonly died: boolean }[]> =>
  place.query(
    `select outbox_id as id, state = 'sending' as died from outbox
      where kind = 'message' and (state = 'unconfirmed' or (state = 'sending' and deadline < $1))`,
    [new Date(Date.now() + SENDING_MS - REQUEST)],
  );

/** What is open when time is up, for whoever asks why. */
export const stillOpen = (place: Place): Promise<{ readonly what: string; readonly times: number }[]> =>
  place.query(
    `select what, count(*)::int as times
       from (select concat_ws(' ', path, state, 'attempt', attempt, 'looked up', lookups, 'sent anew', resent) as what
               from outbox
              where state in ('queued', 'held', 'sending', 'unconfirmed', 'refused', 'undecided')
              union all
             select concat_ws(' ', 'run', workflow, status, path) from run where ended_at is null) as open
      group by what
      order by times desc`,
  );
