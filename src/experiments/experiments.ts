// Experiments of a location: read by people, paused and stopped by them, looked at once a day by the rule they declared.

import { insertEvents, insertMail, LOCATION_LEAD, letterOf } from "../events/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { idFrom } from "../kernel/ids.ts";
import { own } from "../kernel/json.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import { type Clock, DAY, type Instant } from "../kernel/time.ts";
import type { AuditEntry } from "../tenancy/index.ts";
import type { Experiment } from "../workflows/index.ts";
import { type Act, control } from "./control.ts";
import { look } from "./decide.ts";
import type { ExperimentState } from "./experiment.ts";
import { beginExperiments, exposedCounts, lockState, readStates, saveState, tallies } from "./store.ts";
import { type ExperimentView, viewOf } from "./view.ts";

export interface Experiments {
  /** Those declared, in file order, then those that are not any more. */
  list(location: string): Promise<readonly ExperimentView[]>;
  one(location: string, id: string): Promise<ExperimentView | undefined>;
  /** @throws InvalidInput `not-found`, or what `control` refuses */
  act(location: string, id: string, act: Act): Promise<ExperimentView>;
  /**
   * Looks at every running experiment of these locations that has not been looked at for a day. Any number of
   * processes may do so at once: each experiment is looked at under a lock of its row, by whoever gets it.
   */
  look(locations: readonly string[]): Promise<void>;
}

export interface ExperimentNeeds {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
  /** What the live publication declares. */
  readonly declared: (sql: Sql, location: string) => Promise<Readonly<Record<string, Experiment>>>;
  /** Writes the audit, in the transaction of the act. */
  readonly audit: (sql: Sql, entry: AuditEntry) => Promise<void>;
  /** Told after the commit which location has mail. */
  readonly mailed: (location: string) => void;
}

/** Who stops an experiment by its own rule. */
const RULE = "latchkey";

export function openExperiments({ database, clock, declared, audit, mailed }: ExperimentNeeds): Experiments {
  const views = (location: string, only?: string): Promise<readonly ExperimentView[]> =>
    database.transaction([location], async (sql) => {
      const now = clock.now();
      const live = await declared(sql, location);
      const states = await readStates(sql, location);
      const all = [...Object.values(live), ...[...states.values()].map((state) => state.declared)];
      const seen = new Map<string, Experiment>();
      for (const one of all) if (!seen.has(one.id) && (only ?? one.id) === one.id) seen.set(one.id, one);
      const shown: ExperimentView[] = [];
      for (const experiment of seen.values()) {
        const state = states.get(experiment.id);
        const counts = state === undefined ? [] : await tallies(sql, location, experiment, now);
        const standing = state === undefined ? {} : { state };
        shown.push(viewOf({ experiment, ...standing, live: Object.hasOwn(live, experiment.id), tallies: counts, now }));
      }
      return shown;
    });

  /** What a stop leaves behind beside the state, whoever stopped it. */
  const tellStop = async (sql: Sql, location: string, state: ExperimentState, at: Instant): Promise<void> => {
    const event = {
      location,
      id: idFrom("experiment.stopped", location, state.experiment),
      lead: LOCATION_LEAD,
      type: "experiment.stopped",
      at,
      receivedAt: at,
      source: "latchkey" as const,
      data: { experiment: state.experiment, winner: state.winner ?? null, why: state.why ?? null },
    };
    await insertEvents(sql, [event]);
    await insertMail(sql, [letterOf(event)]);
  };

  const lookAt = async (location: string, id: string): Promise<void> => {
    const stopped = await database.transaction([location], async (sql) => {
      const experiment = own(await declared(sql, location), id);
      const state = await lockState(sql, location, id, { skip: true });
      const now = clock.now();
      if (experiment === undefined || state === undefined || !isDue(state, now)) return false;
      const found = look(experiment, state, await tallies(sql, location, experiment, now), now);
      await saveState(sql, location, found.state);
      if (!found.stopped) return false;
      const { why = "", winner = "" } = found.state;
      await audit(sql, { location, at: now, who: RULE, act: "experiment.stop", subject: id, data: { why, winner } });
      await tellStop(sql, location, found.state, now);
      return true;
    });
    if (stopped) mailed(location);
  };

  return {
    list: (location) => views(location),
    one: async (location, id) => (await views(location, id))[0],

    async act(location, id, act) {
      const stopped = await database.transaction([location], async (sql) => {
        const now = clock.now();
        const experiment =
          own(await declared(sql, location), id) ?? (await readStates(sql, location)).get(id)?.declared;
        if (experiment === undefined) throw new InvalidInput("There is no such experiment here.", "not-found");
        await beginExperiments(sql, location, [{ experiment, at: now }]);
        const state = await lockState(sql, location, id, { skip: false });
        if (state === undefined) throw new InvalidInput("There is no such experiment here.", "not-found");
        const exposed = (await exposedCounts(sql, location)).get(id) ?? 0;
        const next = control(experiment, state, exposed, { ...act, now });
        if (next === state) return false;
        await saveState(sql, location, next);
        const data = { reason: act.reason, ...(next.winner === undefined ? {} : { winner: next.winner }) };
        await audit(sql, { location, at: now, who: act.by, act: `experiment.${act.act}`, subject: id, data });
        if (next.state !== "stopped") return false;
        await tellStop(sql, location, next, now);
        return true;
      });
      if (stopped) mailed(location);
      return (await views(location, id))[0] as ExperimentView;
    },

    async look(locations) {
      for (const location of locations) {
        const states = await database.transaction([location], (sql) => readStates(sql, location));
        for (const state of states.values()) if (isDue(state, clock.now())) await lookAt(location, state.experiment);
      }
    },
  };
}

/** Once a day, the first time a day after the first lead. */
const isDue = ({ state, startedAt, lookedAt }: ExperimentState, now: Instant): boolean =>
  state === "running" && now >= (lookedAt ?? startedAt) + DAY;
