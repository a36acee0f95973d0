// Enrolling leads by hand or by a program: one, some, or all that a filter names; and what that would come to, beforehand.

import { type Command, insertMail } from "../events/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { idFrom } from "../kernel/ids.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import type { Clock, Instant } from "../kernel/time.ts";
import { countLeads, type LeadFilter, readLeads, sampleOfLeads } from "../leads/index.ts";
import { insertAudit } from "../tenancy/index.ts";
import { decideTurn, type LeadCase, loadCases, type Scene, type Scenes, type TurnOutcome } from "../turns/index.ts";
import { type Drip, insertJob, type Plan, readJobs } from "../workflows/index.ts";
import { noSuchWorkflow } from "./no-such-workflow.ts";

export interface Enrolling {
  readonly workflow: string;
  /** The request's own: said again, it enrolls nobody twice. */
  readonly id: string;
  readonly who: { readonly leads: readonly string[] } | { readonly filter: LeadFilter };
  /** `if`, `again` and `holdout` are not looked at. The audit says so. */
  readonly override: boolean;
  readonly inputs?: NonNullable<EnrollCommand["inputs"]>;
  /** Of a filter: not faster than this. */
  readonly drip?: Drip;
}

type EnrollCommand = Extract<Command, { type: "enroll" }>;

export interface Enrolled {
  /** How many are asked: each lead's turn decides. */
  readonly count: number;
  readonly job?: string;
}

export interface Preview {
  readonly matched: number;
  /** How many were looked at; all of them, or some spread over all. */
  readonly sampled: number;
  /** Of all that matched; `exact` where all were looked at. */
  readonly enter: { readonly count: number; readonly exact: boolean };
  /** Why the others do not: counted among those looked at. */
  readonly refused: readonly { readonly code: string; readonly count: number }[];
}

export interface Enroller {
  enroll(location: string, asked: Enrolling, by: string): Promise<Enrolled>;
  preview(location: string, asked: Enrolling): Promise<Preview>;
}

interface EnrollNeeds {
  readonly database: Database;
  readonly clock: Clock;
  readonly scenes: Scenes;
  /** Told after the commit which location has mail. */
  readonly mailed: (location: string) => void;
}

const SAMPLE = 200;

export function openEnroller(needs: EnrollNeeds): Enroller {
  const { database, clock, scenes } = needs;
  return {
    async enroll(location, asked, by) {
      const done = await database.transaction([location], async (sql) => {
        const now = clock.now();
        mustBeLive(await scenes.open(sql, location, now), asked.workflow);
        const { workflow, id, override, inputs } = asked;
        const letter: EnrollCommand = {
          type: "enroll",
          workflow,
          id,
          by,
          override,
          ...(inputs === undefined ? {} : { inputs }),
        };
        return "filter" in asked.who
          ? enrollAll(sql, location, asked, asked.who.filter, letter, now)
          : enrollThese(sql, location, asked.who.leads, letter, now);
      });
      needs.mailed(location);
      return done;
    },

    preview: (location, asked) =>
      database.transaction([location], async (sql) => {
        const now = clock.now();
        const scene = atOnce(await scenes.open(sql, location, now), asked.workflow);
        const { who } = asked;
        const [matched, leads] =
          "filter" in who
            ? [await countLeads(sql, location, who.filter), await sampleOfLeads(sql, location, who.filter, SAMPLE)]
            : [who.leads.length, who.leads.slice(0, SAMPLE)];
        const claimed = leads.map((lead) => ({ lead, turn: 0, dueAt: now, failures: 0 }));
        const cases = await loadCases(sql, scene, claimed, (plans) => scenes.loadPlans(sql, scene, plans));
        const ends = cases.map((one) => endOf(one, scene, asked));
        const entered = ends.filter((code) => code === undefined).length;
        const exact = leads.length === matched;
        return {
          matched,
          sampled: leads.length,
          enter: { count: exact ? entered : Math.round((matched * entered) / Math.max(1, leads.length)), exact },
          refused: counted(ends.filter((code) => code !== undefined)),
        };
      }),
  };
}

function mustBeLive({ publication }: Scene, workflow: string): Plan {
  const plan = publication.plans.find((live) => live.workflow === workflow);
  if (plan !== undefined) return plan;
  throw noSuchWorkflow(
    workflow,
    publication.plans.map((live) => live.workflow),
  );
}

async function enrollThese(
  sql: Sql,
  location: string,
  leads: readonly string[],
  letter: EnrollCommand,
  at: Instant,
): Promise<Enrolled> {
  const known = await readLeads(sql, location, leads);
  const unknown = leads.filter((lead) => !known.has(lead));
  if (unknown.length > 0)
    throw new InvalidInput(`There is no lead ${unknown.slice(0, 3).join(", ")} here.`, "not-found");
  const body = leads.length > 1 ? { ...letter, many: true as const } : letter;
  await insertMail(
    sql,
    leads.map((lead) => ({ location, lead, kind: "command" as const, receivedAt: at, body })),
  );
  await audit(sql, location, letter, at, { leads: leads.slice(0, 100), count: leads.length });
  return { count: leads.length };
}

async function enrollAll(
  sql: Sql,
  location: string,
  { workflow, id, drip }: Enrolling,
  filter: LeadFilter,
  letter: EnrollCommand,
  at: Instant,
): Promise<Enrolled> {
  const job = idFrom(location, "enroll", workflow, id);
  const [before] = await readJobs(sql, location, { id: job, limit: 1 });
  if (before !== undefined) return { count: before.total, job };
  const total = await countLeads(sql, location, filter);
  const dripped = drip === undefined ? {} : { drip };
  await insertJob(sql, location, {
    ...{ id: job, askedAt: at, askedBy: letter.by, workflow, total },
    ...{ over: "leads", filter, letter, ...dripped },
  });
  await audit(sql, location, letter, at, { filter: { ...filter }, count: total, job });
  return { count: total, job };
}

const audit = (sql: Sql, location: string, letter: EnrollCommand, at: Instant, data: Record<string, unknown>) =>
  insertAudit(sql, {
    location,
    at,
    who: letter.by,
    act: "workflow.enroll",
    subject: letter.workflow,
    data: { ...data, override: letter.override === true, request: letter.id } as never,
  });

// Beforehand -----------------------------------------------------------------------------------------------------------

/** As if the workflow let nobody settle: what it asks is asked of the lead as it is now. */
function atOnce(scene: Scene, workflow: string): Scene {
  const plan = mustBeLive(scene, workflow);
  if (plan.enroll?.settle === undefined) return scene;
  const { settle: _, ...enroll } = plan.enroll;
  const changed: Plan = { ...plan, enroll };
  const plans = scene.publication.plans.map((one) => (one === plan ? changed : one));
  return { ...scene, publication: { ...scene.publication, plans }, plans: new Map(scene.plans).set(plan.id, changed) };
}

/** The turn that the request would be, decided and thrown away: why the lead does not enter, or undefined where it does. */
function endOf(lead: LeadCase, scene: Scene, { workflow, id, override }: Enrolling): string | undefined {
  const command: EnrollCommand = { type: "enroll", workflow, id, by: "preview", override };
  // with more mail to come no timer of the lead's runs: this is about the request alone
  const outcome = decideTurn(
    { ...lead, mail: [{ kind: "command", seq: 0, at: scene.now, command }], moreMail: true },
    scene,
  );
  const before = new Set(lead.runs.map((run) => run.id));
  const run = outcome.runs.find((one) => one.workflow === workflow && !before.has(one.id));
  if (run !== undefined && run.outcome !== "not_enrolled") return run.outcome === "holdout" ? "holdout" : undefined;
  return refusalIn(outcome, workflow) ?? "enrolled.before";
}

function refusalIn({ decisions }: TurnOutcome, workflow: string): string | undefined {
  const refused = decisions.find((one) => one.verdict === "not_enrolled" && one.workflow === workflow);
  return refused?.links.findLast((link) => link.kind === "then")?.code;
}

function counted(codes: readonly string[]): Preview["refused"] {
  const counts = new Map<string, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts]
    .map(([code, count]) => ({ code, count }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}
