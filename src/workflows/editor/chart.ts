// A plan as boxes and branches: what both drawings, Mermaid and SVG, are made from.

import type { ListIndex, Plan, Step } from "../plan.ts";
import { conditionWords, enrollWords, eventWords, lengthWords, stepWords } from "./words.ts";

export type BoxKind = "start" | "step" | "send" | "wait" | "choice" | "end" | "note";

export interface Box {
  readonly id: string;
  readonly kind: BoxKind;
  /** Of a step: what jumps name. */
  readonly path?: string;
  /** The step's name or id; of an unnamed one, what it does. */
  readonly title: string;
  readonly lines: readonly string[];
}

/** A step and the ways out of it that have steps of their own; a way without steps goes on below. */
export type Item =
  | { readonly box: Box; readonly branches: readonly Branch[]; readonly ends: boolean }
  | { readonly jump: string };

export interface Branch {
  readonly label: string;
  readonly items: readonly Item[];
}

export interface Chart {
  readonly workflow: string;
  readonly name: string;
  readonly about?: string;
  readonly items: readonly Item[];
  /** What may happen at any time: goal, exits, pauses. */
  readonly aside: readonly Box[];
  /** Box id of a step by its path. */
  readonly ids: ReadonlyMap<string, string>;
}

export function chartOf(plan: Plan): Chart {
  const boxes = new Map<Step, string>();
  const ids = new Map<string, string>();
  for (const step of plan.lists.flat()) {
    if (step.verb === "skip_to") continue;
    const id = `n${boxes.size + 1}`;
    boxes.set(step, id);
    // the arms of a test carry its path: a jump comes in at the test itself, which stands before them
    if (!ids.has(step.path)) ids.set(step.path, id);
  }
  const drawing: Drawing = { plan, boxes };
  const first: Item = { box: startOf(plan), branches: [], ends: false };
  const items = itemsOf(0, drawing);
  const last: Item = { box: { id: "done", kind: "end", title: "completed", lines: [] }, branches: [], ends: true };
  return {
    workflow: plan.workflow,
    name: plan.name,
    ...(plan.about === undefined ? {} : { about: plan.about.trim() }),
    items: [first, ...items, ...(goesOn(items) ? [last] : [])],
    aside: asideOf(plan),
    ids,
  };
}

/** Whether some way leads out at the end of the list. */
function goesOn(items: readonly Item[]): boolean {
  const last = items.at(-1);
  if (last === undefined) return true;
  if ("jump" in last || last.ends) return false;
  return last.branches.length === 0 || last.branches.some(({ items: inner }) => goesOn(inner));
}

interface Drawing {
  readonly plan: Plan;
  /** Box id of each step. */
  readonly boxes: ReadonlyMap<Step, string>;
}

function startOf({ enroll }: Plan): Box {
  return { id: "enroll", kind: "start", title: "enroll", lines: enrollWords(enroll) };
}

function asideOf({ goal, exits, pauses }: Plan): Box[] {
  const boxes: Box[] = [];
  if (goal !== undefined) {
    const within = goal.within === undefined ? "" : `, within ${lengthWords(goal.within)}`;
    const then = goal.then === "end" ? "then the run ends" : "the run goes on";
    boxes.push({
      id: "goal",
      kind: "note",
      title: "goal",
      lines: [`${goal.when.map(eventWords).join(" or ")}${within}`, then],
    });
  }
  exits.forEach((exit, index) => {
    const why = "when" in exit ? exit.when.map(eventWords).join(" or ") : `if ${conditionWords(exit.if)}`;
    const lines = exit.reason === undefined ? [why] : [why, exit.reason];
    boxes.push({ id: `exit${index + 1}`, kind: "note", title: "exit", lines });
  });
  pauses.forEach((pause, index) => {
    const lines = [`${pause.when.map(eventWords).join(" or ")}, for ${lengthWords(pause.for)}`];
    boxes.push({ id: `pause${index + 1}`, kind: "note", title: "pause", lines });
  });
  return boxes;
}

const itemsOf = (list: ListIndex | undefined, drawing: Drawing): Item[] =>
  list === undefined ? [] : (drawing.plan.lists[list] ?? []).map((step) => itemOf(step, drawing));

function itemOf(step: Step, drawing: Drawing): Item {
  if (step.verb === "skip_to") {
    // a jump under a condition is a choice between jumping and going on
    if (step.if === undefined) return { jump: step.target.path };
    const box: Box = {
      id: `j${step.path.replace(/\W/g, "_")}`,
      kind: "choice",
      title: "skip",
      lines: [`if ${conditionWords(step.if)}`],
    };
    const jump: Branch = { label: "holds", items: [{ jump: step.target.path }] };
    return { box, branches: [{ label: "else", items: [] }, jump], ends: false };
  }
  const branches = branchesOf(step, drawing);
  const words = step.verb === "do" && step.repeat === undefined ? "together" : stepWords(step);
  const only = step.if === undefined ? [] : [`${step.verb === "do" ? "if" : "only if"} ${conditionWords(step.if)}`];
  const named = step.name ?? (/[/+]/.test(step.path) ? undefined : step.path);
  const box: Box = {
    id: drawing.boxes.get(step) ?? step.path,
    kind: kindOf(step),
    path: step.path,
    title: named ?? words,
    lines: named === undefined || words === "choose" || words === "together" ? only : [words, ...only],
  };
  return { box, branches, ends: step.verb === "end" && step.if === undefined };
}

function kindOf(step: Step): BoxKind {
  if (step.verb === "send") return "send";
  if (step.verb === "end") return "end";
  if (step.verb === "wait" || step.verb === "wait_for" || step.verb === "call") return "wait";
  return step.verb === "choose" || step.verb === "do" || step.verb === "test" || step.verb === "parallel"
    ? "choice"
    : "step";
}

/** The way on first where it has no steps of its own, so that it runs straight down. */
function branchesOf(step: Step, drawing: Drawing): Branch[] {
  const named = waysOf(step);
  const error = step.onError !== undefined && typeof step.onError.then === "object" ? step.onError.then.do : undefined;
  if (error !== undefined) {
    if (named.length === 0) named.push(["goes well", undefined]);
    named.push(["our error", error]);
  }
  const branches = named.map(([label, list]): Branch => ({ label, items: itemsOf(list, drawing) }));
  return [...branches.filter(({ items }) => items.length === 0), ...branches.filter(({ items }) => items.length > 0)];
}

type Way = [label: string, list: ListIndex | undefined];

function waysOf(step: Step): Way[] {
  const beside = (main: string, ...ways: Way[]): Way[] => {
    const taken = ways.filter(([, list]) => list !== undefined);
    return taken.length === 0 ? [] : [[main, undefined], ...taken];
  };
  switch (step.verb) {
    case "send":
      return beside(
        "sent",
        ["failed", step.ifFailed],
        ["late", step.ifLate],
        ["blocked", step.ifBlocked],
        ["expired", step.ifExpired],
      );
    case "wait":
      return beside("in time", ["already past", step.ifPast], ["no such date", step.ifMissing]);
    case "wait_for":
      if (step.then === undefined && step.otherwise === undefined) return [];
      return [
        ["came", step.then],
        ["did not come in time", step.otherwise],
      ];
    case "call":
      return beside("done", ["not done", step.otherwise]);
    case "choose": {
      const cases = step.cases.map((one): Way => [caseWords(one), one.do]);
      return step.cases.some((one) => one.if === undefined) ? cases : [...cases, ["otherwise", step.otherwise]];
    }
    case "do":
      if (step.if === undefined) return [[step.repeat === undefined ? "" : "each pass", step.do]];
      return [
        ["holds", step.do],
        ["otherwise", step.otherwise],
      ];
    case "test":
      return [...Object.entries(step.arms).map(([arm, list]): Way => [arm, list]), ["held out", undefined]];
    case "parallel":
      return step.branches.map(({ id, do: list }): Way => [id, list]);
    default:
      return [];
  }
}

function caseWords({
  name,
  if: condition,
}: {
  readonly name?: string;
  readonly if?: Parameters<typeof conditionWords>[0];
}) {
  const words = condition === undefined ? "always" : conditionWords(condition);
  return name === undefined ? words : `${name}: ${words}`;
}
