// Lists of steps to lists of a plan: verbs, paths, branches, jumps.

import type { ListIndex, OnError, SkipToStep, Step } from "../plan.ts";
import { ACTIONS, compileAction } from "./actions.ts";
import { conditionOf } from "./conditions.ts";
import { didYouMean, type Place } from "./diagnostic.ts";
import type { PlacedMatch } from "./events.ts";
import { chooseOf, doOf, type Nest, parallelOf, testOf } from "./forks.ts";
import { at, type NamedWorkflow, type Scope, type StepReference } from "./names.ts";
import { callOf, setOf } from "./outward.ts";
import { ON_ERROR, retriesOf } from "./retries.ts";
import { compileSend } from "./send.ts";
import { checkId, flagOf, given, ID, textOf, wordOf } from "./shape.ts";
import { type Entry, entryOf, isText, type MapNode, type Node, type Source, shown } from "./source.ts";
import { expectedList } from "./tests.ts";
import { outputsOf } from "./values.ts";
import { verbOf } from "./verbs.ts";
import { compileWait, compileWaitFor } from "./waits.ts";

const MAX_NESTING = 8;
const MAX_STEPS = 500;

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
  /** Where steps name what others define: the workflow of a `start` or `call`, the experiment of a `test`. */
  readonly targets: Map<string, Place>;
  readonly jumps: Jump[];
  /** Lists that several arms of a test share. */
  readonly shared: Map<Node, ListIndex>;
  readonly declared: Pick<NamedWorkflow, "outputs">;
  /** The workflow's own `on_error`, for steps that do not say. */
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

/** The workflow's steps, which are list 0, and those it takes at an error. */
export function compileSteps(node: Node, onError: Entry | undefined, building: Building): void {
  building.lists.push([]);
  building.onError = workflowError(onError, building);
  compileList("steps", node, { path: "steps", around: [], passes: 1 }, building, 0);
  for (const jump of building.jumps) land(jump, building);
  building.scope.steps.length = 0;
}

function compileList(
  key: string,
  node: Node,
  branch: Branch,
  building: Building,
  list: ListIndex = building.lists.push([]) - 1,
): ListIndex | undefined {
  const { report } = building.scope;
  if (node.kind !== "list") return expectedList(key, node, building.scope);
  if (node.alias === true) return report.error("alias-step", node.place, "steps cannot be an alias. Write them out.");
  if (branch.around.length >= MAX_NESTING) {
    return report.error("too-deep", node.place, `steps nest at most ${MAX_NESTING} deep.`);
  }
  const steps = building.lists[list] as Step[];
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
  /** In a variant of a test: its path, and the nodes that are its own and not the tested step's. */
  readonly variant?: { readonly path: string; readonly nodes: ReadonlySet<Node> };
}

function namedIn(item: Node, building: Building, { list, index, branch }: Spot): string | undefined {
  const entry = item.kind === "map" ? entryOf(item, "id") : undefined;
  if (entry === undefined) return undefined;
  const { report } = building.scope;
  const text = textOf(entry, report);
  if (text === undefined || !checkId(text.value, text.place, report)) return undefined;
  const before = building.ids.get(text.value);
  if (before !== undefined) {
    return report.error("duplicate-id", text.place, `step "${text.value}" is already defined at ${at(before.place)}.`);
  }
  const named = { place: text.place, list, index };
  building.ids.set(text.value, branch.words === undefined ? named : { ...named, branch: branch.words });
  return text.value;
}

function compileStep(item: Node, path: string, spot: Spot, building: Building): Step | undefined {
  const { scope, positions } = building;
  const { report } = scope;
  if (!positions.has(path)) positions.set(path, item.place);
  if (item.alias === true) {
    const message = "a step cannot be an alias: it has a place of its own. Write it out.";
    return report.error("alias-step", item.place, message);
  }
  if (item.kind !== "map") {
    return report.error("expected-map", item.place, `a step is a map, not ${shown(item)}. Write { <verb>: … }`);
  }
  const from = scope.steps.length;
  const condition = conditionOf(entryOf(item, "if"), scope);
  const onError = stepError(entryOf(item, "on_error"), path, spot, building);
  const verb = verbOf(item, report);
  const name = verb?.key === "opportunity" ? undefined : textOf(entryOf(item, "name"), report)?.value;
  textOf(entryOf(item, "about"), report);
  const body = verb === undefined ? undefined : bodyOf(verb, item, path, spot, building);
  const references = scope.steps.slice(from);
  if (references.length > 0) building.references.set(path, [...(building.references.get(path) ?? []), ...references]);
  if (verb !== undefined && entryOf(item, "id") === undefined && spot.variant === undefined) {
    warnUnnamed(verb, item, building);
  }
  if (body === undefined || (entryOf(item, "if") !== undefined && condition === undefined)) return undefined;
  return { path, ...given<Pick<Step, "name" | "if" | "onError">>({ name, if: condition, onError }), ...body } as Step;
}

const PARKING: Readonly<Record<string, (item: MapNode) => boolean>> = {
  send: () => true,
  wait: () => true,
  wait_for: () => true,
  call: () => true,
  test: () => true,
  parallel: () => true,
  do: (item) => entryOf(item, "every") !== undefined,
  webhook: (item) => entryOf(item, "save") !== undefined,
};

function warnUnnamed(verb: Entry, item: MapNode, { scope }: Building): void {
  if (!Object.hasOwn(PARKING, verb.key) || PARKING[verb.key]?.(item) !== true) return;
  const message = 'leads will park here and an edit above could misplace them. Run "latchkey check --fix" to name it.';
  scope.report.warning("unnamed-wait", item.place, message);
}

export type Body = Omit<Step, "path">;

function bodyOf(verb: Entry, item: MapNode, path: string, spot: Spot, building: Building): Body | undefined {
  const { scope, source } = building;
  const nest = nestOf(item, path, spot, building);
  const to = (key: string) => nest.branch(key);
  if (["start", "call", "test"].includes(verb.key)) building.targets.set(path, verb.value.place);
  if (ACTIONS.includes(verb.key)) return compileAction(verb, item, { scope, source });
  switch (verb.key) {
    case "send": {
      const send = compileSend(verb, item, { scope, source });
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
      building.awaited.set(path, [...(building.awaited.get(path) ?? []), ...places]);
      return { verb: "wait_for", ...rest, ...branches } as Body;
    }
    case "call": {
      const call = callOf(verb, item, scope);
      const otherwise = to("otherwise");
      if (isText(verb.value)) scope.own?.steps.set(path, { call: verb.value.value });
      return call === undefined ? undefined : { ...call, ...given({ otherwise }) };
    }
    case "set":
      return setOf(verb, scope);
    case "choose":
      return chooseOf(verb, path, nest, building);
    case "do":
      return doOf(verb, item, { path, passes: spot.branch.passes }, nest, building);
    case "test":
      return testOf(verb, item, path, nest, building);
    case "parallel":
      return parallelOf(verb, item, nest, scope);
    case "skip_to":
      return jumpOf(verb, spot, building);
    default:
      return endOf(verb, item, building);
  }
}

/** How a step's branches are compiled from where it stands. Conditions inside belong to their own steps. */
function nestOf(item: MapNode, path: string, spot: Spot, building: Building): Nest {
  const { list, index, branch } = spot;
  const around = [{ list, index }, ...branch.around];
  const own = <Compiled>(compile: () => Compiled): Compiled => {
    const before = building.scope.steps.length;
    const compiled = compile();
    building.scope.steps.length = before;
    return compiled;
  };
  const pathOf = (node: Node, named: string): string => {
    const { variant } = spot;
    if (variant === undefined || !variant.nodes.has(node)) return `${path}/${named}`;
    return named === "do" ? variant.path : `${variant.path}/${named}`;
  };
  return {
    path: pathOf,
    branch(key, options = {}) {
      const node = options.node ?? entryOf(item, key)?.value;
      const { named = key, passes = 1, words = `"${key}" of "${path}"` } = options;
      if (node === undefined) return undefined;
      const before = building.shared.get(node);
      if (before !== undefined) return before;
      const inner: Branch = { path: pathOf(node, named), words, around, passes: branch.passes * passes };
      const compiled = own(() => compileList(key, node, inner, building));
      if (compiled !== undefined) building.shared.set(node, compiled);
      return compiled;
    },
    variant(id, whole, patch) {
      const words = `variant "${id}" of "${path}"`;
      const inner: Branch = { path: `${path}/variant.${id}`, words, around, passes: branch.passes };
      const [only] = whole.entries;
      // Other steps instead of one: the arm is they themselves.
      if (only?.key === "do" && whole.entries.length === 1)
        return own(() => compileList("do", only.value, inner, building));
      const armed = building.lists.push([]) - 1;
      const variant = { path: inner.path, nodes: new Set(nodesIn(patch)) };
      building.steps += 1;
      const step = compileStep(whole, path, { list: armed, index: 0, branch: inner, variant }, building);
      building.lists[armed]?.push(step ?? { path, verb: "note", text: "" });
      return step === undefined ? undefined : armed;
    },
  };
}

function nodesIn(node: Node): Node[] {
  if (node.kind === "map") return [node, ...node.entries.flatMap(({ value }) => nodesIn(value))];
  return node.kind === "list" ? [node, ...node.items.flatMap(nodesIn)] : [node];
}

function endOf(verb: Entry, item: MapNode, { scope, declared }: Building): Body | undefined {
  const { report } = scope;
  const goal = flagOf(entryOf(item, "goal"), report) ?? false;
  const outputs = given({ outputs: outputsOf(entryOf(item, "outputs"), declared.outputs, scope) });
  const nothing = verb.value.kind === "scalar" && verb.value.value === null;
  if (nothing) return { verb: "end", outcome: "ended", goal, ...outputs } as Body;
  const text = textOf(verb, report);
  if (text === undefined) return undefined;
  if (!ID.test(text.value)) {
    return report.error("bad-id", text.place, `an outcome is one word of lower case, such as "not_interested".`);
  }
  return { verb: "end", outcome: text.value, goal, ...outputs } as Body;
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
    const where = named.branch === undefined ? "in another list" : `inside ${named.branch}`;
    const message = `"${jump.target}" is ${where}. Jump to a step of an enclosing list.`;
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

function workflowError(entry: Entry | undefined, building: Building): OnError {
  if (entry?.value.kind !== "map") return errorMap(entry, building) ?? ON_ERROR;
  const then = entryOf(entry.value, "then");
  if (then?.value.kind !== "list") return errorMap(entry, building) ?? ON_ERROR;
  const words = '"on_error" of the workflow';
  const list = compileList("then", then.value, { path: "on_error", words, around: [], passes: 1 }, building);
  building.scope.steps.length = 0;
  return errorMap(entry, building, list) ?? ON_ERROR;
}

function stepError(entry: Entry | undefined, path: string, spot: Spot, building: Building): OnError | undefined {
  const map = entry?.value.kind === "map" ? entry.value : undefined;
  const then = map === undefined ? undefined : entryOf(map, "then");
  if (map === undefined || then?.value.kind !== "list") return errorMap(entry, building);
  const nest = nestOf(map, path, spot, building);
  const list = nest.branch("then", { node: then.value, named: "on_error", words: `"on_error" of "${path}"` });
  return errorMap(entry, building, list);
}

function errorMap(entry: Entry | undefined, { scope, onError }: Building, list?: ListIndex): OnError | undefined {
  if (entry === undefined) return undefined;
  const { report } = scope;
  if (entry.value.kind !== "map") {
    return report.error("expected-map", entry.value.place, '"on_error" is a map: { retry: 3, every: 5m, then: fail }');
  }
  const retries = retriesOf(entry.value, report, onError);
  const then = entryOf(entry.value, "then");
  if (then?.value.kind === "list") return { ...retries, then: list === undefined ? "fail" : { do: list } };
  return { ...retries, then: wordOf(then, ["fail", "continue", "end"] as const, report) ?? onError.then };
}
