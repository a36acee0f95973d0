// Steps that hold steps: choose, do, test, parallel.

import type { Condition } from "../condition.ts";
import {
  type ChooseStep,
  type DoStep,
  type ListIndex,
  MAX_PASSES,
  type ParallelStep,
  type Step,
  type TestStep,
} from "../plan.ts";
import { conditionOf } from "./conditions.ts";
import { didYouMean, type Place } from "./diagnostic.ts";
import { at, type NamedExperiment, type Scope, type StepReference } from "./names.ts";
import { asMap, checkId, checkKeys, durationOf, given, textOf, wholeOf } from "./shape.ts";
import { type Entry, entryOf, isText, type MapNode, type Node, shown } from "./source.ts";
import { expectedList } from "./tests.ts";
import { VERBS } from "./verbs.ts";

const MAX_REPEAT = 50;
const MAX_BRANCHES = 8;

/** Compiles what hangs on a step; steps.ts knows how. */
export interface Nest {
  /** The list under one of its keys, or another node under a name of its own. */
  branch(
    key: string,
    options?: {
      readonly node?: Node | undefined;
      readonly named?: string;
      readonly passes?: number;
      readonly words?: string;
    },
  ): ListIndex | undefined;
  /** The path of that list. */
  path(node: Node, named: string): string;
  /** One variant of a test: the whole step, of which the patch is the variant's own. */
  variant(id: string, whole: MapNode, patch: MapNode): ListIndex | undefined;
}

/** What is noted of a step for those who come later. */
interface Notes {
  readonly scope: Scope;
  readonly positions: Map<string, Place>;
  readonly untils: Map<string, readonly StepReference[]>;
}

type Body = Omit<Step, "path">;

export function chooseOf(verb: Entry, path: string, nest: Nest, { scope, positions }: Notes): Body | undefined {
  const { report } = scope;
  if (verb.value.kind !== "list") return expectedList("choose", verb.value, scope);
  if (verb.value.items.length === 0) {
    return report.error("empty-list", verb.value.place, '"choose" needs a case: { if: …, do: [ … ] }');
  }
  const cases: ChooseStep["cases"][number][] = [];
  const slugs = new Set<string>();
  let wins = false;
  verb.value.items.forEach((one, index) => {
    if (one.kind !== "map") {
      report.error("expected-map", one.place, `a case is a map, not ${shown(one)}. Write { if: …, do: [ … ] }`);
      return;
    }
    checkKeys(one, "a case", ["name", "about", "if", "do"], report);
    if (wins) report.warning("unreachable", one.place, 'the case above has no "if" and always wins.');
    const name = textOf(entryOf(one, "name"), report)?.value;
    const slug = slugOf(name);
    const word = slug === undefined || slugs.has(slug) ? `case.${index + 1}` : `case.${slug}`;
    if (slug !== undefined) slugs.add(slug);
    const ifEntry = entryOf(one, "if");
    const condition = conditionOf(ifEntry, scope);
    const steps = entryOf(one, "do");
    if (steps === undefined) report.error("no-do", one.place, 'a case needs "do", the steps to take.');
    const casePath = steps === undefined ? `${path}/${word}` : nest.path(steps.value, word);
    positions.set(casePath, one.place);
    const list = steps === undefined ? undefined : nest.branch("do", { node: steps.value, named: word });
    if (ifEntry === undefined) wins = true;
    else if (condition === undefined) return;
    if (list !== undefined) {
      cases.push({ path: casePath, ...given<{ name?: string; if?: Condition }>({ name, if: condition }), do: list });
    }
  });
  const otherwise = nest.branch("otherwise");
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

export function doOf(
  verb: Entry,
  item: MapNode,
  { path, passes }: { readonly path: string; readonly passes: number },
  nest: Nest,
  { scope, untils }: Notes,
): Body | undefined {
  const { report } = scope;
  const repeatEntry = entryOf(item, "repeat");
  const repeat = wholeOf(repeatEntry, 1, MAX_REPEAT, report);
  if (repeatEntry === undefined) {
    for (const key of ["every", "until"]) {
      const entry = entryOf(item, key);
      if (entry !== undefined) report.error("no-repeat", entry.place, `"${key}" needs "repeat", how often at most.`);
    }
  } else if (repeat !== undefined && passes * repeat > MAX_PASSES) {
    const message = `loops inside each other run at most ${MAX_PASSES} times in all.`;
    report.error("too-many-passes", repeatEntry.value.place, message);
  }
  const every = durationOf(entryOf(item, "every"), report);
  const list = nest.branch("do", { node: verb.value, passes: repeat ?? 1 });
  const otherwise = nest.branch("otherwise");
  const otherwiseEntry = entryOf(item, "otherwise");
  if (otherwiseEntry !== undefined && entryOf(item, "if") === undefined) {
    const message = '"otherwise" of "do" needs "if": it is taken when that does not hold.';
    report.error("never-taken", otherwiseEntry.place, message);
  }
  const from = scope.steps.length;
  const until = conditionOf(entryOf(item, "until"), scope);
  untils.set(path, [...(untils.get(path) ?? []), ...scope.steps.splice(from)]);
  if (list === undefined) return undefined;
  const options = given<Pick<DoStep, "otherwise" | "repeat" | "every" | "until">>({ otherwise, repeat, every, until });
  return { verb: "do", do: list, ...options } as Body;
}

// test -----------------------------------------------------------------------------------------------------------

export function testOf(verb: Entry, item: MapNode, path: string, nest: Nest, { scope }: Notes): Body | undefined {
  const { report } = scope;
  const found = experimentOf(verb, scope);
  const step = mapUnder("step", verb, item, scope);
  const variants = mapUnder("variants", verb, item, scope);
  if (found !== undefined) scope.own?.steps.set(path, { test: found.id });
  if (found === undefined || step === undefined || variants === undefined) return undefined;
  const same = sameVariants(found, variants, scope);
  const arms: [string, ListIndex][] = [];
  for (const { key, place, value } of variants.entries) {
    if (!found.experiment.variants.includes(key)) continue;
    const patch = asMap(value, `variant "${key}"`, report);
    const whole = patch === undefined ? undefined : patched(step, patch, place, scope);
    if (patch === undefined || whole === undefined) continue;
    const list = nest.variant(key, whole, patch);
    if (list !== undefined) arms.push([key, list]);
  }
  if (!same || arms.length !== variants.entries.length) return undefined;
  const compiled: Omit<TestStep, "path"> = { verb: "test", experiment: found.id, arms: Object.fromEntries(arms) };
  return compiled;
}

interface Found {
  readonly id: string;
  readonly experiment: NamedExperiment;
}

function experimentOf(verb: Entry, { report, names }: Scope): Found | undefined {
  if (!isText(verb.value)) {
    const message = `"test" takes the id of an experiment, not ${shown(verb.value)}.`;
    return report.error("bad-value", verb.value.place, message);
  }
  const id = verb.value.value;
  const experiment = names.experiments.get(id);
  if (experiment !== undefined) return { id, experiment };
  const message = `there is no experiment "${id}".${didYouMean(id, names.experiments.keys())}`;
  return report.error("unknown-experiment", verb.value.place, message);
}

function mapUnder(key: string, verb: Entry, item: MapNode, { report }: Scope): MapNode | undefined {
  const entry = entryOf(item, key);
  if (entry?.value.alias === true) {
    return report.error("alias-step", entry.value.place, `"${key}" cannot be an alias. Write it out.`);
  }
  if (entry !== undefined) return asMap(entry.value, `"${key}"`, report);
  const why = key === "step" ? "the step as it would be without a test" : "what each variant changes in the step";
  return report.error(`no-${key}`, verb.place, `"test" needs "${key}", ${why}.`);
}

function sameVariants({ id, experiment }: Found, variants: MapNode, { report }: Scope): boolean {
  const before = report.errors;
  const where = `"${id}" (${at(experiment.variantsPlace)})`;
  const written = variants.entries.map(({ key }) => key);
  for (const { key, place } of variants.entries) {
    if (experiment.variants.includes(key)) continue;
    const missing = experiment.variants.filter((variant) => !written.includes(variant));
    const message = `"${key}" is not a variant of ${where}.${didYouMean(key, [...missing, ...experiment.variants])}`;
    report.error("variant-mismatch", place, message);
  }
  if (report.errors > before) return false;
  const missing = experiment.variants.filter((variant) => !written.includes(variant));
  if (missing.length === 0) return true;
  const names = missing.map((variant) => `"${variant}"`).join(", ");
  report.error("variant-mismatch", variants.place, `${where} has ${names}, too. Without a change: ${missing[0]}: {}`);
  return false;
}

/** The step with what the variant changes; with another verb, the variant is the step. */
function patched(step: MapNode, patch: MapNode, place: Place, { report }: Scope): MapNode | undefined {
  for (const { key, place: where } of [...step.entries, ...patch.entries]) {
    if (key !== "id") continue;
    return report.error("unknown-key", where, '"id" does not go here: the step inside a test has the id of the test.');
  }
  const verbIn = (map: MapNode) => map.entries.find(({ key }) => VERBS.includes(key))?.key;
  const other = verbIn(patch);
  if ((other ?? verbIn(step)) === "test") return report.error("out-of-place", place, "a test cannot hold a test.");
  const where = patch.entries.length === 0 ? step.place : place;
  if (other !== undefined && other !== verbIn(step)) return { ...patch, place: where };
  const changed = new Set(patch.entries.map(({ key }) => key));
  const kept = step.entries.filter(({ key }) => !changed.has(key));
  return { kind: "map", place: where, flow: patch.flow, entries: [...kept, ...patch.entries] };
}

// parallel -------------------------------------------------------------------------------------------------------

export function parallelOf(verb: Entry, item: MapNode, nest: Nest, scope: Scope): Body | undefined {
  const { report } = scope;
  const map = asMap(verb.value, '"parallel"', report);
  if (map === undefined) return undefined;
  if (map.entries.length < 2 || map.entries.length > MAX_BRANCHES) {
    const message = `"parallel" takes 2 to ${MAX_BRANCHES} branches: { human: [ … ], machine: [ … ] }`;
    return report.error(map.entries.length < 2 ? "empty-list" : "too-many-branches", map.place, message);
  }
  const branches: ParallelStep["branches"][number][] = [];
  for (const { key: id, place, value } of map.entries) {
    if (!checkId(id, place, report)) continue;
    const named = `parallel.${id}`;
    const list = nest.branch(id, { node: value, named });
    if (list !== undefined) branches.push({ id, path: nest.path(value, named), do: list });
  }
  const join = joinOf(entryOf(item, "join"), map.entries.length, scope);
  const within = durationOf(entryOf(item, "within"), report);
  if (branches.length !== map.entries.length || join === undefined) return undefined;
  return { verb: "parallel", branches, join, ...given<Pick<ParallelStep, "within">>({ within }) } as Body;
}

function joinOf(entry: Entry | undefined, branches: number, { report }: Scope): number | undefined {
  const value = entry?.value.kind === "scalar" ? entry.value.value : undefined;
  if (entry === undefined || value === "all") return branches;
  if (value === "any") return 1;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= branches) return value;
  return report.error("bad-value", entry.value.place, `"join" takes all, any, or a number from 1 to ${branches}.`);
}
