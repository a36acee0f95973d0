// Where the cursor goes: `choose`, `do`, `repeat`, `test`, `skip_to`, and the end of a list.

import { type Instant, MINUTE } from "../../kernel/time.ts";
import { evaluate } from "../evaluate.ts";
import type { ChooseStep, DoStep, Duration, SkipToStep, TestStep } from "../plan.ts";
import { ends } from "./ending.ts";
import { instantAfter } from "./wait.ts";
import { lot, parkUntil } from "./waiting.ts";
import {
  advanceCursor,
  branch,
  calendarOf,
  currentStep,
  finish,
  identity,
  note,
  passed,
  remember,
  scopeOf,
  type Walk,
  whyNot,
} from "./walk.ts";

export function choose(walk: Walk, step: ChooseStep): void {
  const scope = scopeOf(walk);
  for (const one of step.cases) {
    if (one.if !== undefined && evaluate(one.if, scope) !== true) {
      note(walk, "case.not_taken", whyNot(one.if, scope), one.path);
      continue;
    }
    note(walk, "branch.case", one.name === undefined ? {} : { name: one.name }, one.path);
    branch(walk, one.do);
    return;
  }
  note(walk, step.otherwise === undefined ? "branch.none" : "branch.otherwise", {}, step.path);
  branch(walk, step.otherwise);
}

export function startLoop(walk: Walk, step: DoStep): void {
  if (step.repeat === undefined) branch(walk, step.do);
  else startPass(walk, step, 1);
}

export function leaveList(walk: Walk): void {
  const { run } = walk;
  const left = run.cursor.pop();
  if (left === undefined || run.cursor.length <= walk.outer) {
    // The end of a branch; the end of the steps themselves is the end of the run.
    if (walk.strand === undefined) finish(walk, "completed", "completed", "keep");
    return;
  }
  const parent = currentStep(walk.plan, run);
  if (left.pass === undefined || parent?.verb !== "do") advanceCursor(walk);
  else if (left.pass >= (parent.repeat ?? 1)) {
    note(walk, "loop.done", { passes: left.pass }, parent.path);
    advanceCursor(walk);
  } else startPass(walk, parent, left.pass + 1);
}

function startPass(walk: Walk, step: DoStep, pass: number): void {
  walk.run.cursor.push({ list: step.do, index: 0, pass });
  if (pass > 1 && step.every !== undefined) {
    const { now } = walk.facts;
    parkUntil(walk, step.path, now, nextPassAt(walk, step.path, step.every, now, pass));
    if (walk.run.parked !== undefined) return;
  }
  beginPass(walk, step);
}

/** Only the first of these wakes is spread: the later ones keep the distance, and a daily loop its clock. */
export function nextPassAt(walk: Walk, path: string, every: Duration, from: Instant, pass: number): Instant {
  const at = instantAfter(every, from, calendarOf(walk));
  if (pass > 2) return at;
  return at + Math.floor(Math.min((at - from) / 100, 5 * MINUTE) * lot(walk, `spread:${path}`));
}

/** `until` is looked at before each pass, the first included. */
export function beginPass(walk: Walk, step: DoStep): void {
  const pass = walk.run.cursor.at(-1)?.pass ?? 1;
  if (step.until === undefined || evaluate(step.until, scopeOf(walk)) !== true) {
    note(walk, "loop.pass", { pass, of: step.repeat ?? 1 }, step.path);
    return;
  }
  note(walk, "loop.until", { passes: pass - 1 }, step.path);
  walk.run.cursor.pop();
  advanceCursor(walk);
}

export function jump(walk: Walk, step: SkipToStep): void {
  const { cursor } = walk.run;
  const { target } = step;
  const depth = cursor.findLastIndex((frame) => frame.list === target.list);
  const frame = cursor[depth];
  if (frame === undefined) {
    // Steps taken beside the run, for an error that came late, stand nowhere from which to jump: they are over.
    if (walk.strand !== undefined) cursor.length = walk.outer;
    else finish(walk, "failed", "lost_step");
    return;
  }
  note(walk, "step.jumped", { to: target.path }, step.path);
  if (depth < walk.outer) {
    walk.leap = { from: [...cursor], index: target.index, depth };
    cursor.length = walk.outer;
    return;
  }
  cursor.length = depth;
  cursor.push({ ...frame, index: target.index });
}

/** What this lead sees of an experiment; the held out see nothing of it, and are counted all the same. */
export function takeTest(walk: Walk, step: TestStep): void {
  const { run, plan, facts } = walk;
  const variant = facts.variant(step.experiment);
  const arm = variant === undefined ? undefined : step.arms[variant];
  if (variant === undefined || (arm === undefined && variant !== "none")) {
    note(walk, "test.no_variant", { experiment: step.experiment, variant: variant ?? "" }, step.path);
    run.facts[step.path] = { outcome: "skipped" };
    advanceCursor(walk);
    return;
  }
  if (ends(walk)) return;
  remember(walk, step.path, arm === undefined ? { variant, outcome: "skipped" } : { variant });
  note(walk, "test.variant", { experiment: step.experiment, variant }, step.path);
  if (plan.status !== "shadow") {
    const id = identity(walk, step.path, "exposure");
    const { experiment } = step;
    walk.effects.push({ kind: "exposure", id, run: run.id, path: passed(run, step.path), experiment, variant });
  }
  branch(walk, arm);
}
