// What a worker does now and then: letters to many, reading the CRM, learning, judging experiments, counting, forgetting.

import { sweep, tendStatistics } from "../database/index.ts";
import type { Experiments } from "../experiments/index.ts";
import { openStatus } from "../highlevel/index.ts";
import { foldDeltas } from "../insights/index.ts";
import { every } from "../kernel/every.ts";
import type { Facts } from "../kernel/facts.ts";
import { HOUR, MINUTE, SECOND } from "../kernel/time.ts";
import { askAwaited, locationsAwaiting } from "../outreach/index.ts";
import { openSweeper } from "../turns/index.ts";
import type { Publications } from "../workflows/index.ts";
import type { Crm } from "./crm.ts";
import { workJobs } from "./jobs.ts";
import type { Learning } from "./learning.ts";
import type { Premises } from "./premises.ts";
import type { Reconciling } from "./reconciling.ts";
import type { Stops } from "./stops.ts";
import type { Teams } from "./teams.ts";
import { isTown } from "./town.ts";

interface Needs {
  readonly premises: Premises;
  readonly teams: Teams;
  readonly crm: Crm;
  readonly facts: Facts;
  readonly publications: Publications;
  readonly reconciling: Reconciling;
  readonly learning: Learning;
  readonly experiments: Pick<Experiments, "look">;
  readonly mailed: (location: string) => void;
  readonly stops: Stops;
}

/** Leads a minute who are told of a new publication: a twentieth of what one process decides. */
const LEARNING = 3_000;
/** How often letters to many are looked after. */
const JOBS_MS = 100;

export function startLoops(needs: Needs): void {
  const { crm, facts, publications, reconciling, learning, experiments, mailed, stops } = needs;
  const { database, clock: real } = needs.premises;
  const { clock, locations, town } = needs.teams;
  /** What looks at the CRM and what learns come round sooner where life goes faster. */
  const seldom = town === undefined ? HOUR : MINUTE;

  const jobs = { database, clock, publications, locations, mailed };
  stops.add(every(JOBS_MS, facts, "jobs", () => workJobs(jobs)));
  // a town lives faster than its CRM's stamps say, and loses no webhooks
  stops.add(reconciling.follow(() => locations().filter((location) => !isTown(location))));
  stops.add(every(SECOND, facts, "accounts", () => crm.accounts.work()));
  const learnTogether = async () => {
    await learning.rounds.train(locations());
    await learning.rounds.watch(locations());
  };
  stops.add(every(seldom, facts, "training", learnTogether));
  stops.add(() => learning.close()); // stops run in reverse: a round under way is ended before it is waited for
  stops.add(every(30 * SECOND, facts, "experiments", () => experiments.look(locations())));
  const learn = openSweeper({ database, clock, publications, page: LEARNING / 12, woken: mailed });
  const learnAll = async () => {
    for (const location of locations()) await learn(location);
  };
  stops.add(every(5 * SECOND, facts, "learn", learnAll));
  stops.add(every(SECOND, facts, "fold", () => database.transaction("*", foldDeltas)));
  const status = openStatus(crm.api.lane("bulk"));
  const askAll = async () => {
    const due = await database.transaction("*", (sql) => locationsAwaiting(sql, real.real()));
    for (const location of due) {
      if ((await askAwaited({ database, clock, status }, location)) > 0) mailed(location);
    }
  };
  stops.add(every(15 * SECOND, facts, "receipts", askAll));
  stops.add(every(5 * SECOND, facts, "statistics", () => tendStatistics(database)));
  stops.add(every(10 * MINUTE, facts, "retention", () => sweep(database, clock.now())));
  stops.add(every(seldom, facts, "catalog", () => crm.look()));
}
