// A low score changes the order in which leads are served, never whether they are: parts of a workflow in which a low
// score alone keeps a message back. Who is withheld homes or answers because a machine expects little of them is steered,
// and a score may lean on a protected trait without anybody having meant it. docs/fairness.md has the rule and its reasons.

import type { Condition, Leaf } from "../condition.ts";
import { evaluate } from "../evaluate.ts";
import type { EventMatch, ListIndex, Plan, Step } from "../plan.ts";
import type { Check, Finding, Linted, Spot } from "./finding.ts";
import { leavesOf, wordsOf } from "./walk.ts";

const SUBJECTS = new Set(["lead.score", "lead.chance", "lead.tier"]);

/** Scores at which conditions are tried, and from where a lead is no longer cold (docs/workflows.md). */
const SCORES = Array.from({ length: 21 }, (_, index) => index / 20);
const WARM = 0.4;
const HOT = 0.7;

const RULE =
  "A score may change the order in which leads are served, never whether they are. Ask for something the lead did as well, as lead.idle";

export const checkWithheld: Check = (linted) =>
  linted.content.plans.flatMap((plan) => [
    ...enrolling(plan),
    ...leaving(plan, linted),
    ...plan.lists.flat().flatMap((step) => withheld(step, plan, linted)),
  ]);

// What the score alone decides -----------------------------------------------------------------------------------

/** Its truth at each score, of a lead of whom nothing else is known. */
function byScore(condition: Condition): readonly (boolean | undefined)[] {
  const bare = onlyScore(condition);
  return SCORES.map((score) =>
    evaluate(bare, {
      now: 0,
      zone: "UTC",
      value: (subject) =>
        subject === "lead.tier" ? (score >= HOT ? "hot" : score >= WARM ? "warm" : "cold") : known(subject, score),
      history: () => 0,
    }),
  );
}

const known = (subject: string, score: number) => (SUBJECTS.has(subject) ? score : undefined);

const UNKNOWN: Condition = { subject: "lead.unknown", tests: [{ operator: "equals", value: "" }] };

function onlyScore(condition: Condition): Condition {
  if ("subject" in condition) return SUBJECTS.has(condition.subject) ? condition : UNKNOWN;
  if ("history" in condition) return UNKNOWN;
  if ("all" in condition) return { all: condition.all.map(onlyScore) };
  if ("any" in condition) return { any: condition.any.map(onlyScore) };
  if ("not" in condition) return { not: onlyScore(condition.not) };
  return { atLeast: condition.atLeast, of: condition.of.map(onlyScore) };
}

/** True of some score, whatever else the lead is, and not of a higher one. */
const brings = (condition: Condition | undefined): boolean =>
  condition !== undefined && falls(byScore(condition).map((truth) => truth === true));

/** False of some score, whatever else the lead is, and not of a higher one. */
const bars = (condition: Condition | undefined): boolean =>
  condition !== undefined && falls(byScore(condition).map((truth) => truth === false));

const falls = (held: readonly boolean[]): boolean =>
  held.some((holds, index) => holds && held.slice(index + 1).includes(false));

// Where a run begins and ends ------------------------------------------------------------------------------------

/** A bar under the warm leads keeps nobody out but the lowest; one above them chooses whom to give more. */
function enrolling(plan: Plan): Finding[] {
  const bar = plan.enroll?.if;
  if (bar === undefined || !bars(bar) || !plan.lists.flat().some(({ verb }) => verb === "send")) return [];
  const warm = byScore(bar)[SCORES.indexOf(WARM)];
  if (warm === false) return [];
  return [found({ workflow: plan.workflow, path: "enroll", keys: ["if"] }, "keeps the lead out of this workflow")];
}

function leaving(plan: Plan, linted: Linted): Finding[] {
  const { workflow } = plan;
  return [
    ...plan.exits.flatMap((exit, index): Finding[] => {
      const low = "if" in exit ? brings(exit.if) : exit.when.some((match) => fallen(match, linted));
      const keys = ["if" in exit ? "if" : "when"];
      return low ? [found({ workflow, path: `exit.${index}`, keys }, "ends this workflow for the lead")] : [];
    }),
    ...plan.pauses.flatMap((pause, index): Finding[] =>
      pause.when.some((match) => fallen(match, linted))
        ? [found({ workflow, path: `pause.${index}`, keys: ["when"] }, "pauses this workflow for the lead")]
        : [],
    ),
  ];
}

/** An event that says nothing but that the score fell. */
function fallen({ event, if: asked }: EventMatch, { content }: Linted): boolean {
  if (asked === undefined) return false;
  if (event === "score.crossed") {
    const leaves = leavesOf(asked);
    const down = ({ subject, tests }: Leaf) =>
      subject === "event.to" && tests.some(({ operator }) => operator === "less_than" || operator === "at_most");
    return leaves.some(down) && leaves.every(({ subject }) => subject.startsWith("event."));
  }
  const named = wordsOf(asked, "event.segment");
  const segments = content.segments.filter(({ id }) => named.includes(id));
  if (event === "segment.entered") return segments.some((segment) => brings(segment.if));
  return event === "segment.left" && segments.some((segment) => bars(segment.if));
}

// Steps ----------------------------------------------------------------------------------------------------------

function withheld(step: Step, plan: Plan, linted: Linted): Finding[] {
  const spot: Spot = { workflow: plan.workflow, path: step.path, keys: ["if"] };
  if (brings(step.if) && quits(step, plan)) return [found(spot, "ends the way of this lead")];
  if (bars(step.if) && speaks(step, plan, linted)) return [found(spot, "keeps this message from the lead")];
  if (step.verb !== "choose") return [];
  const others = [
    ...step.cases.filter((one) => !bars(one.if)).map((one) => one.do),
    ...(step.otherwise === undefined ? [] : [step.otherwise]),
  ];
  const served = others.some((list) => writes(list, plan, linted));
  return step.cases.flatMap((one): Finding[] => {
    const at: Spot = { workflow: plan.workflow, path: one.path, keys: ["if"] };
    if (brings(one.if) && leaves(one.do, plan, linted)) return [found(at, "ends the way of this lead")];
    if (served || !bars(one.if) || !writes(one.do, plan, linted)) return [];
    return [found(at, "keeps this message from the lead, and no other case writes to them")];
  });
}

const quits = (step: Step, plan: Plan): boolean =>
  step.verb === "end" ||
  step.verb === "skip_to" ||
  step.verb === "stop" ||
  (step.verb === "do" && leaves(step.do, plan, undefined));

/** The list ends the run, or goes past steps, before it has written anything. */
function leaves(list: ListIndex, plan: Plan, linted: Linted | undefined): boolean {
  for (const step of plan.lists[list] ?? []) {
    if (step.if !== undefined) continue;
    if (linted === undefined ? step.verb === "send" : speaks(step, plan, linted)) return false;
    if (step.verb === "end" || step.verb === "skip_to" || step.verb === "stop") return true;
  }
  return false;
}

const writes = (list: ListIndex, plan: Plan, linted: Linted): boolean =>
  (plan.lists[list] ?? []).some((step) => speaks(step, plan, linted));

/** It writes to the lead, and nothing in its place does. */
function speaks(step: Step, plan: Plan, linted: Linted): boolean {
  switch (step.verb) {
    case "send":
    case "highlevel_workflow":
      return step.verb === "send" || step.action === "add";
    case "do":
      return writes(step.do, plan, linted) && (step.otherwise === undefined || !writes(step.otherwise, plan, linted));
    case "choose":
      return step.cases.some((one) => writes(one.do, plan, linted));
    case "parallel":
      return step.branches.some((branch) => writes(branch.do, plan, linted));
    case "test":
      return Object.values(step.arms).some((list) => writes(list, plan, linted));
    case "wait_for":
      return [step.then, step.otherwise].some((list) => list !== undefined && writes(list, plan, linted));
    case "start":
    case "call": {
      const other = linted.content.plans.find(({ workflow }) => workflow === step.workflow);
      return other?.lists.flat().some(({ verb }) => verb === "send") ?? false;
    }
    default:
      return false;
  }
}

const found = (spot: Spot, what: string): Finding => ({
  code: "score-withholds",
  severity: "warning",
  spot,
  message: `a low score alone ${what}. ${RULE}.`,
});
