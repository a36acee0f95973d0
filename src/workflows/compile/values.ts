// A workflow's own values: how `vars`, `inputs` and `outputs` are declared, and values given where a step wants one.

import type { Declared, Given, Scalar } from "../plan.ts";
import { didYouMean, type Place } from "./diagnostic.ts";
import { ANY, at, type DeclaredValues, type Scope } from "./names.ts";
import { asMap, checkId, checkKeys, given, wordOf } from "./shape.ts";
import { type Entry, entryOf, isText, type Node, shown } from "./source.ts";
import { type Subject, subjectOf } from "./subjects.ts";
import { expectedList, factOf, plainValue } from "./tests.ts";

const TYPES = ["text", "number", "money", "boolean", "date"] as const;

/** Bounds what a lead's runs carry along (vars and answers take at most 16 KB). */
const MOST_VALUES = 100;

export function declaredValues(entry: Entry | undefined, scope: Scope): DeclaredValues {
  const values = new Map<string, { readonly place: Place; readonly declared: Declared }>();
  const map = entry === undefined ? undefined : asMap(entry.value, `"${entry.key}"`, scope.report);
  for (const { key, place, value } of map?.entries ?? []) {
    if (!checkId(key, place, scope.report)) continue;
    const declared = declaredOf(key, value, scope);
    if (declared !== undefined) values.set(key, { place, declared });
  }
  if (values.size > MOST_VALUES && entry !== undefined) {
    scope.report.error("too-many-values", entry.place, `"${entry.key}" declares at most ${MOST_VALUES} values.`);
  }
  return values;
}

function declaredOf(name: string, node: Node, scope: Scope): Declared | undefined {
  const { report } = scope;
  const map = asMap(node, `"${name}"`, report);
  if (map === undefined) return undefined;
  checkKeys(map, "a value", ["type", "default", "in", "name"], report);
  const type = wordOf(entryOf(map, "type"), TYPES, report);
  if (entryOf(map, "type") === undefined) {
    report.error("no-type", map.place, `a value needs "type": ${TYPES.join(", ")}.`);
  }
  if (type === undefined) return undefined;
  const among = valuesOf(entryOf(map, "in"), name, { type, optional: true }, scope);
  const declared: Declared = { type, ...given<Pick<Declared, "in">>({ in: among }) };
  const fallback = entryOf(map, "default");
  const value = fallback === undefined ? undefined : literal(fallback.value, name, declared, scope);
  return { ...declared, ...given<Pick<Declared, "default">>({ default: value }) };
}

function valuesOf(entry: Entry | undefined, name: string, subject: Subject, scope: Scope) {
  if (entry === undefined) return undefined;
  if (entry.value.kind !== "list") return expectedList("in", entry.value, scope);
  const values = entry.value.items.map((item) => plainValue(item, name, subject, scope));
  return values.every((value) => value !== undefined) ? (values as Scalar[]) : undefined;
}

/** A written value of a declared type, and one of those it may take. */
function literal(node: Node, name: string, declared: Declared, scope: Scope): Scalar | undefined {
  const value = plainValue(node, name, subjectOf(declared), scope);
  if (value === undefined || declared.in === undefined || declared.in.includes(value)) return value;
  const message = `${name} is one of: ${declared.in.join(", ")}.`;
  return scope.report.error("bad-value", node.place, message);
}

/** A value for a place that wants one: written down, or `{ fact: … }` of the moment. */
export function givenOf(node: Node, name: string, wanted: Declared | undefined, scope: Scope): Given | undefined {
  const subject = wanted === undefined ? ANY : subjectOf(wanted);
  if (node.kind === "map") return factOf(node, name, subject, scope);
  const fact = node.kind === "scalar" ? /\{\{\s*([\w.]+)/.exec(node.text)?.[1] : undefined;
  if (fact !== undefined) {
    const message = `"{{ }}" works only in text for people. Write: ${name}: { fact: ${fact} }`;
    return scope.report.error("template-outside-text", node.place, message);
  }
  if (wanted !== undefined) return literal(node, name, wanted, scope);
  return plainValue(node, name, subject, scope);
}

/** A map of values, each under a name that is known (where all names are). */
export function givenMap(
  entry: Entry,
  wanted: (key: string, place: Place) => Declared | "any" | undefined,
  scope: Scope,
): Readonly<Record<string, Given>> | undefined {
  const map = asMap(entry.value, `"${entry.key}"`, scope.report);
  if (map === undefined) return undefined;
  const values: [string, Given][] = [];
  let whole = true;
  for (const { key, place, value } of map.entries) {
    const declared = wanted(key, place);
    const known =
      declared === undefined ? undefined : givenOf(value, key, declared === "any" ? undefined : declared, scope);
    if (known === undefined) whole = false;
    else values.push([key, known]);
  }
  return whole ? Object.fromEntries(values) : undefined;
}

/** What a started or called workflow is given: all it needs, nothing it does not know. */
export function inputsFor(
  workflow: string,
  target: Entry,
  entry: Entry | undefined,
  scope: Scope,
): Readonly<Record<string, Given>> | undefined {
  const { report, names } = scope;
  const inputs: DeclaredValues = names.workflows.get(workflow)?.inputs ?? new Map();
  const wanted = (key: string, place: Place): Declared | undefined => {
    const input = inputs.get(key);
    if (input !== undefined) return input.declared;
    const none = inputs.size === 0 ? " It has none." : didYouMean(key, inputs.keys());
    return report.error("unknown-input", place, `"${key}" is not an input of "${workflow}".${none}`);
  };
  const values = entry === undefined ? {} : givenMap(entry, wanted, scope);
  const written = entry?.value.kind === "map" ? entry.value.entries.map(({ key }) => key) : [];
  const place = entry?.value.place ?? target.value.place;
  for (const [name, input] of inputs) {
    if (input.declared.default !== undefined || written.includes(name)) continue;
    report.error("missing-input", place, `"${workflow}" needs "${name}" (${at(input.place)}).`);
  }
  return values;
}

/** `{ tier: vars.tier }`: in outputs a bare name of a fact is that fact. */
export function outputsOf(entry: Entry | undefined, declared: DeclaredValues, scope: Scope) {
  if (entry === undefined) return undefined;
  const { report } = scope;
  const map = asMap(entry.value, '"outputs"', report);
  const values: [string, Given][] = [];
  for (const { key, place, value } of map?.entries ?? []) {
    const output = declared.get(key);
    if (output === undefined) {
      const advice = didYouMean(key, declared.keys());
      const declare = advice === "" ? ' Declare it under "outputs".' : advice;
      report.error("unknown-output", place, `"${key}" is not an output of this workflow.${declare}`);
      continue;
    }
    const isFact = isText(value) && /^(vars|inputs|step|contact|lead|event|run)\.[a-z]/.test(value.value);
    const node: Node = isFact
      ? { kind: "map", place: value.place, flow: true, entries: [{ key: "fact", place: value.place, value }] }
      : value;
    const known = givenOf(node, key, output.declared, scope);
    if (known !== undefined) values.push([key, known]);
  }
  return Object.fromEntries(values);
}

/** A workflow by its id, wherever it is defined. */
export function workflowNamed(verb: Entry, { report, names }: Scope): string | undefined {
  if (!isText(verb.value)) {
    const message = `"${verb.key}" takes the id of a workflow, not ${shown(verb.value)}.`;
    return report.error("bad-value", verb.value.place, message);
  }
  const id = verb.value.value;
  if (names.workflows.has(id)) return id;
  if (id.includes("{{")) {
    return report.error("template-outside-text", verb.value.place, '"{{ }}" works only in text for people.');
  }
  const message = `there is no workflow "${id}".${didYouMean(id, names.workflows.keys())}`;
  return report.error("unknown-workflow", verb.value.place, message);
}
