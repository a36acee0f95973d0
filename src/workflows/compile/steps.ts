// Lists of steps to lists of a plan: verbs, paths, branches, jumps.

import { DAY, MINUTE } from "../../kernel/time.ts";
import type { Condition } from "../condition.ts";
import type { ChooseStep, DoStep, ListIndex, OnError, SkipToStep, Step } from "../plan.ts";
import { ACTIONS, compileAction } from "./actions.ts";
import { compileCondition } from "./conditions.ts";
import { didYouMean, type Place } from "./diagnostic.ts";
import type { PlacedMatch } from "./events.ts";
import type { Scope, StepReference } from "./names.ts";
import { compileSend } from "./send.ts";
import { checkId, checkKeys, durationOf, flagOf, given, ID, textOf, wholeOf, wordOf } from "./shape.ts";
import { type Entry, entryOf, isText, type MapNode, type Node, type Source, shown } from "./source.ts";
import { expectedList } from "./tests.ts";
import { verbOf } from "./verbs.ts";
import { compileWait, compileWaitFor } from "./waits.ts";

const MAX_NESTING = 8;
const MAX_STEPS = 500;
const MAX_REPEAT = 50;
const MAX_PASSES = 500;

/** Everything said about the steps of one workflow while they are compiled. */
export interface Building {
  readonly scope: Scope;
  readonly source: Source;
  readonly lists: Step[][];
  readonly positions: Map<string, Place>;
  readonly ids: Map<string, NamedStep>;
  /** Steps named by a step's conditions, by path; and by the `until` of a loop, which may look inside itself. */
  readonly references: Map<string, readonly StepReference[]>;
  readonly untils: Map<string, readonly StepReference[]>;
  readonly awaited: Map<string, readonly PlacedMatch[]>;
  readonly jumps: Jump[];
  onError: OnError;
  steps: number;
}

interface NamedStep {
  readonly place: Place;
  readonly list: ListIndex;
  readonly index: number;
  /** `"otherwise" of "opened"`; absent in the outermost list. */
  readonly branch?: string;
}

interface Jump {
  readonly target: string;
  readonly place: Place;
  readonly list: ListIndex;
  readonly index: number;
  /** The lists around it, innermost first, and the place of the branch in each. */
  readonly around: readonly { readonly list: ListIndex; readonly index: number }[];
}

/** Where a list hangs: its path, the lists around it, how often it is passed. */
interface Branch {
  readonly path: string;
  readonly words?: string;
  readonly around: Jump["around"];
  readonly passes: number;
}

export function compileSteps(node: Node, building: Building): void {
  compileList("steps", node, { path: "steps", around: [], passes: 1 }, building);
  for (const jump of building.jumps) land(jump, building);
  building.scope.steps.length = 0;
}

function compileList(key: string, node: Node, branch: Branch, building: Building): ListIndex | undefined {
  const { report } = building.scope;
  if (node.kind !== "list") return expectedList(key, node, building.scope);
  if (branch.around.length >= MAX_NESTING) {
    return report.error("too-deep", node.place, `steps nest at most ${MAX_NESTING} deep.`);
  }
  const list = building.lists.length;
  const steps: Step[] = [];
  building.lists.push(steps);
  let anchor = branch.path;
  let distance = 0;
  for (const item of node.items) {
    distance += 1;
    building.steps += 1;
    if (building.steps === MAX_STEPS + 1) {
      report.error("too-many-steps", item.place, `a workflow has at most ${MAX_STEPS} steps.`);
    }
    const id = namedIn(item, building, { list, index: steps.length, branch });
    if (id !== undefined) {
      anchor = id;
      distance = 0;
    }
    const path = id ?? `${anchor}+${distance}`;
    const step = compileStep(item, path, { list, index: steps.length, branch }, building);
    // A step that is wrong keeps its place, so that jumps over it are judged rightly; its plan is never made.
    steps.push(step ?? { path, verb: "note", text: "" });
  }
  return list;
}

interface Spot {
  readonly list: ListIndex;
  readonly index: number;
  readonly branch: Branch;
}

function namedIn(item: Node, building: Building, { list, index, branch }: Spot): string | undefined {
  const entry = item.kind === "map" ? entryOf(item, "id") : undefined;
  if (entry === undefined) return undefined;
  const { report } = building.scope;
  const text = textOf(entry, report);
  if (text === undefined || !checkId(text.value, text.place, report)) return undefined;
  const before = building.ids.get(text.value);
  if (before !== undefined) {
    const { file, line, column } = before.place;
    return report.error(
      "duplicate-id",
      text.place,
      `step "${text.value}" is already defined at ${file}:${line}:${column}.`,
    );
  }
  const named = { place: text.place, list, index };
  building.ids.set(text.value, branch.words === undefined ? named : { ...named, branch: branch.words });
  return text.value;
}

function compileStep(item: Node, path: string, spot: Spot, building: Building): Step | undefined {
  const { scope, positions } = building;
  const { report } = scope;
  positions.set(path, item.place);
  if (item.alias === true) {
    return report.error(
      "alias-step",
      item.place,
      "a step cannot be an alias: it has a place of its own. Write it out.",
    );
  }
  if (item.kind !== "map") {
    return report.error("expected-map", item.place, `a step is a map, not ${shown(item)}. Write { <verb>: … }`);
  }
  const from = scope.steps.length;
  const condition = conditionOf(entryOf(item, "if"), scope);
  const onError = errorOf(entryOf(item, "on_error"), building);
  const name = textOf(entryOf(item, "name"), report)?.value;
  textOf(entryOf(item, "about"), report);
  const verb = verbOf(item, report);
  const body = verb === undefined ? undefined : bodyOf(verb, item, path, spot, building);
  const references = scope.steps.slice(from);
  if (references.length > 0 && !building.references.has(path)) building.references.set(path, references);
  if (verb !== undefined && entryOf(item, "id") === undefined) warnUnnamed(verb, item, building);
  if (body === undefined || (entryOf(item, "if") !== undefined && condition === undefined)) return undefined;
  return { path, ...given<Pick<Step, "name" | "if" | "onError">>({ name, if: condition, onError }), ...body } as Step;
}

function warnUnnamed(verb: Entry, item: MapNode, { scope }: Building): void {
  const parks = ["send", "wait", "wait_for"].includes(verb.key) || (verb.key === "do" && entryOf(item, "every"));
  if (!parks) return;
  const message = 'leads will park here and an edit above could misplace them. Run "latchkey check --fix" to name it.';
  scope.report.warning("unnamed-wait", item.place, message);
}

export const conditionOf = (entry: Entry | undefined, scope: Scope): Condition | undefined =>
  entry === undefined ? undefined : compileCondition(entry.value, scope);

type Body = Omit<Step, "path">;

function bodyOf(verb: Entry, item: MapNode, path: string, spot: Spot, building: Building): Body | undefined {
  const { scope, source } = building;
  if (ACTIONS.includes(verb.key)) return compileAction(verb, item, { scope, source });
  const to = (key: string) => branchOf(key, item, path, spot, building);
  switch (verb.key) {
    case "send": {
      const send = compileSend(verb, item, scope);
      const branches = { ifFailed: to("if_failed"), ifLate: to("if_late"), ifBlocked: to("if_blocked") };
      const ifExpired = to("if_expired");
      return send === undefined ? undefined : { ...send, ...given({ ...branches, ifExpired }) };
    }
    case "wait": {
      const wait = compileWait(verb, item, scope);
      const branches = given({ ifPast: to("if_past"), ifMissing: to("if_missing") });
      return wait === undefined ? undefined : ({ verb: "wait", wait, ...branches } as Body);
    }
    case "wait_for": {
      const awaited = compileWaitFor(verb, item, scope);
      const branches = given({ then: to("then"), otherwise: to("otherwise") });
      if (awaited === undefined) return undefined;
      const { places, ...rest } = awaited;
      building.awaited.set(path, places);
      return { verb: "wait_for", ...rest, ...branches } as Body;
    }
    case "choose":
      return chooseOf(verb, item, path, spot, building);
    case "do":
      return doOf(verb, item, path, spot, building);
    case "skip_to":
      return jumpOf(verb, spot, building);
    default:
      return endOf(verb, item, building);
  }
}

/** The steps under one of a step's keys. Conditions inside belong to their own steps. */
function branchOf(
  key: string,
  item: MapNode,
  path: string,
  { list, index, branch }: Spot,
  building: Building,
  node: Node | undefined = entryOf(item, key)?.value,
  named = key,
  passes = 1,
): ListIndex | undefined {
  if (node === undefined) return undefined;
  const own = building.scope.steps.length;
  const inner: Branch = {
    path: `${path}/${named}`,
    words: `"${key}" of "${path}"`,
    around: [{ list, index }, ...branch.around],
    passes: branch.passes * passes,
  };
  const compiled = compileList(key, node, inner, building);
  building.scope.steps.length = own;
  return compiled;
}

function chooseOf(verb: Entry, item: MapNode, path: string, spot: Spot, building: Building): Body | undefined {
  const { scope, positions } = building;
  const { report } = scope;
  if (verb.value.kind !== "list") return expectedList("choose", verb.value, scope);
  if (verb.value.items.length === 0) {
    return report.error("empty-list", verb.value.place, '"choose" needs a case: { if: …, do: [ … ] }');
  }
  const cases: ChooseStep["cases"][number][] = [];
  const slugs = new Set<string>();
  let wins = false;
  verb.value.items.forEach((one, place) => {
    if (one.kind !== "map") {
      report.error("expected-map", one.place, `a case is a map, not ${shown(one)}. Write { if: …, do: [ … ] }`);
      return;
    }
    checkKeys(one, "a case", ["name", "about", "if", "do"], report);
    if (wins) report.warning("unreachable", one.place, 'the case above has no "if" and always wins.');
    const name = textOf(entryOf(one, "name"), report)?.value;
    const slug = slugOf(name);
    const word = slug === undefined || slugs.has(slug) ? `case.${place + 1}` : `case.${slug}`;
    if (slug !== undefined) slugs.add(slug);
    const ifEntry = entryOf(one, "if");
    const condition = conditionOf(ifEntry, scope);
    const steps = entryOf(one, "do");
    if (steps === undefined) report.error("no-do", one.place, 'a case needs "do", the steps to take.');
    const casePath = `${path}/${word}`;
    positions.set(casePath, one.place);
    const list = branchOf("do", one, path, spot, building, steps?.value, word);
    if (ifEntry === undefined) wins = true;
    else if (condition === undefined) return;
    if (list !== undefined) {
      cases.push({ path: casePath, ...given<{ name?: string; if?: Condition }>({ name, if: condition }), do: list });
    }
  });
  const otherwise = branchOf("otherwise", item, path, spot, building);
  if (cases.length !== verb.value.items.length) return undefined;
  return { verb: "choose", cases, ...given<{ otherwise?: number }>({ otherwise }) } as Body;
}

function slugOf(name: string | undefined): string | undefined {
  const slug = (name ?? "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 40);
  return slug === "" ? undefined : slug;
}

function doOf(verb: Entry, item: MapNode, path: string, spot: Spot, building: Building): Body | undefined {
  const { scope } = building;
  const { report } = scope;
  const repeatEntry = entryOf(item, "repeat");
  const repeat = wholeOf(repeatEntry, 1, MAX_REPEAT, report);
  if (repeatEntry === undefined) {
    for (const key of ["every", "until"]) {
      const entry = entryOf(item, key);
      if (entry !== undefined) report.error("no-repeat", entry.place, `"${key}" needs "repeat", how often at most.`);
    }
  } else if (repeat !== undefined && spot.branch.passes * repeat > MAX_PASSES) {
    const message = `loops inside each other run at most ${MAX_PASSES} times in all.`;
    report.error("too-many-passes", repeatEntry.value.place, message);
  }
  const every = durationOf(entryOf(item, "every"), report);
  const list = branchOf("do", item, path, spot, building, verb.value, "do", repeat ?? 1);
  const otherwise = branchOf("otherwise", item, path, spot, building);
  if (entryOf(item, "otherwise") !== undefined && entryOf(item, "if") === undefined) {
    const place = entryOf(item, "otherwise")?.place ?? item.place;
    report.error("never-taken", place, '"otherwise" of "do" needs "if": it is taken when that does not hold.');
  }
  const from = scope.steps.length;
  const until = conditionOf(entryOf(item, "until"), scope);
  building.untils.set(path, scope.steps.splice(from));
  if (list === undefined) return undefined;
  const options = given<Pick<DoStep, "otherwise" | "repeat" | "every" | "until">>({ otherwise, repeat, every, until });
  return { verb: "do", do: list, ...options } as Body;
}

function endOf(verb: Entry, item: MapNode, { scope }: Building): Body | undefined {
  const { report } = scope;
  const goal = flagOf(entryOf(item, "goal"), report) ?? false;
  if (verb.value.kind === "scalar" && verb.value.value === null) return { verb: "end", outcome: "ended", goal } as Body;
  const text = textOf(verb, report);
  if (text === undefined) return undefined;
  if (!ID.test(text.value)) {
    return report.error("bad-id", text.place, `an outcome is one word of lower case, such as "not_interested".`);
  }
  return { verb: "end", outcome: text.value, goal } as Body;
}

// Jumps ----------------------------------------------------------------------------------------------------------

function jumpOf(verb: Entry, { list, index, branch }: Spot, building: Building): Body | undefined {
  if (!isText(verb.value)) {
    const message = `"skip_to" takes the id of a later step, not ${shown(verb.value)}.`;
    return building.scope.report.error("bad-value", verb.value.place, message);
  }
  const target = verb.value.value;
  building.jumps.push({ target, place: verb.value.place, list, index, around: branch.around });
  return { verb: "skip_to", target: { list: -1, index: -1, path: target } } as Body;
}

/** Resolves a jump: a later step of its own list or of a list around it. */
function land(jump: Jump, { scope, ids, lists }: Building): void {
  const { report } = scope;
  const named = ids.get(jump.target);
  if (named === undefined) {
    report.error(
      "unknown-step",
      jump.place,
      `there is no step "${jump.target}".${didYouMean(jump.target, ids.keys())}`,
    );
    return;
  }
  const from = [{ list: jump.list, index: jump.index }, ...jump.around].find(({ list }) => list === named.list);
  if (from === undefined) {
    const where = named.branch === undefined ? "" : ` is inside ${named.branch}`;
    const message = `"${jump.target}"${where}. Jump to a step of an enclosing list.`;
    report.error("jump-into-branch", jump.place, message);
    return;
  }
  if (named.index <= from.index) {
    const message = `"${jump.target}" is above. Jumps only go forward; to do something again use "repeat".`;
    report.error("backward-jump", jump.place, message);
    return;
  }
  const index = lists[named.list]?.findIndex((step) => step.path === jump.target) ?? -1;
  const own = lists[jump.list]?.[jump.index];
  if (own?.verb !== "skip_to" || index === -1) return;
  const landed: SkipToStep = { ...own, target: { list: named.list, index, path: jump.target } };
  (lists[jump.list] as Step[])[jump.index] = landed;
}

// Errors of ours -------------------------------------------------------------------------------------------------

export const ON_ERROR: OnError = { retry: 3, every: 5 * MINUTE, then: "fail" };

export function errorOf(entry: Entry | undefined, { scope, onError }: Pick<Building, "scope" | "onError">) {
  if (entry === undefined) return undefined;
  const { report } = scope;
  if (entry.value.kind !== "map") {
    return report.error("expected-map", entry.value.place, '"on_error" is a map: { retry: 3, every: 5m, then: fail }');
  }
  checkKeys(entry.value, '"on_error"', ["retry", "every", "then"], report);
  const then = entryOf(entry.value, "then");
  if (then?.value.kind === "list") return report.notAvailable("on_error: then: [steps]", then.value.place);
  const every = durationOf(entryOf(entry.value, "every"), report);
  return {
    retry: wholeOf(entryOf(entry.value, "retry"), 0, 10, report) ?? onError.retry,
    every: every === undefined ? onError.every : every.ms + every.days * DAY,
    then: wordOf(then, ["fail", "continue", "end"] as const, report) ?? onError.then,
  };
}
