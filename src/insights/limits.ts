// What a location may still ask of the CRM, how the CRM answers, and what waits to go: for the page of the system.

import type { Sql } from "../kernel/sql.ts";
import { DAY, HOUR, type Instant, iso, SECOND } from "../kernel/time.ts";
import type { RateWindow } from "../outreach/index.ts";
import { length } from "./moment.ts";
import type { LimitsView, SystemView } from "./view.ts";

export interface LimitsRow {
  readonly window: RateWindow | null;
  readonly breakers: readonly {
    dependency: string;
    state: string;
    since: Instant;
    until: Instant | null;
    detail: string;
  }[];
  readonly faults: Readonly<Record<string, number>> | null;
  readonly lanes: readonly { lane: number; waiting: number; oldest: Instant }[];
}

/** Each lane's count stops at 1,001. */
export async function readLimits(sql: Sql, location: string, real: Instant): Promise<LimitsRow> {
  const { rows } = await sql.query<LimitsRow>(
    `select (select jsonb_build_object('grants', grants, 'day', day, 'dayCount', day_count, 'limits', limits)
               from rate_window where location_id = $1) as window,
            (select jsonb_object_agg(kind, n) from (select kind, sum(count)::int as n from fault
                where location_id = $1 and minute > $2 group by kind) as f) as faults,
            coalesce((select jsonb_agg(jsonb_build_object('dependency', dependency, 'state', state, 'detail', detail,
                'since', extract(epoch from since) * 1000, 'until', extract(epoch from until) * 1000) order by dependency)
               from breaker where location_id = $1 and state <> 'closed'), '[]') as breakers,
            coalesce((select jsonb_agg(jsonb_build_object('lane', l.lane, 'waiting', w.n, 'oldest', w.oldest) order by l.lane)
               from generate_series(0, 3) as l (lane),
                    lateral (select count(*)::int as n, extract(epoch from min(created_at)) * 1000 as oldest
                               from (select created_at from outbox
                                      where location_id = $1 and state = 'queued' and lane = l.lane limit 1001) as q) as w
              where w.n > 0), '[]') as lanes`,
    [location, new Date(real - HOUR)],
  );
  return rows[0] as LimitsRow;
}

/** @source HighLevel API docs, rate limits: what holds until an answer says otherwise. */
const DOCUMENTED = { max: 100, interval: 10 * SECOND, daily: 200_000 };
const LANES = ["reply", "urgent", "normal", "bulk"] as const;
const LANE_WORDS = ["answers", "urgent", "normal", "mass sends"];

export function limitsView({ window, breakers, faults, lanes }: LimitsRow, real: Instant): LimitsView {
  const { max, interval, daily } = { ...DOCUMENTED, ...window?.limits };
  const used = (window?.grants ?? [])
    .filter(([at]) => at > real - interval && at <= real)
    .reduce((sum, [, hot, normal, bulk]) => sum + hot + normal + bulk, 0);
  const today = new Date(real).toISOString().slice(0, 10);
  const usedToday = window?.day === today ? window.dayCount : 0;
  return {
    budget: {
      used,
      max,
      intervalMs: interval,
      usedToday,
      daily,
      ...(usedToday < daily ? {} : { dayEnds: midnight(real) }),
    },
    breakers: breakers.map(({ dependency, state, since, until, detail }) => ({
      ...{ dependency, state: state as "open" | "half_open", since: iso(since), detail },
      ...(until === null ? {} : { until: iso(until) }),
    })),
    faults: faults ?? {},
    lanes: lanes.map(({ lane, waiting, oldest }) => ({ lane: LANES[lane] ?? "normal", waiting, since: iso(oldest) })),
  };
}

const midnight = (real: Instant): string => iso((Math.floor(real / DAY) + 1) * DAY);

type Part = SystemView["parts"][number];

/** The same for a person to read. @param now domain time, in which rows were made */
export function limitsParts(
  view: LimitsView,
  { now, real, speed }: { now: Instant; real: Instant; speed: number },
): Part[] {
  const { budget, breakers, faults, lanes } = view;
  const asked = `${budget.used} of ${number(budget.max)} in ${length(budget.intervalMs)}; ${number(budget.usedToday)} of ${number(budget.daily)} today`;
  const spent =
    budget.dayEnds === undefined ? "" : "; spent for today: the CRM is asked once an hour whether it begins anew";
  const kinds = Object.entries(faults);
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  return [
    { name: "Asking the CRM", state: spent === "" ? "good" : "bad", text: asked + spent },
    ...breakers.map(
      ({ dependency, state, since, detail }): Part => ({
        name: `The CRM's ${dependency}`,
        state: "bad",
        text: `${state === "open" ? "does not answer" : "is asked again, once"} (${detail || "no answer"}), for ${length(Math.max(SECOND, real - Date.parse(since)))}; what needs it waits`,
      }),
    ),
    {
      name: "Faults of the CRM in the last hour",
      state: total === 0 ? "good" : "watch",
      text:
        total === 0 ? "none" : kinds.map(([kind, count]) => `${number(count)} ${FAULT_WORDS[kind] ?? kind}`).join(", "),
    },
    ...lanes.map(
      ({ lane, waiting, since }): Part => ({
        name: `Waiting: ${LANE_WORDS[LANES.indexOf(lane)]}`,
        state: "good",
        text: `${waiting > 1000 ? "more than 1,000" : number(waiting)} to go, the oldest for ${length(Math.max(SECOND, (now - Date.parse(since)) / speed))}`,
      }),
    ),
  ];
}

const FAULT_WORDS: Readonly<Record<string, string>> = {
  "429": "over the limit (429)",
  "401": "not let in (401)",
  "403": "forbidden (403)",
  "404": "not found (404)",
  "422": "not accepted (422)",
  other: "refused otherwise (4xx)",
  "5xx": "errors of the CRM (5xx)",
  timeout: "without an answer in time",
  reset: "cut off",
  unreachable: "never reached it",
};

const number = (n: number): string => n.toLocaleString("en-US");
