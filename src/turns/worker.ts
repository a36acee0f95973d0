// The loop: claim, load, decide, save. One transaction a batch; the open transaction is the lease.

import { LOCATION_LEAD } from "../events/index.ts";
import type { Facts } from "../kernel/facts.ts";
import { clipped } from "../kernel/json.ts";
import type { Database, Sql, Transaction } from "../kernel/sql.ts";
import { type Clock, type Instant, MINUTE, SECOND } from "../kernel/time.ts";
import { holdOutbox, stopsUnplaced } from "../outreach/index.ts";
import type { LeadCase, LocationOutcome, Scene, TurnOutcome } from "./case.ts";
import { loadCases } from "./load.ts";
import { decideLocation } from "./location-turn.ts";
import { saveOutcomes } from "./save.ts";
import type { Scenes } from "./scene.ts";
import {
  type ClaimedLead,
  claimLeads,
  clearSuspects,
  failTurn,
  locationsWithWork,
  nameSuspect,
  type Process,
  postponeTurns,
} from "./store.ts";

/** Leads a transaction; more bought latency and no throughput. */
const BATCH = 100;
/** Work is looked for this often when nobody hints. */
const POLL_MS = 250;
/** A lead that fails is tried again after 1, 2, 4, 8 s; the fifth failure parks it. */
const FAILURES_TO_PARK = 5;
/** A lead that ended the process this often is parked. */
const ENDS_TO_PARK = 3;
/** How long (domain time) a lead of whom we only know the id waits for the CRM to introduce it. */
const INTRODUCTION = 10 * SECOND;
/** After an unclean end, this many leads are decided alone and named first. */
const CAUTIOUS_LEADS = 500;

export type Decided = TurnOutcome | LocationOutcome;

export interface WorkerParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly facts: Facts;
  readonly process: Process;
  readonly scenes: Scenes;
  readonly decide: (lead: LeadCase, scene: Scene) => TurnOutcome;
  /**
   * Asks the CRM who these leads are, of whom an event came before their contact; `missed`: what those whom we know have
   * now. Absent: nobody can be asked.
   */
  readonly introduce?: (location: string, leads: readonly string[], known?: { readonly missed: true }) => void;
  /** After the commit: the sender and the live hub may look. */
  readonly saved: (location: string, outcomes: readonly Decided[]) => void;
}

export interface TurnWorker {
  /** Says that these locations have work; without it work is found within a quarter of a second. */
  hint(locations: Iterable<string>): void;
  /** After an unclean end: the next leads are decided one by one, each named before. */
  beCautious(): void;
  /** Finishes the batches in hand. */
  close(): Promise<void>;
}

/** Starts `lanes` loops over one list of locations. */
export function startTurns(parts: WorkerParts, { lanes }: { lanes: number }): TurnWorker {
  const work = new Set<string>();
  let closing = false;
  let cautious = 0;
  let wake: (() => void)[] = [];
  const rouse = () => {
    const sleepers = wake;
    wake = [];
    for (const sleeper of sleepers) sleeper();
  };

  const idle = () =>
    new Promise<void>((resolve) => {
      if (work.size > 0 || closing) return resolve();
      const timer = setTimeout(resolve, POLL_MS);
      wake.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });

  async function probe(): Promise<void> {
    const found = await parts.database.transaction("*", (sql) => locationsWithWork(sql, parts.clock.now()));
    for (const location of found) work.add(location);
  }

  async function lane(number: number): Promise<void> {
    while (!closing) {
      try {
        const location = work.values().next().value;
        if (location === undefined) {
          await idle();
          // one lane looks for work that nobody hinted at; the others wait for it
          if (!closing && work.size === 0 && number === 0) await probe();
          if (work.size > 1) rouse();
          continue;
        }
        work.delete(location);
        const size = cautious > 0 ? 1 : BATCH;
        const done = await runBatch(parts, location, { limit: size, cautious: cautious > 0 });
        if (cautious > 0) cautious -= 1;
        if (done > 0) work.add(location);
        if (done >= size) rouse();
      } catch (error) {
        parts.facts.emit("loop_failed", { loop: "turns", reason: reasonOf(error) });
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    }
  }

  const running = Array.from({ length: lanes }, (_, number) => lane(number));
  return {
    hint(locations) {
      for (const location of locations) work.add(location);
      rouse();
    },
    beCautious() {
      cautious = CAUTIOUS_LEADS;
    },
    async close() {
      closing = true;
      rouse();
      await Promise.all(running);
    },
  };
}

/** One transaction over up to `limit` leads of a location. Answers how many had work. */
export async function runBatch(
  parts: WorkerParts,
  location: string,
  { limit, cautious }: { limit: number; cautious: boolean },
): Promise<number> {
  const started = parts.clock.elapsed();
  const now = parts.clock.now();
  let saved: readonly Decided[] = [];
  let strangers: readonly string[] = [];
  let decideMs = 0;
  const worked = await parts.database.transaction([location], async (sql) => {
    let claimed = await claimLeads(sql, location, { now, limit });
    if (claimed.length === 0) return 0;
    if (cautious) claimed = await parkOnThirdEnd(parts, sql, location, claimed, now);
    const scene = await parts.scenes.open(sql, location, now);
    const loaded = await loadCases(sql, scene, claimed, (plans) => parts.scenes.loadPlans(sql, scene, plans));
    const clear = () => (cautious ? clearSuspects(sql, location, namesOf(claimed)) : undefined);
    if (loaded.length === 0) {
      await clear();
      return 0;
    }
    strangers = parts.introduce === undefined ? [] : strangersAmong(loaded, claimed);
    await postponeTurns(sql, location, strangers, now + INTRODUCTION);
    const cases = loaded.filter(({ id }) => !strangers.includes(id));

    const outcomes: Decided[] = [];
    const failed = new Map<string, unknown>();
    const before = parts.clock.elapsed();
    for (const lead of cases) {
      try {
        outcomes.push(lead.id === LOCATION_LEAD ? decideLocation(lead, scene) : parts.decide(lead, scene));
      } catch (error) {
        failed.set(lead.id, error);
      }
    }
    decideMs = parts.clock.elapsed() - before;
    saved = await saveByHalves(sql, scene, outcomes, failed, parts.clock.real());
    for (const [lead, error] of failed) await fail(parts, sql, location, claimed, lead, error, now);
    await clear();
    return loaded.length;
  });
  if (strangers.length > 0) parts.introduce?.(location, strangers);
  const asked = saved.flatMap((one) => ("asks" in one && one.asks ? [one.record.lead] : []));
  if (asked.length > 0) parts.introduce?.(location, asked, { missed: true });
  if (saved.length > 0) {
    parts.facts.emit("turn_saved", {
      location,
      leads: saved.length,
      inputs: saved.reduce((sum, outcome) => sum + outcome.record.inputs.length, 0),
      decide_us: Math.round(decideMs * 1000),
      turn_ms: Math.round(parts.clock.elapsed() - started),
    });
    parts.saved(location, saved);
  }
  return worked;
}

/**
 * Leads known only by their id, at their first try: the CRM is asked who they are, and they are decided with what it
 * says, or, when it does not answer in time, without. A STOP from nobody knows which number is not read before it has
 * answered: until then it holds the whole location.
 */
const strangersAmong = (cases: readonly LeadCase[], claimed: readonly ClaimedLead[]): string[] =>
  cases
    .filter(
      ({ id, lead, fresh, mail }) =>
        stopsUnplaced(lead.contact, mail) ||
        (lead.stub &&
          fresh &&
          id !== LOCATION_LEAD &&
          claimed.some((row) => row.lead === id && row.failures === 0) &&
          !mail.some((letter) => letter.kind === "event" && letter.event.type === "crm.contact")),
    )
    .map(({ id }) => id);

/** Saves all, or finds the one whose statement fails: back to the savepoint (the locks stay), then by halves. */
async function saveByHalves(
  sql: Transaction,
  scene: Scene,
  outcomes: readonly Decided[],
  failed: Map<string, unknown>,
  real: Instant,
): Promise<readonly Decided[]> {
  if (outcomes.length === 0) return [];
  try {
    await Promise.all([sql.query("savepoint turn"), saveOutcomes(sql, scene, outcomes, real)]);
    sql.last(sql.query("release savepoint turn"));
    return outcomes;
  } catch (error) {
    await sql.query("rollback to savepoint turn");
    const [only] = outcomes;
    if (outcomes.length === 1 && only !== undefined) {
      failed.set(only.lead.id, error);
      return [];
    }
    const middle = Math.ceil(outcomes.length / 2);
    const first = await saveByHalves(sql, scene, outcomes.slice(0, middle), failed, real);
    const second = await saveByHalves(sql, scene, outcomes.slice(middle), failed, real);
    return [...first, ...second];
  }
}

async function fail(
  parts: WorkerParts,
  sql: Sql,
  location: string,
  claimed: readonly ClaimedLead[],
  lead: string,
  error: unknown,
  now: Instant,
): Promise<void> {
  const failures = (claimed.find((row) => row.lead === lead)?.failures ?? 0) + 1;
  const park = failures >= FAILURES_TO_PARK;
  const reason = reasonOf(error);
  await failTurn(sql, location, {
    lead,
    failures,
    retryAt: now + SECOND * 2 ** (failures - 1),
    park,
    now,
    why: reason,
  });
  if (park) await holdOutbox(sql, location, lead);
  parts.facts.emit("lead_failed", { location, lead, failures, parked: park, reason });
}

const namesOf = (claimed: readonly ClaimedLead[]): string[] => claimed.map(({ lead }) => lead);

/** Names each lead in a transaction of its own before it is decided, and parks the one whose name has outlived processes. */
async function parkOnThirdEnd(
  parts: WorkerParts,
  sql: Sql,
  location: string,
  claimed: readonly ClaimedLead[],
  now: Instant,
): Promise<ClaimedLead[]> {
  const going: ClaimedLead[] = [];
  for (const row of claimed) {
    const ends = await parts.database.transaction([location], (own) =>
      nameSuspect(own, location, row.lead, parts.process.worker, parts.clock.real()),
    );
    if (ends < ENDS_TO_PARK) {
      going.push(row);
      continue;
    }
    const why = `its turn ended the process ${ends} times`;
    await failTurn(sql, location, {
      lead: row.lead,
      failures: row.failures + 1,
      retryAt: now + MINUTE,
      park: true,
      now,
      why,
    });
    await holdOutbox(sql, location, row.lead);
    await clearSuspects(sql, location, [row.lead]);
    parts.facts.emit("lead_failed", {
      location,
      lead: row.lead,
      failures: row.failures + 1,
      parked: true,
      reason: why,
    });
  }
  return going;
}

/** One line, without what a database error says of row contents. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${clipped(error.message.split("\n")[0] ?? "", 200)}` : String(error);
}
