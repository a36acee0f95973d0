// What many leads of a location share, decided in the location's own turns: room under a workflow's `limit`, and who of
// a team takes the next lead. Pure: the same letters, in the same order, give the same answers.

import type { Ask, Reply } from "../events/index.ts";
import { own } from "../kernel/json.ts";
import { DAY, type Instant, type Millis } from "../kernel/time.ts";

/** Plain JSON, bounded by the limits and by the assignments of a day. */
export interface LocationState {
  /** By workflow: when the last enrollments under its limit begin, future ones included, oldest first. */
  readonly slots?: Readonly<Record<string, readonly Instant[]>>;
  /** By team: whose turn it was last. */
  readonly last?: Readonly<Record<string, string>>;
  /** Leads assigned here, of whom the CRM may not have told us yet. */
  readonly given?: readonly { readonly lead: string; readonly user: string; readonly at: Instant }[];
}

export interface LocationFacts {
  readonly now: Instant;
  /** Of the live plan; undefined where it limits nothing (any more). */
  limit(workflow: string): { readonly count: number; readonly window: Millis } | undefined;
  /** CRM user ids, in the order of the file; undefined where there is no such team. */
  team(id: string): readonly string[] | undefined;
  /** Whether a person works now; undefined where nobody knows. */
  available(user: string): boolean | undefined;
  /** How many leads belong to whom, without those of `given`. */
  readonly owned: Readonly<Record<string, number>>;
}

export interface Answered {
  readonly state: LocationState;
  readonly reply: Reply;
}

/** Assignments that the CRM has not echoed within this time are counted by what it says. */
const ECHOED_WITHIN: Millis = DAY;
const MOST_GIVEN = 1_000;

export function answer(state: LocationState, ask: Ask, facts: LocationFacts): Answered {
  return ask.type === "slot" ? slot(state, ask, facts) : assignee(state, ask, facts);
}

/** Room is given in the order in which it is asked for, so that who waited longest begins first. */
function slot(state: LocationState, ask: Extract<Ask, { type: "slot" }>, facts: LocationFacts): Answered {
  const { now } = facts;
  const limit = facts.limit(ask.workflow);
  if (limit === undefined) return { state, reply: { type: "slot", run: ask.run, at: now, ...alike(ask) } };
  const taken = (own(state.slots ?? {}, ask.workflow) ?? []).filter((at) => at + limit.window > now);
  const first = taken[taken.length - limit.count];
  const at = first === undefined ? now : Math.max(now, first + limit.window);
  const slots = { ...state.slots, [ask.workflow]: [...taken, at].slice(-limit.count) };
  return { state: { ...state, slots }, reply: { type: "slot", run: ask.run, at, ...alike(ask) } };
}

function assignee(state: LocationState, ask: Extract<Ask, { type: "assignee" }>, facts: LocationFacts): Answered {
  const { effect, path, run, team, by, only } = ask;
  const reply = { type: "assignee" as const, effect, path, ...(run === undefined ? {} : { run }), ...alike(ask) };
  const no = (reason: string): Answered => ({ state, reply: { ...reply, why: { team, by, reason } } });
  const members = facts.team(team);
  if (members === undefined || members.length === 0) return no(`the team "${team}" has nobody in it`);
  const free = only === undefined ? members : members.filter((user) => facts.available(user) !== false);
  const given = (state.given ?? []).filter((one) => one.at > facts.now - ECHOED_WITHIN && one.lead !== ask.lead);
  const busy = (user: string) => (own(facts.owned, user) ?? 0) + given.filter((one) => one.user === user).length;
  const user = nextOf(members, free, own(state.last ?? {}, team), by === "least_busy" ? busy : () => 0);
  if (user === undefined) return no(`nobody of the team "${team}" is available`);
  const unknown = only === undefined ? [] : free.filter((one) => facts.available(one) === undefined);
  const why = {
    team,
    by,
    user,
    of: free.length,
    ...(by === "least_busy" ? { leads: busy(user) } : {}),
    ...(unknown.length === 0 ? {} : { unknown }),
  };
  return {
    state: {
      ...state,
      last: { ...state.last, [team]: user },
      given: [...given, { lead: ask.lead, user, at: facts.now }].slice(-MOST_GIVEN),
    },
    reply: { ...reply, user, why },
  };
}

const alike = ({ bulk }: Ask) => (bulk === true ? { bulk } : {});

/** The least busy; of equals the one whose turn comes next after the last. */
function nextOf(
  members: readonly string[],
  free: readonly string[],
  last: string | undefined,
  busy: (user: string) => number,
): string | undefined {
  const from = last === undefined ? 0 : members.indexOf(last) + 1;
  const inTurn = [...members.slice(from), ...members.slice(0, from)].filter((user) => free.includes(user));
  let next: string | undefined;
  for (const user of inTurn) if (next === undefined || busy(user) < busy(next)) next = user;
  return next;
}
