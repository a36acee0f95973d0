// What a person asks of runs: of one, of many, of a workflow, of the location. Each act is audited once; letters carry it out.

import { type Command, insertMail } from "../events/index.ts";
import { Conflict, InvalidInput } from "../kernel/errors.ts";
import { newId } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import { type Clock, type Instant, iso } from "../kernel/time.ts";
import { insertAudit } from "../tenancy/index.ts";
import {
  countRuns,
  deleteHold,
  findVersions,
  insertHold,
  insertJob,
  type Job,
  openJob,
  type Publications,
  type Run,
  type RunFilter,
  type RunLetter,
  readJobs,
  readRun,
  supersedeJobs,
  WHOLE_LOCATION,
} from "../workflows/index.ts";
import { noSuchWorkflow } from "./no-such-workflow.ts";
import { retriesOf } from "./retries.ts";

/** What can be asked of runs, and of those in which state. */
export const ACTS = {
  pause: ["waiting"],
  resume: ["paused"],
  stop: ["pending", "waiting", "paused"],
  retry: ["failed"],
  skip: ["waiting", "failed"],
  "re-time": ["waiting"],
  move: ["waiting", "paused"],
} as const satisfies Record<string, readonly Run["status"][]>;

export type Act =
  | { readonly act: "pause" | "resume" | "stop" | "skip" }
  /** `force`: also where what the step sent has left; then it is sent once more. */
  | { readonly act: "retry"; readonly force?: boolean }
  /** `force`: also to an instant that is over; then they go on at once. */
  | { readonly act: "re-time"; readonly until: Instant; readonly force?: boolean }
  /** `plan`: a version, by its id or the digits that are shown of it; absent: the live one. */
  | { readonly act: "move"; readonly plan?: string; readonly mode?: "move" | "re-time" | "exit" };

export interface Asker {
  readonly by: string;
  readonly reason: string;
}

/** How many were meant; the job that writes to them, unless it was only asked how many. */
export interface Asked {
  readonly count: number;
  readonly job?: string;
  /** Of a re-time to an instant that is over: they go on in their leads' next turns. */
  readonly at_once?: true;
}

export interface RunControl {
  /** @throws InvalidInput `not-found` @throws Conflict where the run is in no state for it, or a person must say `force` */
  one(location: string, run: string, act: Act, asker: Asker): Promise<void>;
  many(location: string, filter: RunFilter, act: Act, asker: Asker & { readonly dryRun: boolean }): Promise<Asked>;
  /** A workflow, or with `*` the whole location, takes nobody in and its runs stand still. */
  pause(location: string, workflow: string, asker: Asker): Promise<Asked>;
  resume(location: string, workflow: string, asker: Asker): Promise<Asked>;
  /** A workflow is paused, and its runs end: a later resume lets new leads in. */
  stop(location: string, workflow: string, asker: Asker): Promise<Asked>;
  jobs(location: string, wanted: { readonly id?: string; readonly limit: number }): Promise<Job[]>;
}

interface ControlNeeds {
  readonly database: Database;
  readonly clock: Clock;
  readonly publications: Publications;
  /** Told after the commit which location has mail. */
  readonly mailed: (location: string) => void;
}

export function openRunControl(needs: ControlNeeds): RunControl {
  const { database, clock } = needs;
  const held = (location: string, workflow: string, asker: Asker, pausing: boolean) =>
    database.transaction([location], async (sql) => {
      if (pausing) await mustBeKnown(needs, sql, location, workflow);
      return holdAll(sql, location, workflow, asker, pausing, clock.now());
    });
  return {
    async one(location, id, act, asker) {
      await database.transaction([location], async (sql) => {
        const run = await readRun(sql, location, id);
        if (run === undefined) throw new InvalidInput("There is no such run here.", "not-found");
        mustBeable(run, act);
        mustBeAhead(act, 1, clock.now());
        const letter = await letterOf(needs, sql, location, run.workflow, act, asker);
        const again = act.act === "retry" && (await mayRetry(needs, sql, location, run, act.force === true));
        const at = clock.now();
        const body = { ...letter, run: id, ...(again ? { again: true } : {}) } as Command;
        await insertMail(sql, [{ location, lead: run.lead, kind: "command", receivedAt: at, body }]);
        const data = { ...described(act), reason: asker.reason, lead: run.lead };
        await insertAudit(sql, { location, at, who: asker.by, act: `run.${act.act}`, subject: id, data });
      });
      needs.mailed(location);
    },

    async many(location, filter, act, asker) {
      return database.transaction([location], async (sql) => {
        const able: readonly Run["status"][] = ACTS[act.act];
        const status = filter.status === undefined ? able : able.filter((one) => filter.status?.includes(one));
        const workflow = filter.workflow;
        if (workflow !== undefined) await mustBeKnown(needs, sql, location, workflow);
        if (act.act === "move" && workflow === undefined)
          throw new InvalidInput("Runs move between versions of one workflow: name it.", "invalid-input");
        const letter = await letterOf(needs, sql, location, workflow ?? "", act, asker);
        const wanted: RunFilter = {
          ...filter,
          status,
          ...(letter.type === "move_run" ? { notPlan: letter.plan } : {}),
        };
        const count = status.length === 0 ? 0 : await countRuns(sql, location, wanted);
        const late = act.act === "re-time" && act.until <= clock.now() ? { at_once: true as const } : {};
        if (asker.dryRun || count === 0) return { count, ...late };
        mustBeAhead(act, count, clock.now());
        const forced = act.act === "retry" && act.force === true ? { again: true as const } : {};
        const asked = await startJob(sql, location, asker, clock.now(), {
          act: `runs.${act.act}`,
          filter: wanted,
          letter: { ...letter, ...forced } as RunLetter,
          count,
          ...(workflow === undefined ? {} : { workflow }),
          data: described(act),
        });
        return { ...asked, ...late };
      });
    },

    pause: (location, workflow, asker) => held(location, workflow, asker, true),
    resume: (location, workflow, asker) => held(location, workflow, asker, false),
    stop: (location, workflow, asker) =>
      database.transaction([location], async (sql) => {
        await mustBeKnown(needs, sql, location, workflow);
        return stopAll(sql, location, workflow, asker, clock.now());
      }),
    jobs: (location, wanted) => database.transaction([location], (sql) => readJobs(sql, location, wanted)),
  };
}

function mustBeable(run: Run, { act }: Act): void {
  const able: readonly Run["status"][] = ACTS[act];
  if (able.includes(run.status)) return;
  const others = Object.entries(ACTS).flatMap(([name, when]) =>
    (when as readonly Run["status"][]).includes(run.status) ? [name] : [],
  );
  const instead =
    others.length === 0
      ? `It has ended: to take the lead in again, enroll it in "${run.workflow}".`
      : `It takes ${others.join(", ")}.`;
  throw new Conflict(
    `A run can be asked to ${act} while it is ${able.join(" or ")}; this one is ${run.status}. ${instead}`,
  );
}

/** A mistyped year would have the next step happen now. @throws Conflict */
function mustBeAhead(act: Act, count: number, now: Instant): void {
  if (act.act !== "re-time" || act.force === true || act.until > now) return;
  const runs = count === 1 ? "The run" : `All ${count} runs`;
  throw new Conflict(
    `${iso(act.until)} is over: it is ${iso(now)} there. ${runs} would go on at once. To let that happen say force: true (--force).`,
  );
}

/** What is asked under a name that nobody has would come to nothing, and look as if it did something. */
async function mustBeKnown({ publications }: ControlNeeds, sql: Sql, location: string, workflow: string) {
  if (workflow === WHOLE_LOCATION) return;
  const live = (await publications.live(sql, location))?.plans.map((plan) => plan.workflow) ?? [];
  if (live.includes(workflow) || (await countRuns(sql, location, { workflow })) > 0) return;
  throw noSuchWorkflow(workflow, live);
}

/** What the letter about a retry must say. @throws Conflict where a person must say that it may be sent twice */
async function mayRetry(needs: ControlNeeds, sql: Sql, location: string, run: Run, force: boolean): Promise<boolean> {
  const retry = (await retriesOf(sql, location, [run], needs.publications))(run);
  if (retry === "left" && !force)
    throw new Conflict(
      "What this step sent has left already, and the lead may have it. To send it once more say force: true (--force).",
    );
  return retry !== "open";
}

async function letterOf(
  needs: ControlNeeds,
  sql: Sql,
  location: string,
  workflow: string,
  act: Act,
  { by, reason }: Asker,
): Promise<RunLetter> {
  switch (act.act) {
    case "re-time":
      return { type: "retime_run", until: act.until, by, reason };
    case "move":
      return {
        type: "move_run",
        plan: await versionOf(needs, sql, location, workflow, act.plan),
        mode: act.mode ?? "move",
        by,
      };
    default:
      return { type: `${act.act}_run`, by, reason };
  }
}

async function versionOf(
  { publications }: ControlNeeds,
  sql: Sql,
  location: string,
  workflow: string,
  named: string | undefined,
): Promise<string> {
  const live = (await publications.live(sql, location))?.plans.find((plan) => plan.workflow === workflow);
  const ids = named === undefined ? [] : await findVersions(sql, location, workflow, named);
  const id = named === undefined ? live?.id : ids[0];
  if (id !== undefined && ids.length < 2) return id;
  if (named === undefined) throw new InvalidInput(`No version of "${workflow}" is live.`, "not-found");
  throw new InvalidInput(
    `There ${ids.length > 1 ? "are several" : "is no"} version "${named}" of "${workflow}".`,
    "not-found",
  );
}

interface Starting {
  readonly act: string;
  readonly filter: RunFilter;
  readonly letter: RunLetter;
  readonly count: number;
  readonly workflow?: string;
  readonly data: JsonObject;
}

async function startJob(
  sql: Sql,
  location: string,
  { by, reason }: Asker,
  at: Instant,
  { act, filter, letter, count, workflow, data }: Starting,
): Promise<Asked> {
  const job = newId(at);
  const named = workflow === undefined ? {} : { workflow };
  await insertJob(sql, location, {
    id: job,
    askedAt: at,
    askedBy: by,
    total: count,
    over: "runs",
    filter,
    letter,
    ...named,
  });
  const audited = { ...data, filter: filter as JsonObject, reason, count };
  await insertAudit(sql, { location, at, who: by, act, subject: job, data: audited });
  return { count, job };
}

const described = (act: Act): JsonObject => Object.fromEntries(Object.entries(act).filter(([key]) => key !== "act"));

async function holdAll(
  sql: Sql,
  location: string,
  workflow: string,
  asker: Asker,
  pausing: boolean,
  at: Instant,
): Promise<Asked> {
  const whole = workflow === WHOLE_LOCATION;
  const stopping = pausing || whole ? undefined : await openJob(sql, location, { letter: "stop_run", workflow });
  // whom it lets in would be stopped with the others
  if (stopping !== undefined)
    throw new Conflict(`Runs of "${workflow}" are still being stopped. Resume it when job ${stopping} is done.`);
  const hold = whole ? "location" : "workflow";
  const changed = pausing
    ? await insertHold(sql, location, { workflow, at, by: asker.by, reason: asker.reason })
    : await deleteHold(sql, location, workflow);
  const what = whole ? "This location" : `"${workflow}"`;
  if (!changed) throw new Conflict(`${what} is ${pausing ? "paused already" : "not paused"}.`);
  const of = whole ? {} : { workflow };
  // a pause that is still being mailed would overtake its own end
  await supersedeJobs(sql, location, { letter: pausing ? "resume_run" : "pause_run", hold, at, ...of });
  const filter: RunFilter = pausing
    ? { ...of, status: ACTS.stop }
    : { ...of, status: ["pending", "paused"], held: hold };
  const letter: RunLetter = { type: pausing ? "pause_run" : "resume_run", hold, by: asker.by, reason: asker.reason };
  const act = `${hold}.${pausing ? "pause" : "resume"}`;
  return startJob(sql, location, asker, at, {
    act,
    filter,
    letter,
    count: await countRuns(sql, location, filter),
    data: {},
    ...of,
  });
}

async function stopAll(sql: Sql, location: string, workflow: string, asker: Asker, at: Instant): Promise<Asked> {
  await insertHold(sql, location, { workflow, at, by: asker.by, reason: asker.reason });
  for (const letter of ["pause_run", "resume_run"] as const)
    await supersedeJobs(sql, location, { letter, hold: "workflow", at, workflow });
  const filter: RunFilter = { workflow, status: ACTS.stop };
  const count = await countRuns(sql, location, filter);
  const letter: RunLetter = { type: "stop_run", by: asker.by, reason: asker.reason };
  return startJob(sql, location, asker, at, { act: "workflow.stop", filter, letter, count, data: {}, workflow });
}
