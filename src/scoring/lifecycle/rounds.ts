// What happens by itself: trainings that are due are begun, and each champion is looked at once a day. One at a time, a
// few in each round; whoever finds a location taken leaves it.

import { type Aim, APPOINTMENT, sameAim } from "../../kernel/aim.ts";
import { Conflict } from "../../kernel/errors.ts";
import type { Facts } from "../../kernel/facts.ts";
import type { Database, Sql } from "../../kernel/sql.ts";
import { type Clock, DAY, type Instant } from "../../kernel/time.ts";
import type { Aims } from "./aims.ts";
import { type Alarm, aimOfPool, isPool, KINDS, type Kind, poolOf, short, type Watched } from "./kept.ts";
import { counts, isDue } from "./schedule.ts";
import { championIds, lockWatched, readModel, saveWatched, unwatched } from "./store.ts";
import type { RunThread } from "./thread.ts";
import type { Trainer } from "./trainer.ts";
import { listTrainings } from "./trainings.ts";
import { lasting, speaksOf } from "./watch.ts";

export interface RoundNeeds {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
  readonly facts: Facts;
  readonly trainer: Pick<Trainer, "begin" | "end">;
  readonly thread: RunThread;
  /** People of the team are told, within the transaction that keeps what was found. */
  tell(sql: Sql, location: string, notice: { readonly message: string; readonly at: Instant }): Promise<void>;
  /** After the commit: what is shown of a model has changed. */
  changed(location: string): void;
  /** What the chance of each of these locations is asked to foretell. */
  readonly aims: Aims["of"];
  /** How many outcomes of what is foretold a location has seen since, counted no further than `most`. */
  outcomesSince(
    sql: Sql,
    location: string,
    aim: Aim,
    counted: { readonly since: Instant; readonly most: number },
  ): Promise<number>;
}

const BY = "the schedule";
/** Trainings looked at to find the last that counts. */
const LATEST = 20;
const MOST_COUNTED = 10_000;

export function openRounds(needs: RoundNeeds) {
  const { database, clock, facts } = needs;
  const closing = new AbortController();

  const due = (location: string, kind: Kind, aim: Aim): Promise<boolean> =>
    database.transaction([location], async (sql) => {
      const trainings = (await listTrainings(sql, location, LATEST)).filter((one) => one.kind === kind);
      if (trainings.some(({ endedAt }) => endedAt === undefined)) return false;
      // where another outcome is asked for now, nobody has learned it yet
      const isOfIt = (of: { readonly aim?: Aim }) => kind !== "chance" || sameAim(of.aim, aim);
      const last = trainings.find((one) => counts(one) && isOfIt(one));
      const id = (await championIds(sql, location))[kind];
      const champion = id === undefined ? undefined : await readModel(sql, location, id);
      const since =
        last === undefined || kind !== "chance" || isPool(location)
          ? 0
          : await needs.outcomesSince(sql, location, aim, { since: last.askedAt, most: MOST_COUNTED });
      const taught = champion !== undefined && isOfIt(champion.learned) ? champion.learned.positives : 0;
      return isDue({ now: clock.now(), last, since, taught });
    });

  /** What more than one location asks for: they teach each other. */
  function poolsOf(aims: ReadonlyMap<string, Aim>): readonly string[] {
    const asked = new Map<string, number>();
    for (const aim of aims.values()) asked.set(poolOf(aim), (asked.get(poolOf(aim)) ?? 0) + 1);
    return [...asked].flatMap(([pool, locations]) => (locations > 1 ? [pool] : []));
  }

  return {
    /** Trains what is due, the pooled model first: the others are made of it. */
    async train(locations: readonly string[]): Promise<void> {
      const aims = await needs.aims(locations);
      for (const location of [...poolsOf(aims), ...locations]) {
        const aim = isPool(location) ? aimOfPool(location) : (aims.get(location) ?? APPOINTMENT);
        for (const kind of isPool(location) ? (["chance"] as const) : KINDS) {
          if (closing.signal.aborted || !(await due(location, kind, aim))) continue;
          const begun = await needs.trainer.begin(location, { kind, by: BY, seed: 1 }).catch((error) => {
            if (error instanceof Conflict) return undefined; // another process was faster
            throw error;
          });
          if (begun !== undefined) await needs.trainer.end(begun.id);
        }
      }
    },

    /** Looks at the champions that nobody has looked at for a day. */
    async watch(locations: readonly string[]): Promise<void> {
      const now = clock.now();
      const waiting = await database.transaction(locations, (sql) => unwatched(sql, locations, now - DAY));
      for (const { location, kind } of waiting) {
        if (closing.signal.aborted) return;
        const task = { do: "watch", location, kind, seed: 1, now };
        type Answer = { readonly id: string; readonly watched: Watched } | undefined;
        const found = await needs.thread<Answer>(task, () => undefined, closing.signal);
        if (found === undefined) continue;
        const begun = await keepLook(needs, location, { ...found, kind, now });
        needs.changed(location);
        for (const { says } of begun) facts.emit("model_drifted", { location, model: short(found.id), says });
      }
    },

    close: () => closing.abort(),
  };
}

/** Keeps what a look found, and tells the team of each drift that begins with it: once, however many processes look. */
function keepLook(
  { database, tell }: Pick<RoundNeeds, "database" | "tell">,
  location: string,
  { id, watched: found, kind, now }: { readonly id: string; readonly watched: Watched; kind: Kind; now: Instant },
): Promise<readonly Alarm[]> {
  return database.transaction([location], async (sql) => {
    const { outcome } = (await readModel(sql, location, id))?.learned.aim ?? APPOINTMENT;
    const of = { kind, outcome };
    const { watched, begun } = lasting(await lockWatched(sql, location, id), found, of, now);
    await saveWatched(sql, location, id, watched, now);
    if (begun.length > 0) {
      const says = begun.map((one) => one.says).join("; ");
      const message = `The model of ${speaksOf(of)} (${short(id)}) has drifted: ${says}. Train a new one, or go back to the one before.`;
      await tell(sql, location, { message, at: now });
    }
    return begun;
  });
}
