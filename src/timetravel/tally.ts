// What came of a span of virtual time, counted: who came in, what went out, what was held back and why, what it led to.

import { createHash } from "node:crypto";
import type { Decision } from "../insights/index.ts";
import type { OutboxEntry } from "../outreach/index.ts";
import type { Decided } from "../turns/index.ts";
import type { Plan, Run } from "../workflows/index.ts";
import type { Kept } from "./kept.ts";
import { openWalks, type Walked } from "./walked.ts";

/** Counts by name, in order of name. */
export type Counts = Readonly<Record<string, number>>;

export interface Figures {
  readonly leads: number;
  readonly turns: number;
  readonly decisions: number;
  readonly workflows: readonly WorkflowFigures[];
  readonly rules: Counts;
  readonly optOuts: number;
  /** Leads whose turn could not be decided, and why. */
  readonly failed: Counts;
  /** SHA-256 over every decision, in order. */
  readonly trace: string;
}

export interface WorkflowFigures {
  readonly workflow: string;
  readonly enrolled: number;
  /** By reason. */
  readonly notEnrolled: Counts;
  readonly goals: number;
  /** Ended runs by outcome; those under way by `at <step>`. */
  readonly runs: Counts;
  /** By channel, then by what became of them at last: accepted, delivered, opened, clicked, failed, held, blocked, … */
  readonly messages: Readonly<Record<string, Counts>>;
  /** How often something was held back, by the check that said so. */
  readonly held: Counts;
  readonly blocked: Counts;
  readonly writes: Counts;
  readonly steps: Counts;
  readonly branches: Counts;
}

export interface Tally {
  note(kept: Kept, outcome: Decided): void;
  failed(kept: Kept, error: unknown): void;
  read(leads: readonly Kept[], plans: readonly Plan[]): Figures;
}

export function openTally(): Tally {
  const trace = createHash("sha256");
  const walks = openWalks();
  const counts = new Map<string, Map<string, number>>();
  const count = (what: string, name: string) => {
    const inner = counts.get(what) ?? new Map<string, number>();
    counts.set(what, inner.set(name, (inner.get(name) ?? 0) + 1));
  };
  let turns = 0;
  let decisions = 0;

  const decided = (decision: Decision) => {
    const { kind, verdict, workflow = "", links } = decision;
    const code = (of: string) => links.find((link) => link.kind === of)?.code ?? verdict;
    if (kind === "enrollment" && verdict === "enrolled") count("enrolled", workflow);
    if (kind === "enrollment" && verdict === "not_enrolled") count(`not ${workflow}`, code("then"));
    if (kind === "rule" && verdict === "fired") {
      count("rules", String(links.find((link) => link.code === "rule.fired")?.values?.["rule"] ?? ""));
    }
    if (kind !== "message") return;
    if (verdict === "held") count(`held ${workflow}`, code("permission"));
    if (verdict === "blocked" || verdict === "expired") count(`blocked ${workflow}`, code("permission"));
  };

  return {
    note(kept, outcome) {
      turns += 1;
      decisions += outcome.decisions.length;
      walks.note(outcome.decisions);
      for (const { type } of outcome.events) if (type === "message.opted_out") count("opted out", kept.id);
      for (const decision of outcome.decisions) {
        decided(decision);
        trace.update(essence(decision));
      }
    },
    failed(_kept, error) {
      count("failed", error instanceof Error ? error.message : String(error));
    },
    read(leads, plans) {
      const runs = leads.flatMap((kept) => [...kept.runs.values()]);
      const rows = leads.flatMap((kept) => [...kept.outbox.values()]);
      const walked = walks.read(runs, plans);
      const of = (what: string): Counts => asCounts(counts.get(what) ?? new Map());
      return {
        leads: leads.filter(({ lead }) => lead !== undefined).length,
        turns,
        decisions,
        workflows: [...new Set(plans.map(({ workflow }) => workflow))].sort().map((workflow) => ({
          workflow,
          enrolled: of("enrolled")[workflow] ?? 0,
          notEnrolled: of(`not ${workflow}`),
          held: of(`held ${workflow}`),
          blocked: of(`blocked ${workflow}`),
          ...ofRuns(runs.filter((run) => run.workflow === workflow)),
          ...ofRows(rows.filter(({ row }) => row.workflow === workflow)),
          ...ofPaths(workflow, walked),
        })),
        rules: of("rules"),
        optOuts: Object.keys(of("opted out")).length,
        failed: of("failed"),
        trace: trace.copy().digest("hex"),
      };
    },
  };
}

/** The decision without what a machine brings (the version of its time-zone data) and its hash, which holds that. */
function essence({ id, at, kind, verdict, workflow, run, path, message, links, versions }: Decision): string {
  const { publication, plan, model } = versions;
  return JSON.stringify([id, at, kind, verdict, workflow, run, path, message, links, publication, plan, model]);
}

function ofRuns(runs: readonly Run[]): Pick<WorkflowFigures, "goals" | "runs"> {
  const ends = new Map<string, number>();
  for (const { outcome, status, parked } of runs) {
    const at = parked !== undefined && "path" in parked ? parked.path : status;
    add(ends, outcome ?? `at ${at}`);
  }
  return { goals: runs.filter(({ goalReachedAt }) => goalReachedAt !== undefined).length, runs: asCounts(ends) };
}

function ofRows(rows: readonly OutboxEntry[]): Pick<WorkflowFigures, "messages" | "writes"> {
  const channels = new Map<string, Map<string, number>>();
  const writes = new Map<string, number>();
  for (const entry of rows) {
    const { row } = entry;
    if (row.kind !== "message") {
      add(writes, row.kind);
      continue;
    }
    const channel = row.channels[row.place] ?? "none";
    const outcomes = channels.get(channel) ?? new Map<string, number>();
    channels.set(channel, outcomes);
    add(outcomes, outcomeOf(entry));
  }
  const messages = Object.fromEntries(
    [...channels].sort(byName).map(([channel, outcomes]) => [channel, asCounts(outcomes)]),
  );
  return { messages, writes: asCounts(writes) };
}

function outcomeOf({ row, message }: OutboxEntry): string {
  const { clickedAt, openedAt, deliveredAt, failedAt } = message?.delivery ?? {};
  if (row.state !== "accepted") return row.state === "rejected" ? "failed" : row.state;
  if (failedAt !== undefined) return "failed";
  if (clickedAt !== undefined) return "clicked";
  if (openedAt !== undefined) return "opened";
  return deliveredAt === undefined ? "accepted" : "delivered";
}

function ofPaths(workflow: string, { steps, branches }: Walked): Pick<WorkflowFigures, "steps" | "branches"> {
  const own = (all: ReadonlyMap<string, number>): Counts =>
    Object.fromEntries(
      [...all].flatMap(([name, times]) =>
        name.startsWith(`${workflow}/`) ? [[name.slice(workflow.length + 1), times] as const] : [],
      ),
    );
  return { steps: own(steps), branches: own(branches) };
}

const add = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
const asCounts = (counts: ReadonlyMap<string, number>): Counts => Object.fromEntries([...counts].sort(byName));
