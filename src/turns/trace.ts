// Decisions in the making: a draft says what was decided and why; numbered, dated and chained it becomes a row.

import type { LeadEvent } from "../events/index.ts";
import type { Decision, DecisionKind, DecisionVerdict, Link } from "../insights/index.ts";
import { idFrom, sha256 } from "../kernel/ids.ts";
import { canonicalJson, type JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import { zoneDataVersion } from "../kernel/zone.ts";
import type { GroupReason, Reason, Score } from "../scoring/index.ts";
import type { Plan, TraceLine } from "../workflows/index.ts";
import type { Desk } from "./desk.ts";
import { explained } from "./score.ts";

export interface Draft {
  readonly at: Instant;
  readonly kind: DecisionKind;
  readonly verdict: DecisionVerdict;
  readonly workflow?: string | undefined;
  readonly plan?: string | undefined;
  readonly run?: string | undefined;
  readonly path?: string | undefined;
  readonly message?: string | undefined;
  readonly links: readonly Link[];
}

/** Gives drafts their ids and chains their hashes: each holds the hash of the lead's decision before it. */
export function chained(
  drafts: readonly Draft[],
  about: { location: string; lead: string; turn: number; publication: string; model: string; chain: string },
): { decisions: readonly Decision[]; chain: string } {
  let chain = about.chain;
  const decisions = drafts.map((draft, place) => {
    const unchained: Omit<Decision, "hash"> = {
      id: idFrom(about.location, about.lead, about.turn, place),
      lead: about.lead,
      turn: about.turn,
      place,
      at: draft.at,
      kind: draft.kind,
      verdict: draft.verdict,
      ...present({ workflow: draft.workflow, run: draft.run, path: draft.path, message: draft.message }),
      links: draft.links,
      versions: {
        publication: about.publication,
        ...present({ plan: draft.plan }),
        zones: zoneDataVersion,
        model: about.model,
      },
    };
    chain = sha256(chain + canonicalJson(unchained));
    return { ...unchained, hash: chain };
  });
  return { decisions, chain };
}

/** The members that are there. */
export function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** What happened, as the first link of a chain. */
export const eventLink = (event: Pick<LeadEvent, "id" | "type" | "at" | "data" | "source">): Link => ({
  kind: "event",
  status: "event",
  code: `event.${event.type}`,
  values: { type: event.type, source: event.source, data: event.data },
  at: event.at,
  evidence: { type: "event", id: event.id },
});

export const timerLink = (timer: string, at: Instant): Link => ({
  kind: "event",
  status: "event",
  code: `timer.${timer}`,
  at,
});

/** Where the lead stood, and its three strongest reasons; nothing where it was not scored yet. */
export function scoreLinks(desk: Desk): Link[] {
  const { score, clock: at } = desk;
  if (score === undefined) return [];
  const { base, reasons } =
    score.reasons === undefined ? (explained(desk) ?? { base: 0, reasons: [] }) : rulesOf(score);
  const said = reasons.map((reason) => ({ text: reason.text, logOdds: reason.logOdds, ...named(reason) }));
  return [
    {
      kind: "score",
      status: "done",
      code: score.reasons === undefined ? "score.model" : "score.rules",
      values: {
        score: score.score,
        tier: score.tier,
        model: score.model,
        ...present({ chance: score.chance, churn: score.churn }),
        ...(score.aim === undefined ? {} : { aim: { ...score.aim } }),
        base,
        reasons: said.slice(0, 3),
        ...(score.adjustments === undefined ? {} : { adjustments: score.adjustments.map((one) => ({ ...one })) }),
        others: said.slice(3).reduce((sum, { logOdds }) => sum + logOdds, 0),
      },
      at,
    },
  ];
}

const rulesOf = ({ base = 0, reasons = [] }: Score): { base: number; reasons: readonly (Reason | GroupReason)[] } => ({
  base,
  reasons,
});

/** A rule's reason is a feature with its value; a model's is a group of them. */
const named = (reason: Reason | GroupReason): JsonObject =>
  "feature" in reason ? { feature: reason.feature, value: reason.value } : { group: reason.group };

/** Which workflow, in which version, at which line of which file. */
export function workflowLink(plan: Plan, path: string | undefined, values: JsonObject = {}): Link {
  const position = path === undefined ? undefined : plan.positions[path];
  return {
    kind: "workflow",
    status: "run",
    code: "workflow.step",
    values: {
      ...values,
      workflow: plan.workflow,
      name: plan.name,
      plan: plan.id.slice(0, 12),
      ...present({ path, file: position?.file, line: position?.line, column: position?.column }),
    },
    evidence: { type: "plan", id: plan.id },
  };
}

/** A line of the runner's trace, as a link. */
export const traceLink = (line: TraceLine, at: Instant): Link => ({
  kind: "then",
  status: "run",
  code: line.code,
  values: { ...line.values, ...present({ path: line.path }) },
  at,
});
