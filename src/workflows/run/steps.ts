// What each step does when the cursor comes to it. The walk goes on until every cursor is parked, or the run ends.

import { evaluate } from "../evaluate.ts";
import type { Step } from "../plan.ts";
import { call, start } from "./calls.ts";
import {
  assign,
  effect,
  emit,
  highlevelWorkflow,
  notify,
  opportunity,
  score,
  set,
  stop,
  tag,
  task,
  update,
  webhook,
  write,
} from "./effects.ts";
import { choose, jump, leaveList, startLoop, takeTest } from "./flow.ts";
import { awaitEvents } from "./listen.ts";
import { figuresAt } from "./marks.ts";
import { fork, inStrand, joinOne, leap } from "./parallel.ts";
import { send } from "./send.ts";
import { wait } from "./waiting.ts";
import {
  advanceCursor,
  allGiven,
  branch,
  currentStep,
  finish,
  hasEnded,
  note,
  scopeOf,
  type Walk,
  whyNot,
} from "./walk.ts";

/** Steps of one run with one input. */
const MOST_STEPS = 100;

/** Every cursor as far as it goes: the run's own, then its branches in file order, then what follows their ends. */
export function walkOn(walk: Walk): void {
  const { run } = walk;
  while (moves(walk)) {
    if (run.parked === undefined) walkThread(walk);
    else {
      const idle = run.strands?.find(({ parked }) => parked === undefined);
      if (idle !== undefined) inStrand(walk, idle, () => walkThread(walk));
      else if (!joinOne(walk)) return;
    }
    if (walk.leap !== undefined) {
      leap(walk, walk.leap);
      delete walk.leap;
    }
  }
}

/** Does something where the run stands, and in each branch in which it stood before; what follows from one goes first. */
export function everywhere(walk: Walk, act: () => void): void {
  const { run } = walk;
  const strands = (run.strands ?? []).map(({ path }) => path);
  act();
  walkOn(walk);
  for (const path of strands) {
    const strand = run.strands?.find((one) => one.path === path);
    if (strand === undefined || hasEnded(run)) continue;
    inStrand(walk, strand, act);
    walkOn(walk);
  }
}

const moves = ({ run }: Walk): boolean => !hasEnded(run) && run.status === "waiting";

function walkThread(walk: Walk): void {
  const { run } = walk;
  while (moves(walk) && run.parked === undefined && (walk.strand === undefined || run.cursor.length > walk.outer)) {
    const step = currentStep(walk.plan, run);
    if (step === undefined) {
      leaveList(walk);
      continue;
    }
    if (walk.taken === MOST_STEPS) {
      run.errors = { count: (run.errors?.count ?? 0) + 1, last: "too_many_steps" };
      note(walk, "too_many_steps", { most: MOST_STEPS }, step.path);
      finish(walk, "failed", "too_many_steps");
      return;
    }
    enter(walk, step);
    walk.attempt = 1;
  }
}

/** The step is done: past it, unless the run has been parked or ended meanwhile. */
function enter(walk: Walk, step: Step): void {
  const { run } = walk;
  walk.taken += 1;
  run.stepsTaken += 1;
  if (isNamed(step.path)) {
    run.entered[step.path] = walk.facts.now;
    const figures = figuresAt(walk.plan, step.path, walk.facts.lead);
    if (figures !== undefined) run.marks[step.path] = figures;
  }
  if (step.if !== undefined && !admitted(walk, step)) return;
  take(walk, step);
}

/** Only steps with an id can be asked about; others have a place, such as `opened/otherwise+1`. */
const isNamed = (path: string): boolean => !path.includes("+") && !path.includes("/");

function admitted(walk: Walk, step: Step): boolean {
  if (step.if === undefined) return true;
  const scope = scopeOf(walk);
  if (evaluate(step.if, scope) === true) return true;
  const why = whyNot(step.if, scope);
  if (step.verb === "do" && step.otherwise !== undefined) {
    note(walk, "branch.otherwise", why, step.path);
    branch(walk, step.otherwise);
    return false;
  }
  note(walk, "step.skipped", why, step.path);
  if (isNamed(step.path)) walk.run.facts[step.path] = { outcome: "skipped" };
  advanceCursor(walk);
  return false;
}

function take(walk: Walk, step: Step): void {
  switch (step.verb) {
    case "send":
      send(walk, step);
      return;
    case "wait":
      wait(walk, step, walk.facts.now);
      return;
    case "wait_for":
      awaitEvents(walk, step);
      return;
    case "call":
      call(walk, step);
      return;
    case "choose":
      choose(walk, step);
      return;
    case "do":
      startLoop(walk, step);
      return;
    case "test":
      takeTest(walk, step);
      return;
    case "parallel":
      fork(walk, step);
      return;
    case "skip_to":
      jump(walk, step);
      return;
    case "end":
      end(walk, step);
      return;
    default:
      effect(walk, step, () => (ASKS[step.verb] as (walk: Walk, step: Asking) => void)(walk, step));
  }
}

/** Steps that ask for one thing, and go on. */
type Asking = Exclude<
  Step,
  { verb: "send" | "wait" | "wait_for" | "call" | "choose" | "do" | "test" | "parallel" | "skip_to" | "end" }
>;

const ASKS: { readonly [Verb in Asking["verb"]]: (walk: Walk, step: Extract<Asking, { verb: Verb }>) => void } = {
  tag,
  update,
  note: write,
  task,
  assign,
  notify,
  opportunity,
  webhook,
  highlevel_workflow: highlevelWorkflow,
  start,
  stop,
  set,
  emit,
  score,
};

function end(walk: Walk, step: Extract<Step, { verb: "end" }>): void {
  const { run } = walk;
  if (step.goal) run.goalReachedAt ??= walk.facts.now;
  if (step.outputs !== undefined) run.outputs = { ...run.outputs, ...allGiven(walk, step.outputs) };
  finish(walk, "completed", step.outcome);
}
