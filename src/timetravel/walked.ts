// Which steps and branches of a plan were walked, read from what turns decided and from where runs have been.

import type { Decision } from "../insights/index.ts";
import type { ListIndex, Plan, Run, Step } from "../workflows/index.ts";

/** How often each was walked, by `<workflow>/<path>`. */
export interface Walked {
  readonly steps: ReadonlyMap<string, number>;
  readonly branches: ReadonlyMap<string, number>;
}

export interface Walks {
  /** Takes the decisions of a turn in. */
  note(decisions: readonly Decision[]): void;
  /** All that was walked, given the runs as they now are. */
  read(runs: Iterable<Run>, plans: Iterable<Plan>): Walked;
}

export function openWalks(): Walks {
  const lines = new Map<string, number>();
  const traced = new Map<string, number>();
  return {
    note(decisions) {
      for (const { workflow, kind, path, links } of decisions) {
        if (workflow === undefined) continue;
        if ((kind === "effect" || kind === "message") && path !== undefined)
          count(traced, `${workflow}/${plain(path)}`);
        for (const { kind: of, code, values } of links) {
          const at = values?.["path"];
          if (of !== "then" || typeof at !== "string") continue;
          if (code !== "step.skipped" && code !== "case.not_taken") count(traced, `${workflow}/${plain(at)}`);
          const branch = branchAt(code, plain(at), values?.["variant"]);
          if (branch !== undefined) count(lines, `${workflow}/${branch}`);
        }
      }
    },
    read(runs, plans) {
      const steps = new Map<string, number>();
      const variants = new Map<string, number>();
      for (const run of runs) {
        for (const path of Object.keys(run.entered)) {
          if (run.facts[path]?.outcome !== "skipped") count(steps, `${run.workflow}/${path}`);
        }
        for (const [path, { variant }] of Object.entries(run.facts)) {
          if (variant !== undefined) count(variants, `${run.workflow}/${path}/variant.${variant}`);
        }
      }
      for (const [path, times] of traced) if (!steps.has(path)) steps.set(path, times);
      return { steps: sorted(steps), branches: sorted(byPlan(plans, steps, new Map([...lines, ...variants]))) };
    },
  };
}

/** The branch that a line of the runner's trace tells of. */
function branchAt(code: string, path: string, variant: unknown): string | undefined {
  const [what, how = ""] = code.split(".");
  if (code === "branch.case") return path;
  if (what === "branch") return `${path}/otherwise`;
  if (code === "wait_for.met") return `${path}/then`;
  if (code === "wait_for.timed_out") return `${path}/otherwise`;
  if (what === "send" && ["failed", "late", "blocked", "expired"].includes(how)) return `${path}/if_${how}`;
  if (what === "wait" && (how === "past" || how === "missing")) return `${path}/if_${how}`;
  if (what === "call" && ["timed_out", "failed", "stopped", "refused"].includes(how)) return `${path}/otherwise`;
  if (code === "error.do") return `${path}/on_error`;
  if (code === "loop.pass") return `${path}/do`;
  if (code === "test.variant" && typeof variant === "string") return `${path}/variant.${variant}`;
  return undefined;
}

/** A branch was walked if the trace says so, or if a step of its list was. */
function byPlan(
  plans: Iterable<Plan>,
  steps: ReadonlyMap<string, number>,
  told: ReadonlyMap<string, number>,
): Map<string, number> {
  const branches = new Map(told);
  for (const plan of plans) {
    for (const { path, list } of branchesOf(plan)) {
      const name = `${plan.workflow}/${path}`;
      if (branches.has(name) || path.includes("/variant.")) continue;
      const times = Math.max(
        0,
        ...(plan.lists[list] ?? []).map((step) => steps.get(`${plan.workflow}/${step.path}`) ?? 0),
      );
      if (times > 0) branches.set(name, times);
    }
  }
  return branches;
}

/** Every branch that is written down, in the order of the file: `welcome/if_blocked`, `interest/case.1`, `opened/then`. */
export function branchesOf(plan: Plan): { readonly path: string; readonly list: ListIndex }[] {
  return plan.lists
    .flat()
    .flatMap((step) =>
      Object.entries(listsOf(step)).flatMap(([name, list]) =>
        list === undefined ? [] : [{ path: name.includes("/") ? name : `${step.path}/${name}`, list }],
      ),
    );
}

/** By the word that begins each; a path where the branch has one of its own. */
function listsOf(step: Step): Readonly<Record<string, ListIndex | undefined>> {
  const handler = step.onError?.then;
  return {
    ...ownLists(step),
    ...(typeof handler === "object" ? { on_error: handler.do } : {}),
  };
}

function ownLists(step: Step): Readonly<Record<string, ListIndex | undefined>> {
  switch (step.verb) {
    case "send":
      return {
        if_failed: step.ifFailed,
        if_late: step.ifLate,
        if_blocked: step.ifBlocked,
        if_expired: step.ifExpired,
      };
    case "wait":
      return { if_past: step.ifPast, if_missing: step.ifMissing };
    case "wait_for":
      // without a list of its own, either end goes on to the next step
      return { then: step.then, otherwise: step.otherwise };
    case "choose":
      return { ...Object.fromEntries(step.cases.map((one) => [one.path, one.do])), otherwise: step.otherwise };
    case "do":
      return { do: step.do, otherwise: step.otherwise };
    case "test":
      return Object.fromEntries(Object.entries(step.arms).map(([id, list]) => [`variant.${id}`, list]));
    case "parallel":
      return Object.fromEntries(step.branches.map(({ path, do: list }) => [path, list]));
    case "call":
      return { otherwise: step.otherwise };
    default:
      return {};
  }
}

const plain = (path: string): string => path.replace(/#.*$/, "");

const count = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);

const sorted = (counts: ReadonlyMap<string, number>): Map<string, number> =>
  new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
