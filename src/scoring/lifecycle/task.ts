// A training from the log to a judged model: what the thread does. It reads, and writes nothing.

import { createHash } from "node:crypto";
import type { LeadEvent } from "../../events/index.ts";
import { sha256 } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import type { Instant, Millis } from "../../kernel/time.ts";
import { ALIVE, COLD_AFTER, knownFrom, OUTCOMES, openExamples, openWeeks } from "../features/examples.ts";
import { type Examples, type Growing, growing } from "../features/growing.ts";
import { churnColumns, columnsFor } from "../features/registry.ts";
import { openRows } from "../features/row.ts";
import { NOTHING_SEEN, observe, type Tally } from "../features/tally.ts";
import type { Column } from "../learn/model.ts";
import { type Kind, POOLED } from "./kept.ts";
import { leadsOf, type ReadPage } from "./log.ts";
import { type Learn, type Lesson, type Measure, type Pooled, teach } from "./teach.ts";
import type { Made, Task } from "./trainer.ts";
import type { Progress } from "./trainings.ts";

export interface TaskNeeds {
  /** A location's log. */
  readPage(location: string): ReadPage;
  /** The champion of a location, to be held against; undefined: the rules. */
  champion(location: string, kind: Kind): Promise<Lesson["champion"]>;
  /** What all locations taught together; undefined: nothing. */
  pooled(): Promise<Pooled | undefined>;
  readonly rules?: Lesson["rules"];
  readonly fair?: Lesson["fair"];
  readonly learn: Learn;
  readonly measure: Measure;
  tell(progress: Progress): void;
}

/** Rows that are held; with more, whole leads are left out, the same ones each time. At 60 columns some 500 MB. */
export const MOST_ROWS = 1_000_000;
/** Leads of now that the standing and drift are counted on. */
const MOST_CURRENT = 50_000;
const TELL_EVERY = 20_000;

export async function doTask(task: Task, needs: TaskNeeds): Promise<Made> {
  const { location, kind, seed } = task;
  const isPooled = location === POOLED;
  const read = await readExamples(task, needs);
  const { examples, current } = read;
  const lesson: Lesson = {
    ...{ kind, seed, examples, current },
    horizon: horizonOf(kind),
    data: hashOf(examples),
    features: sha256(canonicalJson(examples.columns)).slice(0, 12),
    ...(isPooled || kind === "churn" ? {} : { pooled: await needs.pooled() }),
    champion: await needs.champion(location, kind),
    ...(isPooled || kind === "churn" ? {} : { rules: needs.rules, fair: needs.fair }),
    learn: needs.learn,
    measure: needs.measure,
    tell: (phase, share) =>
      needs.tell({ phase, events: read.events, rows: examples.rows, ...(share === undefined ? {} : { share }) }),
  };
  const made = await teach(lesson);
  if (made.outcome !== "trained" || !isPooled) return made;
  const { learned } = made.model;
  return {
    ...made,
    model: { ...made.model, learned: { ...learned, source: "pooled", locations: task.locations.length } },
  };
}

/** How long after a row its outcome is known. */
const horizonOf = (kind: Kind): Millis => (kind === "chance" ? OUTCOMES.appointment.within : COLD_AFTER);

export interface ReadRows {
  readonly events: number;
  readonly examples: Examples;
  /** One row of each lead that is alive now, outcome unknown. */
  readonly current: Examples;
}

/** Rows of the log as of their own instants, and of now. */
export async function readExamples(
  { location, kind, seed, now, locations }: Task,
  { readPage, tell }: Pick<TaskNeeds, "readPage" | "tell">,
): Promise<ReadRows> {
  const options = { until: now, seed: String(seed), most: MOST_ROWS };
  const maker = kind === "chance" ? openExamples("appointment", options) : openWeeks(options);
  const columns = kind === "chance" ? columnsFor("score") : churnColumns();
  const current = openCurrent(columns, now);
  let events = 0;
  let leads = 0;
  let told = 0;
  tell({ phase: "reading", events, leads });
  for (const one of location === POOLED ? locations : [location]) {
    for await (const log of leadsOf(readPage(one))) {
      // a lead of one location is nobody in another
      maker.add(location === POOLED ? `${one}/${log.lead}` : log.lead, log.events);
      if (location !== POOLED) current.add(log.lead, log.events);
      events += log.events.length;
      leads += 1;
      if (events - told < TELL_EVERY) continue;
      told = events;
      tell({ phase: "reading", events, leads });
    }
  }
  const examples = maker.table();
  const ownerless = { owner: new Int32Array(examples.rows).fill(-1), owners: [] };
  // who belongs to whom in one location is not told to the others
  if (location === POOLED)
    return { events, examples: { ...examples, ...ownerless }, current: { ...examples, ...ownerless } };
  return { events, examples, current: current.table() };
}

function openCurrent(columns: readonly Column[], now: Instant) {
  const rows: Growing = growing(columns);
  const read = openRows(columns);
  return {
    table: () => rows.table(),
    add(lead: string, events: readonly LeadEvent[]): void {
      if (rows.rows >= MOST_CURRENT) return;
      let tally: Tally = NOTHING_SEEN;
      for (const event of [...events].sort((a, b) => knownFrom(a) - knownFrom(b))) tally = observe(tally, event);
      const last = tally.last?.act ?? tally.came ?? tally.seen;
      if (last === undefined || now - last > ALIVE) return;
      rows.push({ cells: read(tally, now), label: false, weight: 1, at: now, lead, owner: undefined });
    },
  };
}

/** The same rows in the same order have the same hash. */
function hashOf({ cells, labels, at }: Examples): string {
  const hash = createHash("sha256");
  for (const part of [...cells, labels, at]) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return hash.digest("hex");
}
