// A lead's turns decided again, from what each recorded of what it was given. The state, the runs and the decisions must
// come out as they were saved.

import { type LeadEvent, LOCATION_LEAD, type Mail } from "../events/index.ts";
import type { Decision } from "../insights/index.ts";
import { canonicalJson, type JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import type { Lead } from "../leads/index.ts";
import type { AddressFacts, OutboxState } from "../outreach/index.ts";
import type { Scorers, Tally } from "../scoring/index.ts";
import { decideLocation, decideTurn, type Found, type Scene, type TurnRecord } from "../turns/index.ts";
import { NOT_ENROLLED, type Run } from "../workflows/index.ts";
import { caseOf, type Kept, keep, save } from "./kept.ts";

/** What is stored of a lead. */
export interface Stored {
  readonly turns: readonly TurnRecord[];
  /** The log, by id. */
  readonly events: ReadonlyMap<string, LeadEvent>;
  readonly decisions: readonly StoredDecision[];
  readonly lead: Lead | undefined;
  readonly state: unknown;
  readonly runs: readonly Run[];
}

export type StoredDecision = Pick<Decision, "turn" | "place" | "kind" | "verdict" | "hash"> & {
  readonly trace: Pick<Decision, "links" | "versions">;
};

export interface Replayed {
  readonly turns: number;
  readonly decisions: number;
  /** Decisions that differ only in what the files say beside what they do: names, and where a step stands. */
  readonly moved: number;
  /** Absent: everything is as it was saved. */
  readonly difference?: Difference;
}

export interface Difference {
  /** The turn that was decided otherwise; absent where all were decided alike. */
  readonly turn?: number;
  readonly at?: Instant;
  readonly what: string;
  readonly stored?: unknown;
  readonly replayed?: unknown;
}

/**
 * @param sceneOf what was true of the location at a turn: its publication with what was paused then
 * @param scorersNamed the models that scored it, by the name that it recorded; undefined where they are gone
 */
export async function replay(
  location: string,
  id: string,
  stored: Stored,
  sceneOf: (turn: TurnRecord, kept: Kept, paused: readonly string[]) => Promise<Scene | undefined>,
  scorersNamed: (name: string) => Promise<Scorers | undefined>,
): Promise<Replayed> {
  const kept = keep(id);
  const counted = { turns: 0, decisions: 0, moved: 0 };
  let addresses: AddressFacts = {};
  for (const turn of stored.turns) {
    const differs = (what: string, more: Partial<Difference> = {}): Replayed => ({
      ...counted,
      difference: { turn: turn.turn, at: turn.at, what, ...more },
    });
    if (turn.turn !== kept.turn + 1) {
      return differs(`turn ${kept.turn + 1} is no longer recorded: without it nothing after it can be decided again`);
    }
    const found = foundIn(turn);
    addresses = found.addresses ?? addresses;
    const letters = mailOf(turn, stored.events);
    if (typeof letters === "string") return differs(letters);
    const scene = await sceneOf(turn, kept, found.paused ?? []);
    if (scene === undefined) return differs(`publication ${turn.publication.slice(0, 12)} is gone`);
    const scorers = found.scorers === undefined ? undefined : await scorersNamed(found.scorers);
    if (found.scorers !== undefined && scorers === undefined) {
      return differs(`model ${found.scorers}, which scored it, is gone: what it said cannot be said again`);
    }
    put(kept, found.outbox ?? {});
    kept.mail = letters;
    for (const letter of letters) if (letter.kind === "event") kept.log.push(letter.event);
    const experiments = new Map(Object.entries(found.experiments ?? {}));
    const { rates: _rates, slots: _slots, refusals: _refusals, scorers: _scorers, ...still } = scene;
    const { rates, slots, refusals } = found;
    const seen = {
      ...(rates === undefined ? {} : { rates }),
      ...(slots === undefined ? {} : { slots }),
      ...(refusals === undefined ? {} : { refusals }),
      ...(scorers === undefined ? {} : { scorers }),
    };
    const now = { ...still, ...seen, experiments, now: turn.at };
    const given = {
      ...caseOf(kept, { location, now: turn.at, book: scene.book, addresses }),
      mail: letters,
      moreMail: found.more === true,
      latest: found.latest ?? {},
      ...(found.merged === undefined ? {} : { merged: found.merged }),
      ...(found.owned === undefined ? {} : { owned: found.owned }),
    };
    const outcome = id === LOCATION_LEAD ? decideLocation(given, now) : decideTurn(given, now);
    const before = stored.decisions.filter((decision) => decision.turn === turn.turn);
    const said = compare(before, outcome.decisions);
    if (typeof said === "object") return differs("a decision", said);
    counted.turns += 1;
    counted.decisions += before.length;
    counted.moved += said;
    const chain = before.at(-1)?.hash;
    save(kept, outcome);
    // what only names another line of a file is the same decision; what follows hangs on the hash that was saved
    if (said > 0 && chain !== undefined && kept.state !== undefined) kept.state = { ...kept.state, chain };
  }
  const rest = atTheEnd(kept, stored);
  return rest === undefined ? counted : { ...counted, difference: rest };
}

/** Everything in a turn's inputs that is no letter and no timer. */
const foundIn = ({ inputs }: TurnRecord): Found & { readonly owned?: Readonly<Record<string, number>> } =>
  Object.assign({}, ...inputs.map((input) => (input["found"] as JsonObject | undefined) ?? {})) as Found;

/** The letters of a turn, or why they cannot be had. */
function mailOf({ inputs }: TurnRecord, events: ReadonlyMap<string, LeadEvent>): Mail[] | string {
  const mail: Mail[] = [];
  for (const input of inputs) {
    const { event: id, answer, command, ask, reply, came } = input as JsonObject & { readonly came?: Instant };
    const seq = mail.length + 1;
    const at = came ?? 0;
    if (typeof id === "string") {
      const event = events.get(id);
      if (event === undefined) return `event ${id} is no longer in the log`;
      mail.push({ kind: "event", seq, event });
    } else if (typeof answer === "string" || typeof command === "string") {
      return "it was recorded by an earlier version, which summarized answers and commands";
    } else if (answer !== undefined) mail.push({ kind: "answer", seq, at, answer } as unknown as Mail);
    else if (command !== undefined) mail.push({ kind: "command", seq, at, command } as unknown as Mail);
    else if (ask !== undefined) mail.push({ kind: "ask", seq, at, ask } as unknown as Mail);
    else if (reply !== undefined) mail.push({ kind: "reply", seq, at, reply } as unknown as Mail);
  }
  return mail;
}

const FINAL: ReadonlySet<OutboxState> = new Set(["accepted", "rejected", "blocked", "withdrawn", "expired", "shadow"]);

/** Rows stand where the turn found them; one that it did not find had gone its way. */
function put(kept: Kept, found: NonNullable<Found["outbox"]>): void {
  for (const [id, entry] of kept.outbox) {
    const told = found[id];
    const { notBefore: _, ...row } = entry.row;
    if (told === undefined) {
      if (!FINAL.has(row.state)) kept.outbox.set(id, { ...entry, row: { ...row, state: "accepted" } });
      continue;
    }
    const [state, notBefore] = typeof told === "string" ? [told] : told;
    kept.outbox.set(id, {
      ...entry,
      row: { ...row, state: state as OutboxState, ...(notBefore === undefined ? {} : { notBefore }) },
    });
  }
}

/** How many differ in names and places alone; or the first that differs in more. */
function compare(stored: readonly StoredDecision[], replayed: readonly Decision[]): number | Partial<Difference> {
  let moved = 0;
  for (let place = 0; place < Math.max(stored.length, replayed.length); place += 1) {
    const [before, after] = [stored[place], replayed[place]];
    if (before === undefined || after === undefined) return { stored: told(before), replayed: told(after) };
    if (before.hash === after.hash) continue;
    const sameEssence = essence(before, before.trace) === essence(after, after);
    // a hash holds the one before it: after one that moved, the next differ too
    if (!sameEssence) return { stored: told(before), replayed: told(after) };
    moved += 1;
  }
  return moved;
}

const told = (decision: StoredDecision | Decision | undefined): unknown =>
  decision === undefined ? undefined : JSON.parse(essence(decision, "trace" in decision ? decision.trace : decision));

function essence(
  { turn, place, kind, verdict }: Pick<Decision, "turn" | "place" | "kind" | "verdict">,
  { links, versions }: Pick<Decision, "links" | "versions">,
): string {
  const plain = links.map(({ values, ...link }) => {
    if (values === undefined || link.code !== "workflow.step") return { ...link, ...(values && { values }) };
    const { name: _n, file: _f, line: _l, column: _c, ...rest } = values;
    return { ...link, values: rest };
  });
  return canonicalJson({ turn, place, kind, verdict, links: plain, versions });
}

function atTheEnd(kept: Kept, stored: Stored): Difference | undefined {
  const parts: [string, unknown, unknown][] = [
    ["the profile", stored.lead, kept.lead],
    ["the state", comparable(stored.state, stored.state), comparable(kept.shared ?? kept.state, stored.state)],
    ...[...new Set([...stored.runs.map(({ id }) => id), ...knownRuns(kept)])]
      .sort()
      .map((id): [string, unknown, unknown] => [
        `run ${id}`,
        stored.runs.find((run) => run.id === id),
        kept.runs.get(id),
      ]),
  ];
  for (const [what, before, after] of parts) {
    if (canonicalJson(before ?? null) !== canonicalJson(after ?? null))
      return { what, stored: before, replayed: after };
  }
  return undefined;
}

/**
 * A lead that was there before tallies were kept has none until its next turn, which folds its past in the order of what
 * happened: sums of floating-point numbers then agree to nine digits only.
 */
function comparable(state: unknown, stored: unknown): unknown {
  if (typeof state !== "object" || state === null || !("tally" in state)) return state;
  const { tally, ...rest } = state as { readonly tally: Tally };
  if (typeof stored !== "object" || stored === null || !("tally" in stored)) return rest;
  if (tally.faded === undefined) return state;
  const sums = Object.entries(tally.faded.sums).map(([name, sum]) => [name, Number((sum as number).toPrecision(9))]);
  return { ...rest, tally: { ...tally, faded: { ...tally.faded, sums: Object.fromEntries(sums) } } };
}

/** Those that a turn reads: who was not let in is a run for the record alone. */
const knownRuns = ({ runs }: Kept): string[] =>
  [...runs.values()].filter(({ outcome }) => outcome !== NOT_ENROLLED).map(({ id }) => id);
