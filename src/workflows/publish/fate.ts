// What a new version would mean for the leads who wait at one step of an old one. Pure.

import { canonicalJson } from "../../kernel/json.ts";
import { DAY, type Millis } from "../../kernel/time.ts";
import { listsIn } from "../lists.ts";
import type { Duration, ListIndex, Plan, Step } from "../plan.ts";
import { movedPath, stepsOf } from "./diff.ts";

/** keep: they finish on the version they are on. lost: they would have moved, and their step is gone; they stay, too. */
export type Fate = "keep" | "move" | "re-time" | "exit" | "lost";

export interface Forecast {
  readonly fate: Fate;
  /** The step they go on at. */
  readonly to?: string;
  /** Of `re-time`: by how much their deadline moves; absent: it is worked out for each lead anew. */
  readonly shift?: Millis;
  /** When the wait is over, a message is next. */
  readonly sends: boolean;
}

/** @param after undefined: the workflow's file is gone */
export function forecast(before: Plan, after: Plan | undefined, path: string): Forecast {
  const stays: Forecast = { fate: "keep", sends: sendsAfter(before, path) };
  if (after === undefined || after.onEdit === "keep") return stays;
  if (after.onEdit === "exit") return { fate: "exit", sends: false };
  const to = movedPath(after, path);
  const step = stepsOf(after).get(to);
  const was = stepsOf(before).get(path);
  // another kind of step under the old name is no place to wait in
  if (step === undefined || (was !== undefined && was.verb !== step.verb)) return { ...stays, fate: "lost" };
  const sends = sendsAfter(after, to);
  if (after.onEdit === "move") return { fate: "move", to, sends };
  const shift = shiftOf(was, step);
  return shift === undefined ? { fate: "re-time", to, sends } : { fate: "re-time", to, shift, sends };
}

function shiftOf(before: Step | undefined, after: Step): Millis | undefined {
  if (before === undefined || before.verb !== after.verb) return undefined;
  if (before.verb === "wait_for" && after.verb === "wait_for") return shifted(before.within, after.within);
  if (before.verb !== "wait" || after.verb !== "wait") return 0;
  if (canonicalJson(before.wait) === canonicalJson(after.wait)) return 0;
  const plain = ({ wait }: typeof before) => Object.keys(wait).every((key) => key === "for" || key === "spread");
  if (!plain(before) || !plain(after) || before.wait.for === undefined || after.wait.for === undefined)
    return undefined;
  return shifted(before.wait.for, after.wait.for);
}

/** A day is taken for 24 hours: what a DST change adds or takes does not matter to a forecast. */
function shifted(before: Duration, after: Duration): Millis | undefined {
  const business = [before, after].some(
    ({ businessDays, businessMs }) => businessDays !== undefined || businessMs !== undefined,
  );
  if (business) return canonicalJson(before) === canonicalJson(after) ? 0 : undefined;
  return after.ms + after.days * DAY - (before.ms + before.days * DAY);
}

/** Whether a message may follow when the wait at this step is over by its clock, before the run waits again. */
export function sendsAfter(plan: Plan, path: string): boolean {
  const layout = layOut(plan);
  const at = layout.get(path);
  if (at === undefined) return false;
  const step = plan.lists[at.list]?.[at.index];
  if (step?.verb === "wait_for" && step.otherwise !== undefined)
    return follow(plan, layout, { list: step.otherwise, index: 0 });
  if (step?.verb === "do" && step.repeat !== undefined) return follow(plan, layout, { list: step.do, index: 0 });
  return follow(plan, layout, { list: at.list, index: at.index + 1 });
}

interface Spot {
  readonly list: ListIndex;
  readonly index: number;
}

/** Where each step stands, by path, and into which step each list belongs, by number. */
type Layout = ReadonlyMap<string | ListIndex, Spot>;

function layOut(plan: Plan): Layout {
  const spots = new Map<string | ListIndex, Spot>();
  for (const [list, steps] of plan.lists.entries()) {
    for (const [index, step] of steps.entries()) {
      if (!spots.has(step.path)) spots.set(step.path, { list, index });
      for (const inner of listsIn(plan, step)) spots.set(inner, { list, index });
    }
  }
  return spots;
}

/** From a spot on, out of the branches it is in, to the end. */
function follow(plan: Plan, layout: Layout, from: Spot): boolean {
  for (let at: Spot | undefined = from; at !== undefined; ) {
    const found = scan(plan, layout, at);
    if (found !== undefined) return found;
    const around = layout.get(at.list);
    at = around === undefined ? undefined : { list: around.list, index: around.index + 1 };
  }
  return false;
}

/** Through one list: true for a message, false where the run waits or ends first, undefined past its last step. */
function scan(plan: Plan, layout: Layout, { list, index }: Spot): boolean | undefined {
  for (const step of (plan.lists[list] ?? []).slice(index)) {
    if (step.verb === "send") return true;
    if (PARKING.has(step.verb)) return false;
    // jumps only go forward, so this ends
    if (step.verb === "skip_to") return follow(plan, layout, step.target);
    if (
      FORKS.has(step.verb) &&
      listsIn(plan, step).some((inner) => scan(plan, layout, { list: inner, index: 0 }) === true)
    )
      return true;
  }
  return undefined;
}

const PARKING: ReadonlySet<Step["verb"]> = new Set(["wait", "wait_for", "call", "end"]);
const FORKS: ReadonlySet<Step["verb"]> = new Set(["choose", "do", "test", "parallel"]);
