// What publishing a content would change at a location: its workflows, and the fate of every lead who waits in one.

import type { Sql } from "../../kernel/sql.ts";
import { HOUR, type Instant } from "../../kernel/time.ts";
import type { LeadFilter } from "../../leads/index.ts";
import type { PublicationContent } from "../compile/compile.ts";
import type { Diagnostic } from "../compile/diagnostic.ts";
import type { Condition } from "../condition.ts";
import type { Plan, Publication } from "../plan.ts";
import { dueIfShifted, type Shifted, type Standing, standings } from "../runs.ts";
import { comparePlans, type PlanDiff, sameDiff, UNCHANGED } from "./diff.ts";
import { type Fate, type Forecast, forecast } from "./fate.ts";
import type { Publications } from "./publication.ts";

export interface WorkflowReport {
  readonly workflow: string;
  readonly change: "new" | "changed" | "removed" | "unchanged";
  /** Version digits. */
  readonly from?: string;
  readonly to?: string;
  readonly onEdit: Plan["onEdit"];
  readonly steps: PlanDiff;
  /** Everybody in it who has not ended. */
  readonly leads: number;
  readonly parked: readonly ParkedReport[];
  /** `existing: include`: so many at most; each lead's turn decides. */
  readonly wouldEnroll?: { readonly atMost: number };
}

export interface ParkedReport {
  /** Absent: they have not begun, and settle or wait for room. */
  readonly path?: string;
  readonly version: string;
  readonly leads: number;
  readonly fate: Fate;
  readonly to?: string;
  /** Of `re-time`. */
  readonly timing?: "sooner" | "later" | "same" | "each anew";
  /** Due within the hour, as things would be then. */
  readonly dueWithinHour: number;
  /** Messages within the hour, at most. */
  readonly messagesWithinHour: number;
}

export interface PublishReport {
  readonly workflows: readonly WorkflowReport[];
  readonly findings: readonly Diagnostic[];
}

export interface ReportNeeds {
  readonly publications: Publications;
  /** How many leads match what can be asked of the database. */
  readonly countLeads: (filter: LeadFilter) => Promise<number>;
  readonly now: Instant;
}

export async function reportOn(
  sql: Sql,
  location: string,
  content: PublicationContent,
  { publications, countLeads, now }: ReportNeeds,
): Promise<PublishReport> {
  const live = await publications.live(sql, location);
  const standing = await standings(sql, location, now + HOUR);
  const plans = await publications.plans(sql, location, [...new Set(standing.map(({ plan }) => plan))]);
  const parked = await foretell(sql, location, standing, plans, content, now);
  const reports: WorkflowReport[] = [];
  for (const [workflow, before, after] of pairs(live, content)) {
    const here = parked.filter((one) => one.standing.workflow === workflow);
    const report = reportOf(workflow, before, after, here);
    const include = report.change !== "unchanged" && after?.enroll?.existing === "include";
    reports.push(include ? { ...report, wouldEnroll: { atMost: await countLeads(necessary(after)) } } : report);
  }
  return { workflows: reports, findings: lostSteps(parked, content) };
}

/** Every workflow that is live, or would be, with both its versions, by name. */
function pairs(
  live: Publication | undefined,
  content: PublicationContent,
): [string, Plan | undefined, Plan | undefined][] {
  const before = new Map((live?.plans ?? []).map((plan) => [plan.workflow, plan]));
  const after = new Map(content.plans.map((plan) => [plan.workflow, plan]));
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.map((name) => [name, before.get(name), after.get(name)]);
}

function reportOf(
  workflow: string,
  before: Plan | undefined,
  after: Plan | undefined,
  parked: readonly Foretold[],
): WorkflowReport {
  const steps = before === undefined || after === undefined ? UNCHANGED : comparePlans(before, after);
  return {
    workflow,
    change: before === undefined ? "new" : after === undefined ? "removed" : sameDiff(steps) ? "unchanged" : "changed",
    ...(before === undefined ? {} : { from: digits(before.id) }),
    ...(after === undefined ? {} : { to: digits(after.id) }),
    onEdit: after?.onEdit ?? "keep",
    steps,
    leads: parked.reduce((sum, { standing }) => sum + standing.leads, 0),
    parked: parked.map(({ report }) => report),
  };
}

// Those who wait -------------------------------------------------------------------------------------------------------

interface Foretold {
  readonly standing: Standing;
  readonly report: ParkedReport;
}

async function foretell(
  sql: Sql,
  location: string,
  standing: readonly Standing[],
  plans: ReadonlyMap<string, Plan>,
  content: PublicationContent,
  now: Instant,
): Promise<Foretold[]> {
  const after = new Map(content.plans.map((plan) => [plan.workflow, plan]));
  const told = standing.map((one) => ({ one, said: forecastOf(one, plans.get(one.plan), after.get(one.workflow)) }));
  const asked: Shifted[] = told.flatMap(({ one: { plan, path }, said: { shift } }) =>
    path === undefined || shift === undefined || shift === 0 ? [] : [{ plan, path, shift }],
  );
  const due = await dueIfShifted(sql, location, asked, now + HOUR);
  const shifted = new Map(asked.map(({ plan, path }, index) => [`${plan} ${path}`, due[index]]));
  return told.map(({ one, said }) => ({
    standing: one,
    report: parkedReport(one, said, shifted.get(`${one.plan} ${one.path}`) ?? one.due),
  }));
}

/** A lead on the version that would be live stays on it. */
function forecastOf({ plan, path }: Standing, before: Plan | undefined, after: Plan | undefined): Forecast {
  if (before === undefined || path === undefined || after?.id === plan)
    return { fate: "keep", sends: sendsHere(before, path) };
  return forecast(before, after, path);
}

const sendsHere = (plan: Plan | undefined, path: string | undefined): boolean =>
  plan !== undefined && path !== undefined && forecast(plan, undefined, path).sends;

function parkedReport(
  { plan, path, leads }: Standing,
  { fate, to, shift, sends }: Forecast,
  due: number,
): ParkedReport {
  const dueWithinHour = fate === "exit" ? 0 : due;
  return {
    ...(path === undefined ? {} : { path }),
    version: digits(plan),
    leads,
    fate,
    ...(to === undefined || to === path ? {} : { to }),
    ...(fate === "re-time" ? { timing: timingOf(shift) } : {}),
    dueWithinHour,
    messagesWithinHour: sends ? dueWithinHour : 0,
  };
}

const timingOf = (shift: number | undefined): NonNullable<ParkedReport["timing"]> =>
  shift === undefined ? "each anew" : shift < 0 ? "sooner" : shift > 0 ? "later" : "same";

/** People see the first twelve. */
const digits = (id: string): string => id.slice(0, 12);

/** A step that leads wait at and that would have been moved, had it not vanished. */
function lostSteps(parked: readonly Foretold[], content: PublicationContent): Diagnostic[] {
  const lost = new Map<string, { workflow: string; path: string; leads: number }>();
  for (const { standing, report } of parked) {
    if (report.fate !== "lost" || standing.path === undefined) continue;
    const { workflow, path } = standing;
    const key = `${workflow} ${path}`;
    lost.set(key, { workflow, path, leads: (lost.get(key)?.leads ?? 0) + standing.leads });
  }
  return [...lost.values()].map(({ workflow, path, leads }) => {
    const plan = content.plans.find((one) => one.workflow === workflow);
    const waiting = leads === 1 ? "1 lead waits" : `${leads} leads wait`;
    return {
      severity: "error",
      code: "lost-step",
      file: Object.values(plan?.positions ?? {})[0]?.file ?? workflow,
      line: 1,
      column: 1,
      length: 1,
      message: `${waiting} at "${path}", which is gone. Add moved: { ${path}: <new id> }, or on_edit: keep or exit.`,
    };
  });
}

// Those who are there already ------------------------------------------------------------------------------------------

/** What must hold of everybody whom the workflow would take in, as far as the database can be asked. */
function necessary(plan: Plan): LeadFilter {
  const filter = plan.enroll?.if === undefined ? {} : asked(plan.enroll.if);
  return plan.enroll?.again === "never" ? { ...filter, neverIn: plan.workflow } : filter;
}

function asked(condition: Condition): LeadFilter {
  if ("all" in condition) return Object.assign({}, ...condition.all.map(asked)) as LeadFilter;
  if (!("subject" in condition) || condition.ifMissing === true) return {};
  for (const { operator, value } of condition.tests) {
    if (typeof value !== "string") continue;
    if (condition.subject === "contact.tags" && operator === "contains") return { tag: value };
    if (condition.subject === "contact.source" && operator === "equals") return { source: value };
  }
  return {};
}
