// `parallel`: branches with a cursor of their own. Everything a step does, it does to the run; in a branch the branch's
// cursor, parked state and latest send stand in the run's place meanwhile.

import type { ParallelStep } from "../plan.ts";
import type { Effect, Frame, Parked, Run, Strand } from "../run.ts";
import { stepsUnder } from "./places.ts";
import { instantAfter } from "./wait.ts";
import {
  advanceCursor,
  calendarOf,
  currentStep,
  type Draft,
  forget,
  hasEnded,
  laterSend,
  note,
  passed,
  plainPath,
  remember,
  type Walk,
} from "./walk.ts";

/** All branches begin; the run itself waits for enough of them to end. */
export function fork(walk: Walk, step: ParallelStep): void {
  const { run, plan } = walk;
  const until =
    step.within === undefined
      ? run.enrolledAt + plan.maxDuration
      : instantAfter(step.within, walk.facts.now, calendarOf(walk));
  const begun = step.branches.map(
    (one): Strand => ({
      path: passed(run, one.path),
      cursor: [...run.cursor, { list: one.do, index: 0 }],
      outer: run.cursor.length,
      ...(run.lastSend === undefined ? {} : { lastSend: run.lastSend }),
    }),
  );
  const strands = run.strands ?? [];
  const after = strands.findIndex(({ path }) => path === walk.strand) + 1;
  run.strands = [...strands.slice(0, after), ...begun, ...strands.slice(after)];
  run.parked = { on: "join", path: step.path, until };
  note(walk, "parallel.begun", { branches: step.branches.map(({ id }) => id), join: step.join }, step.path);
}

/** Does something in one branch as if it were the run. */
export function inStrand(walk: Walk, strand: Strand, act: () => void): void {
  const { run } = walk;
  const { cursor, parked, lastSend } = run;
  stand(run, [...strand.cursor], strand.parked, strand.lastSend);
  walk.strand = strand.path;
  walk.outer = strand.outer;
  act();
  delete walk.strand;
  walk.outer = 0;
  const over = run.cursor.length <= strand.outer;
  const latest = over ? laterSend(run, run.lastSend, lastSend) : lastSend;
  if (hasEnded(run) && run.status !== "failed") {
    if (latest !== undefined) run.lastSend = latest;
    return;
  }
  keep(run, strand);
  stand(run, cursor, parked, latest);
}

/** Does something where the run stands, and in each of its branches. */
export function inEach(walk: Walk, act: () => void): void {
  act();
  for (const strand of walk.run.strands ?? []) inStrand(walk, strand, act);
}

function stand(run: Draft, cursor: Frame[], parked: Parked | undefined, lastSend: string | undefined): void {
  run.cursor = cursor;
  if (parked === undefined) delete run.parked;
  else run.parked = parked;
  if (lastSend === undefined) delete run.lastSend;
  else run.lastSend = lastSend;
}

/** A branch past its last step is over: it leaves no trace but its latest send. */
function keep(run: Draft, strand: Strand): void {
  const { cursor, parked, lastSend } = run;
  const now: readonly Strand[] =
    cursor.length <= strand.outer
      ? []
      : [
          {
            path: strand.path,
            cursor,
            outer: strand.outer,
            ...(parked === undefined ? {} : { parked }),
            ...(lastSend === undefined ? {} : { lastSend }),
          },
        ];
  keepStrands(
    run,
    (run.strands ?? []).flatMap((one) => (one.path === strand.path ? now : [one])),
  );
}

function keepStrands(run: Draft, strands: readonly Strand[]): void {
  if (strands.length === 0) delete run.strands;
  else run.strands = strands;
}

// joining ----------------------------------------------------------------------------------------------------------

/** Goes on after one `parallel` of which enough branches have ended. Inner ones come first. */
export function joinOne(walk: Walk): boolean {
  const { run } = walk;
  const inner = (run.strands ?? []).findLast((strand) => isJoined(walk, strand));
  if (inner !== undefined) inStrand(walk, inner, () => leaveJoin(walk, "joined"));
  else if (isJoined(walk, run)) leaveJoin(walk, "joined");
  else return false;
  return true;
}

function isJoined(walk: Walk, one: Pick<Run, "cursor" | "parked">): boolean {
  if (one.parked?.on !== "join") return false;
  const step = currentStep(walk.plan, one);
  return step?.verb === "parallel" && step.branches.length - branchesOf(walk.run, step).length >= step.join;
}

const branchesOf = (run: Draft, step: ParallelStep): readonly Strand[] =>
  (run.strands ?? []).filter((strand) => step.branches.some(({ path }) => path === plainPath(strand.path)));

/** Past a `parallel`: what its other branches asked for and has not begun to leave is withdrawn. */
export function leaveJoin(walk: Walk, outcome: "joined" | "timed_out" | "skipped"): void {
  const step = currentStep(walk.plan, walk.run);
  delete walk.run.parked;
  if (step?.verb !== "parallel") return;
  remember(walk, step.path, outcome === "timed_out" ? { outcome, timedOut: true } : { outcome });
  note(walk, `parallel.${outcome}`, {}, step.path);
  abandon(walk, step);
  advanceCursor(walk);
}

function abandon(walk: Walk, step: ParallelStep): void {
  const { run } = walk;
  const lost = branchesOf(run, step);
  if (lost.length === 0) return;
  const lists = new Set(
    step.branches.filter(({ path }) => lost.some((one) => plainPath(one.path) === path)).map((one) => one.do),
  );
  const inside = (strand: Strand) => strand.cursor.some(({ list }) => lists.has(list));
  const strands = (run.strands ?? []).filter(inside);
  keepStrands(
    run,
    (run.strands ?? []).filter((strand) => !inside(strand)),
  );
  const messages = [...lists].flatMap((list) => openMessages(walk, list));
  const calls = strands.flatMap(({ parked }) => (parked?.on === "child" ? [parked.effect] : []));
  for (const { path } of lost) note(walk, "parallel.withdrawn", {}, plainPath(path));
  if (messages.length === 0 && calls.length === 0) return;
  walk.effects = walk.effects.filter(
    (effect) => effect.kind !== "message" || !messages.includes(effect.id) || !forget(walk, effect),
  );
  const gone: Effect = { kind: "withdraw", run: run.id, reason: "joined", messages };
  walk.effects.push(calls.length === 0 ? gone : { ...gone, calls });
}

/** Messages of the steps in a list that no channel has taken, as far as the run knows. */
function openMessages(walk: Walk, list: number): readonly string[] {
  const messages = stepsUnder(walk.plan, list).flatMap(({ path }) => {
    const facts = walk.run.facts[path];
    return facts?.message !== undefined && facts.outcome === undefined ? [facts.message] : [];
  });
  return [...new Set(messages)];
}

// jumping out ------------------------------------------------------------------------------------------------------

/** A `skip_to` out of a branch leaves the `parallel`: that branch is over, and the others are withdrawn. */
export function leap(walk: Walk, { from, index, depth }: NonNullable<Walk["leap"]>): void {
  const { run } = walk;
  const owns = (one: Pick<Run, "cursor">, outer: number) =>
    outer <= depth && depth < one.cursor.length && one.cursor.every(({ list }, at) => list === from[at]?.list);
  const owner = (run.strands ?? []).find((strand) => strand.parked?.on === "join" && owns(strand, strand.outer));
  const land = (): void => {
    const step = currentStep(walk.plan, run);
    if (step?.verb === "parallel") abandon(walk, step);
    const frame = run.cursor[depth];
    if (frame === undefined) return;
    run.cursor.length = depth;
    run.cursor.push({ ...frame, index });
    delete run.parked;
  };
  if (owner !== undefined) inStrand(walk, owner, land);
  else land();
}
