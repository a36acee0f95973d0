// What a workflow calls its own: the values its runs carry, and the steps it has renamed.

import type { Plan } from "../plan.ts";
import { didYouMean } from "./diagnostic.ts";
import { ANY, at, type DeclaredValues, type NamedWorkflow, type OwnNames } from "./names.ts";
import { asMap, textOf } from "./shape.ts";
import type { Entry, Node, ScalarNode } from "./source.ts";
import type { Building } from "./steps.ts";
import { type Subject, subjectOf } from "./subjects.ts";

/** Vars are those declared, the outputs, and where none are declared whatever some step sets. */
export function ownNamesOf(
  vars: DeclaredValues,
  { inputs, outputs }: NamedWorkflow,
  written: readonly (Entry | undefined)[],
): OwnNames {
  const subjects = (values: DeclaredValues) =>
    [...values].map(([name, { declared }]): [string, Subject] => [name, subjectOf(declared)]);
  const known = new Map<string, Subject>([...subjects(outputs), ...subjects(vars)]);
  for (const entry of vars.size > 0 ? [] : written) {
    for (const name of entry === undefined ? [] : varsSet(entry.value)) if (!known.has(name)) known.set(name, ANY);
  }
  return { vars: known, inputs: new Map(subjects(inputs)), steps: new Map() };
}

/** The names that `set` and `save` write anywhere in these steps. */
function varsSet(node: Node): string[] {
  if (node.kind === "list") return node.items.flatMap(varsSet);
  if (node.kind !== "map") return [];
  return node.entries.flatMap(({ key, value }) => {
    const own = (key === "set" || key === "save") && value.kind === "map" ? value.entries.map((one) => one.key) : [];
    const names = own.filter((name) => /^vars\.[a-z][a-z0-9_]{0,63}$/.test(name)).map((name) => name.slice(5));
    return [...names, ...varsSet(value)];
  });
}

/** Old path to the path it has now: chains followed, nothing that still exists moved. */
export function movedOf(entry: Entry | undefined, { scope, positions, lists }: Building): Plan["moved"] {
  const { report } = scope;
  const map = entry === undefined ? undefined : asMap(entry.value, '"moved"', report);
  const now = new Set(lists.flat().map(({ path }) => path));
  const steps = new Map<string, ScalarNode & { value: string }>();
  for (const one of map?.entries ?? []) {
    const to = textOf(one, report);
    if (now.has(one.key)) {
      const place = positions.get(one.key);
      const where = place === undefined ? "" : ` (${at(place)})`;
      report.error("still-there", one.place, `step "${one.key}" is still there${where}, so nobody has to move.`);
    } else if (to !== undefined) steps.set(one.key, to);
  }
  const moved: [string, string][] = [];
  for (const [from, to] of steps) {
    const seen = new Set([from]);
    let end = to;
    for (let next = steps.get(end.value); next !== undefined && !seen.has(end.value); next = steps.get(end.value)) {
      seen.add(end.value);
      end = next;
    }
    if (now.has(end.value)) moved.push([from, end.value]);
    else if (seen.has(end.value)) report.error("moved-cycle", to.place, `"${from}" moves in a circle.`);
    else {
      const message = `there is no step "${end.value}" in this workflow.${didYouMean(end.value, now)}`;
      report.error("unknown-step", end.place, message);
    }
  }
  return Object.fromEntries(moved);
}
