// A training from the log to a judged model: what the thread does. It reads, and writes nothing.

import { createHash } from "node:crypto";
import type { LeadEvent } from "../../events/index.ts";
import { type Aim, APPOINTMENT } from "../../kernel/aim.ts";
import { sha256 } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import { DAY, type Instant } from "../../kernel/time.ts";
import { COLD_DAYS } from "../churn/weeks.ts";
import { courseOf, horizonOf } from "../features/course.ts";
import { ALIVE, knownFrom, openExamples, openWeeks, ownerIn } from "../features/examples.ts";
import { type Examples, type Growing, growing } from "../features/growing.ts";
import { churnColumns, columnsFor } from "../features/registry.ts";
import { openRows } from "../features/row.ts";
import { NOTHING_SEEN, observe, type Reading, type Tally } from "../features/tally.ts";
import { draws } from "../learn/draws.ts";
import type { Column } from "../learn/model.ts";
import type { Pooled } from "./borrow.ts";
import { fairBar } from "./fair.ts";
import type { ColdRows } from "./going-cold.ts";
import { isPool, type Kind, placeOf, pooledName, type Watched } from "./kept.ts";
import { leadsAround, leadsOf, type ReadPage, somewhere } from "./log.ts";
import { type Learn, type Lesson, type Measure, teach } from "./teach.ts";
import type { Made, Task } from "./trainer.ts";
import type { Progress } from "./trainings.ts";
import { type Look, watch } from "./watch.ts";

export interface TaskNeeds {
  /** A location's log. */
  readPage(location: string): ReadPage;
  /** How turns of a location read its events now. */
  reading(location: string): Promise<Reading>;
  /** Whom the challenger is held against; undefined: the rules. */
  champion(): Promise<Lesson["champion"]>;
  /** What all locations that ask for the same taught together; undefined: nothing. */
  pooled(aim: Aim): Promise<Pooled | undefined>;
  readonly rules?: Lesson["rules"];
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
  const { location, kind, seed, aim = APPOINTMENT } = task;
  const isPooled = isPool(location);
  const read = await readExamples(task, needs);
  const { examples, current } = read;
  const lesson: Lesson = {
    ...{ kind, aim, seed, examples, current },
    horizon: kind === "chance" ? horizonOf(aim) : COLD_DAYS * DAY,
    data: hashOf(examples),
    features: sha256(canonicalJson(examples.columns)).slice(0, 12),
    ...(isPooled || kind === "churn" ? {} : { pooled: await needs.pooled(aim) }),
    ...(read.followed === undefined ? {} : { followed: read.followed }),
    champion: await needs.champion(),
    ...(kind === "churn" ? {} : { rules: needs.rules, isLent: isPooled }),
    ...(task.groups === undefined ? {} : { fair: fairBar(task.groups) }),
    learn: needs.learn,
    measure: needs.measure,
    tell: (phase, share) =>
      needs.tell({ phase, events: read.events, rows: examples.rows, ...(share === undefined ? {} : { share }) }),
  };
  const made = await teach(lesson);
  if (made.outcome !== "trained" || !isPooled) return made;
  const { learned } = made.model;
  // those whose leads are in it: one without any has taught nothing
  const locations = new Set(examples.leads.map((lead) => placeOf(lead).location)).size;
  return { ...made, model: { ...made.model, learned: { ...learned, source: "pooled", locations } } };
}

/** Events that a daily look reads at most. */
const WATCHED_EVENTS = 200_000;

/** The daily look at a champion; undefined where there is none that can be read. */
export async function doWatch(
  task: Omit<Task, "do" | "locations">,
  needs: Pick<TaskNeeds, "readPage" | "reading"> & { readonly champion: () => Promise<Watching | undefined> },
): Promise<{ readonly id: string; readonly watched: Watched } | undefined> {
  const champion = await needs.champion();
  if (champion === undefined) return undefined;
  const from = somewhere(draws(Math.floor(task.now / DAY)));
  const how = { ...needs, tell: () => undefined };
  // what it says comes true, or does not, as it was meant, whatever is asked for now
  const aim = champion.body.kind === "chance" ? (champion.body.aim ?? APPOINTMENT) : APPOINTMENT;
  const asked = { ...task, aim, locations: [] };
  const { examples, current } = await readExamples(asked, how, { from, most: WATCHED_EVENTS });
  return { id: champion.id, watched: watch({ ...champion, examples, current }) };
}

/** A champion with what a look at it takes. */
export type Watching = { readonly id: string } & Pick<Look, "body" | "shapes" | "createdAt">;

interface ReadRows {
  readonly events: number;
  readonly examples: Examples;
  /** One row of each lead that is alive now, outcome unknown. */
  readonly current: Examples;
  /** Of going cold. */
  readonly followed?: ColdRows;
}

/** Rows of the log as of their own instants, and of now. */
export async function readExamples(
  { location, kind, seed, now, locations, aim = APPOINTMENT }: Task,
  { readPage, reading, tell }: Pick<TaskNeeds, "readPage" | "reading" | "tell">,
  some?: { readonly from: string; readonly most: number },
): Promise<ReadRows> {
  const options = { until: now, seed: String(seed), most: MOST_ROWS, aim };
  const weeks = kind === "churn" ? openWeeks(options) : undefined;
  const maker = weeks ?? openExamples(options);
  const columns = kind === "chance" ? columnsFor("score") : churnColumns();
  const isPooled = isPool(location);
  const current = openCurrent({ kind, aim }, columns, now);
  let events = 0;
  let leads = 0;
  let told = 0;
  tell({ phase: "reading", events, leads });
  for (const one of isPooled ? locations : [location]) {
    const read = await reading(one);
    const logs = some === undefined ? leadsOf(readPage(one)) : leadsAround(readPage(one), some.from);
    for await (const log of logs) {
      if (some !== undefined && events >= some.most) break;
      // a lead of one location is nobody in another
      maker.add(isPooled ? pooledName(one, log.lead) : log.lead, log.events, read);
      if (!isPooled) current.add(log.lead, log.events, read);
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
  if (isPooled) return { events, examples: { ...examples, ...ownerless }, current: { ...examples, ...ownerless } };
  const followed = weeks && { lost: weeks.lost(), stories: weeks.stories };
  return { events, examples, current: current.table(), ...(followed && { followed }) };
}

/** One row of each lead that a turn would speak of now, and not of those whose chance has come already. */
function openCurrent(
  { kind, aim }: { readonly kind: Kind; readonly aim: Aim },
  columns: readonly Column[],
  now: Instant,
) {
  const rows: Growing = growing(columns);
  const read = openRows(columns);
  return {
    table: () => rows.table(),
    add(lead: string, events: readonly LeadEvent[], reading: Reading): void {
      if (rows.rows >= MOST_CURRENT) return;
      if (kind === "chance" && courseOf(events, aim, knownFrom).isOver(now)) return;
      let tally: Tally = NOTHING_SEEN;
      let owner: string | undefined;
      for (const event of [...events].sort((a, b) => knownFrom(a) - knownFrom(b))) {
        tally = observe(tally, event, reading);
        owner = ownerIn(event) ?? owner;
      }
      const last = tally.last?.act ?? tally.came ?? tally.seen;
      if (last === undefined || now - last > ALIVE) return;
      rows.push({ cells: read(tally, now), label: false, weight: 1, at: now, lead, owner });
    },
  };
}

/** The same rows in the same order have the same hash. */
function hashOf({ cells, labels, at }: Examples): string {
  const hash = createHash("sha256");
  for (const part of [...cells, labels, at]) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return hash.digest("hex");
}
