// What an edit changes, version against version. Pure.

import { canonicalJson } from "../../kernel/json.ts";
import type { Plan, Step } from "../plan.ts";

export interface PlanDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Steps that do something else, or do it otherwise. */
  readonly changed: readonly string[];
  /** Renamed, as `moved` says. */
  readonly moved: readonly { readonly from: string; readonly to: string }[];
  /** What else of the workflow reads differently: `enroll`, `goal`, `caps`, … */
  readonly parts: readonly string[];
}

export const UNCHANGED: PlanDiff = { added: [], removed: [], changed: [], moved: [], parts: [] };

export function comparePlans(before: Plan, after: Plan): PlanDiff {
  const old = stepsOf(before);
  const now = stepsOf(after);
  const moved = Object.keys(after.moved)
    .filter((path) => old.has(path))
    .map((from) => ({ from, to: movedPath(after, from) }))
    .filter(({ from, to }) => from !== to && now.has(to));
  const gone = new Set(moved.map(({ from }) => from));
  const come = new Map(moved.map(({ from, to }) => [to, from]));
  const differs = (path: string): boolean => {
    const was = old.get(come.get(path) ?? path);
    return was !== undefined && says(was) !== says(now.get(path) as Step);
  };
  return {
    added: [...now.keys()].filter((path) => !old.has(path) && !come.has(path)),
    removed: [...old.keys()].filter((path) => !now.has(path) && !gone.has(path)),
    changed: [...now.keys()].filter(differs),
    moved,
    parts: PARTS.filter((part) => canonicalJson(before[part] ?? null) !== canonicalJson(after[part] ?? null)).map(
      (part) => PART_NAMES[part] ?? part,
    ),
  };
}

/** Whether two versions do the same: their ids may differ where a newer Latchkey writes plans down otherwise. */
export const sameDiff = (diff: PlanDiff): boolean => Object.values(diff).every((part) => part.length === 0);

/** Where a step of an earlier version stands in this one, if it is there. Chains are followed, and end. */
export function movedPath(plan: Plan, path: string): string {
  let at = path;
  for (let hops = Object.keys(plan.moved).length; hops > 0; hops -= 1) at = movedOnce(plan, at);
  return at;
}

/** An unnamed step goes with the name it hangs on. */
function movedOnce({ moved }: Plan, path: string): string {
  if (Object.hasOwn(moved, path)) return moved[path] as string;
  const anchor = /^[^+/]+/.exec(path)?.[0] ?? path;
  return Object.hasOwn(moved, anchor) ? `${moved[anchor]}${path.slice(anchor.length)}` : path;
}

/** By path; the arms of a test hold steps under the test's own path, and the test is the first. */
export function stepsOf(plan: Plan): ReadonlyMap<string, Step> {
  const steps = new Map<string, Step>();
  for (const step of plan.lists.flat()) if (!steps.has(step.path)) steps.set(step.path, step);
  return steps;
}

const PARTS = [
  "status",
  "priority",
  "group",
  "ifGroupBusy",
  "timeZone",
  "maxDuration",
  "caps",
  "quietHours",
  "enroll",
  "goal",
  "exits",
  "pauses",
  "onError",
  "onEdit",
  "vars",
  "inputs",
  "outputs",
] as const satisfies readonly (keyof Plan)[];

/** As the file spells them. */
const PART_NAMES: Partial<Record<(typeof PARTS)[number], string>> = {
  ifGroupBusy: "if_group_busy",
  timeZone: "time_zone",
  maxDuration: "max_duration",
  quietHours: "quiet_hours",
  exits: "exit",
  pauses: "pause",
  onError: "on_error",
  onEdit: "on_edit",
};

const BRANCHES: ReadonlySet<string> = new Set([
  "do",
  "then",
  "otherwise",
  "ifFailed",
  "ifLate",
  "ifBlocked",
  "ifExpired",
  "ifPast",
  "ifMissing",
]);

/** What a step says by itself: its branches are steps of their own, and where they are laid is no part of it. */
function says(step: Step): string {
  const { path: _, name: __, ...rest } = step;
  const own = Object.entries(rest).map(([key, value]) => [key, BRANCHES.has(key) ? true : unlaid(key, value)]);
  return canonicalJson(Object.fromEntries(own));
}

function unlaid(key: string, value: unknown): unknown {
  switch (key) {
    case "cases":
      return (value as { do: number; path: string }[]).map(({ do: _, path: __, ...one }) => one);
    case "branches":
      return (value as { id: string }[]).map(({ id }) => id);
    case "arms":
      // a version read back from the database has its keys in another order
      return Object.keys(value as object).sort();
    case "target":
      return (value as { path: string }).path;
    case "onError": {
      const rule = value as { then: unknown };
      return typeof rule.then === "object" ? { ...rule, then: "steps" } : rule;
    }
    default:
      return value;
  }
}
