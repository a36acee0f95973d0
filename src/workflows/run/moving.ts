// A run from one version of its workflow to another. A step is found again by its path; what has been
// asked for keeps the identity it had.

import type { ListIndex, Plan, Step, WaitForStep } from "../plan.ts";
import type { Advance, Frame, Parked, Run, RunFacts, Strand } from "../run.ts";
import { arrive, endRun } from "./advance.ts";
import { type Place, placesOf } from "./places.ts";
import { retimeMoved } from "./retiming.ts";
import { currentStep, hasEnded, note, setOut } from "./walk.ts";

/**
 * `move` continues at the same path, deadlines as they are; `re-time` also recomputes them from when the step was
 * entered; `exit` ends the run as `edited`. "lost" where a step it stands on is gone, or has become another kind of
 * step: then it stays on the version it has. Runs that have ended well have nowhere to go.
 */
export function moveRun(
  run: Run,
  from: Plan,
  to: Plan,
  mode: "move" | "re-time" | "exit",
  facts: RunFacts,
): Advance | "lost" {
  if (run.status === "completed" || run.status === "stopped") return "lost";
  if (mode === "exit") return endRun(from, run, "edited", facts);
  const moved = carried(run, from, to);
  if (moved === undefined) return "lost";
  const walk = setOut(to, moved, facts);
  note(walk, "run.moved", { from: from.id, to: to.id });
  if (mode === "re-time" && !hasEnded(run)) retimeMoved(walk, from, run);
  return arrive(walk);
}

interface Move {
  readonly run: Run;
  readonly from: Plan;
  readonly to: Plan;
  readonly rename: Rename;
}

function carried(run: Run, from: Plan, to: Plan): Run | undefined {
  const rename = renaming(to);
  const move: Move = { run, from, to, rename };
  const vars = { ...defaultsOf(to), ...run.vars };
  const next: Run = {
    ...run,
    plan: to.id,
    priority: to.priority,
    entered: renamed(run.entered, rename),
    marks: renamed(run.marks, rename),
    facts: renamed(run.facts, rename),
    ...(Object.keys(vars).length === 0 ? {} : { vars }),
    ...formerly(run, rename),
  };
  if (run.status === "pending") return next;
  const own = relocate(move, run);
  const strands = (run.strands ?? []).map((strand) => relocateStrand(move, strand));
  if (own === undefined || !strands.every((strand) => strand !== undefined)) return undefined;
  return { ...next, ...own, ...(strands.length === 0 ? {} : { strands }) };
}

const defaultsOf = (plan: Plan): NonNullable<Run["vars"]> =>
  Object.fromEntries(
    Object.entries(plan.vars).flatMap(([name, one]) => (one.default === undefined ? [] : [[name, one.default]])),
  );

// names ------------------------------------------------------------------------------------------------------------

type Rename = (path: string) => string;

/** Old path to new. An unnamed step goes with the name it hangs on. Chains are followed, and end even if they are round. */
function renaming(to: Plan): Rename {
  const one = (path: string): string => {
    const direct = to.moved[path];
    if (direct !== undefined) return direct;
    const anchor = /^[^+/]+/.exec(path)?.[0] ?? path;
    const moved = to.moved[anchor];
    return moved === undefined ? path : moved + path.slice(anchor.length);
  };
  return (path) => {
    let name = path;
    for (let links = Object.keys(to.moved).length; links > 0 && one(name) !== name; links -= 1) name = one(name);
    return name;
  };
}

const renamed = <T>(record: Readonly<Record<string, T>>, rename: Rename): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([path, value]) => [rename(path), value]));

/** Only of steps the run has come to: the others have asked for nothing yet. */
function formerly(run: Run, rename: Rename): Pick<Run, "formerly"> {
  const names: Record<string, string> = {};
  for (const path of new Set([
    ...Object.keys(run.entered),
    ...Object.keys(run.facts),
    ...Object.keys(run.formerly ?? {}),
  ])) {
    const first = run.formerly?.[path] ?? path;
    if (rename(path) !== first) names[rename(path)] = first;
  }
  return Object.keys(names).length === 0 ? {} : { formerly: names };
}

// places -----------------------------------------------------------------------------------------------------------

type Standing = Pick<Run, "cursor" | "parked" | "lastSend">;

function relocate(move: Move, one: Standing): Standing | undefined {
  const { from, to, rename } = move;
  const old = currentStep(from, one);
  if (old === undefined) return undefined;
  const { parked, lastSend } = one;
  // Between two passes the cursor stands at the head of the next, and the run on its loop.
  const between = parked?.on === "wait" && parked.path !== old.path;
  const cursor = recursor(move, one.cursor, between ? parked.path : old.path, between);
  if (cursor === undefined) return undefined;
  const step = currentStep(to, { cursor });
  if (parked !== undefined && !between && !goesOn(parked, old, step)) return undefined;
  return {
    cursor,
    ...(parked === undefined ? {} : { parked: reparked(parked, old, step, rename) }),
    ...(lastSend === undefined ? {} : { lastSend: rename(lastSend) }),
  };
}

function recursor(move: Move, old: readonly Frame[], path: string, between = false): Frame[] | undefined {
  const { from, to, rename } = move;
  const handler = handlerOf(from);
  const cut = old.findIndex(({ list }, depth) => depth > 0 && list === handler);
  if (cut > 0) {
    // Among the workflow's own steps for errors: behind the step that failed.
    const failed = currentStep(from, { cursor: old.slice(0, cut) });
    const around = failed && recursor(move, old.slice(0, cut), failed.path);
    const inside = recursor(move, old.slice(cut), path, between);
    return around && inside && [...around, ...inside];
  }
  const onTest = !between && currentStep(from, { cursor: old })?.verb === "test";
  const place = placesOf(to, rename(path)).find((one) => isShown(move, one) && (one.step.verb === "test") === onTest);
  if (place === undefined) return undefined;
  const frames = place.spots.map((spot, depth) => ({ ...spot, ...memory(move, place, depth, old) }));
  if (!between) return frames;
  const pass = old.at(-1)?.pass;
  if (place.step.verb !== "do" || pass === undefined) return undefined;
  return [...frames, { list: place.step.do, index: 0, pass }];
}

const handlerOf = (plan: Plan): ListIndex | undefined =>
  typeof plan.onError.then === "object" ? plan.onError.then.do : undefined;

/** A place in an arm of a test is the run's own only if that is the arm which this lead was shown. */
function isShown({ run, to, rename }: Move, place: Place): boolean {
  const variants = new Map(Object.entries(run.facts).map(([path, facts]) => [rename(path), facts.variant]));
  return place.spots.every(({ list }, depth) => {
    const around = currentStep(to, { cursor: place.spots.slice(0, depth) });
    if (around?.verb !== "test") return true;
    const variant = variants.get(around.path);
    return variant !== undefined && around.arms[variant] === list;
  });
}

/** What a frame remembers: the pass of its loop, the event of its `wait_for`. Found by the path of the step around it. */
function memory(
  { from, to, rename }: Move,
  place: Place,
  depth: number,
  old: readonly Frame[],
): Pick<Frame, "pass" | "event"> {
  const list = place.spots[depth]?.list;
  if (depth === 0) return list === handlerOf(to) ? remembered(old[0]) : {};
  const around = currentStep(to, { cursor: place.spots.slice(0, depth) });
  const at = old.findIndex((_, one) => {
    const step = currentStep(from, { cursor: old.slice(0, one + 1) });
    return step !== undefined && step.verb === around?.verb && rename(step.path) === around.path;
  });
  const { pass, event } = at < 0 ? {} : remembered(old[at + 1]);
  if (around?.verb === "do" && around.repeat !== undefined && list === around.do) return { pass: pass ?? 1 };
  if (around?.verb === "wait_for" && list === around.then && event !== undefined) return { event };
  const own = typeof around?.onError?.then === "object" && list === around.onError.then.do;
  return own && pass !== undefined ? { pass } : {};
}

const remembered = (frame: Frame | undefined): Pick<Frame, "pass" | "event"> => ({
  ...(frame?.pass === undefined ? {} : { pass: frame.pass }),
  ...(frame?.event === undefined ? {} : { event: frame.event }),
});

/** Whether the step is still one that can wait for what the run waits for. */
function goesOn(parked: Parked, old: Step, step: Step | undefined): boolean {
  return parked.on === "retry" ? step !== undefined : step?.verb === old.verb;
}

function reparked(parked: Parked, old: Step, step: Step | undefined, rename: Rename): Parked {
  if (!("path" in parked)) return parked;
  const path = rename(parked.path);
  if (parked.on !== "events" || step?.verb !== "wait_for" || old.verb !== "wait_for") return { ...parked, path };
  return { ...parked, path, seen: seenIn(step, old, parked.seen) };
}

/** Which of the new step's events have been seen: those that the old one had, word for word. */
function seenIn(step: WaitForStep, old: WaitForStep, seen: readonly number[]): readonly number[] {
  const had = new Set(seen.map((index) => JSON.stringify(old.events[index])));
  return step.events.flatMap((event, index) => (had.has(JSON.stringify(event)) ? [index] : []));
}

// branches ---------------------------------------------------------------------------------------------------------

function relocateStrand(move: Move, strand: Strand): Strand | undefined {
  const [plain = "", ...passes] = strand.path.split("#");
  const path = move.rename(plain);
  const moved = relocate(move, strand);
  const list = branchAt(move.to, path);
  const at = moved?.cursor.findIndex((frame) => frame.list === list) ?? -1;
  if (moved === undefined || at < 0) return undefined;
  const late = plain.endsWith(ON_ERROR);
  return {
    path: [path, ...passes].join("#"),
    cursor: late ? moved.cursor.slice(at) : moved.cursor,
    outer: late ? 0 : at,
    ...(moved.parked === undefined ? {} : { parked: moved.parked }),
    ...(moved.lastSend === undefined ? {} : { lastSend: moved.lastSend }),
  };
}

/** Steps taken beside the run, for an error that came late: they stand nowhere but in their own list. */
const ON_ERROR = "/on_error";

/** The list of a branch: of a `parallel`, or of the steps for a step's errors. */
function branchAt(plan: Plan, path: string): ListIndex | undefined {
  if (path.endsWith(ON_ERROR)) {
    const rule = placesOf(plan, path.slice(0, -ON_ERROR.length))[0]?.step.onError ?? plan.onError;
    return typeof rule.then === "object" ? rule.then.do : undefined;
  }
  const step = placesOf(plan, path.slice(0, path.lastIndexOf("/")))[0]?.step;
  return step?.verb === "parallel" ? step.branches.find((one) => one.path === path)?.do : undefined;
}
