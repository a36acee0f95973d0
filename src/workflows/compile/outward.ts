// Steps that reach beyond the run: other workflows, events of our own, the score, and the run's own values.

import type { CallStep, EmitStep, ScoreStep, SetStep, StartStep, StopStep, ValueType } from "../plan.ts";
import { didYouMean } from "./diagnostic.ts";
import { ANY, eventNames, type Scope } from "./names.ts";
import { asMap, checkKeys, durationOf, given, textOf } from "./shape.ts";
import { type Entry, entryOf, isText, type MapNode, shown } from "./source.ts";
import { givenMap, inputsFor, workflowNamed } from "./values.ts";

export function startOf(verb: Entry, map: MapNode, scope: Scope): Omit<StartStep, "path"> | undefined {
  const workflow = workflowNamed(verb, scope);
  if (workflow === undefined) return undefined;
  const values = inputsFor(workflow, verb, entryOf(map, "with"), scope);
  return values === undefined ? undefined : { verb: "start", workflow, with: values };
}

export function callOf(verb: Entry, map: MapNode, scope: Scope): Omit<CallStep, "path" | "otherwise"> | undefined {
  const withinEntry = entryOf(map, "within");
  if (withinEntry === undefined) {
    scope.report.error("unbounded-wait", verb.place, '"call" needs "within": every wait ends.');
  }
  const within = durationOf(withinEntry, scope.report);
  const started = startOf(verb, map, scope);
  return started === undefined || within === undefined ? undefined : { ...started, verb: "call", within };
}

/** A workflow's runs, or those of a group. */
export function stopOf(verb: Entry, map: MapNode, scope: Scope): Omit<StopStep, "path"> | undefined {
  const { report, names } = scope;
  const reason = given<Pick<StopStep, "reason">>({ reason: textOf(entryOf(map, "reason"), report)?.value });
  if (!isText(verb.value)) {
    const message = `"stop" takes the id of a workflow or of a group, not ${shown(verb.value)}.`;
    return report.error("bad-value", verb.value.place, message);
  }
  const id = verb.value.value;
  if (names.workflows.has(id) && names.groups.has(id)) {
    return report.error("ambiguous-id", verb.value.place, `"${id}" is a workflow and a group. Rename one of them.`);
  }
  if (names.workflows.has(id)) return { verb: "stop", workflow: id, ...reason };
  if (names.groups.has(id)) return { verb: "stop", group: id, ...reason };
  const near = didYouMean(id, [...names.workflows.keys(), ...names.groups]);
  return report.error("unknown-workflow", verb.value.place, `there is no workflow or group "${id}".${near}`);
}

/** Only events of the folder's own: the others are told by those to whom they happen. */
export function emitOf(verb: Entry, map: MapNode, scope: Scope): Omit<EmitStep, "path"> | undefined {
  const { report, names } = scope;
  const text = textOf(verb, report);
  if (text === undefined) return undefined;
  const event = names.events.get(text.value);
  if (event === undefined) {
    const built = eventNames(names).includes(text.value);
    const message = built
      ? `"${text.value}" is not yours to emit. Declare one of your own under "events".`
      : `there is no event "${text.value}".${didYouMean(text.value, names.events.keys()) || ' Declare it under "events".'}`;
    return report.error(built ? "not-emittable" : "unknown-event", text.place, message);
  }
  const entry = entryOf(map, "with");
  const known = Object.keys(event.properties);
  const values =
    entry === undefined
      ? {}
      : givenMap(
          entry,
          (key, place) => {
            if (!known.includes(key)) {
              const message = `"${key}" is not a property of ${text.value}.${didYouMean(key, known)}`;
              return report.error("unknown-property", place, message);
            }
            const type = event.properties[key] as ValueType;
            return type === "list" ? "any" : { type };
          },
          scope,
        );
  return values === undefined ? undefined : { verb: "emit", event: text.value, with: values };
}

export function scoreOf(verb: Entry, map: MapNode, scope: Scope): Omit<ScoreStep, "path"> | undefined {
  const { report } = scope;
  const parts = asMap(verb.value, '"score"', report);
  if (parts !== undefined) checkKeys(parts, '"score"', ["add"], report);
  const addEntry = parts === undefined ? undefined : entryOf(parts, "add");
  const add = addEntry?.value.kind === "scalar" ? addEntry.value.value : undefined;
  const lastsEntry = entryOf(map, "for");
  const lasts = durationOf(lastsEntry, report);
  if (lastsEntry === undefined) report.error("no-end", verb.place, '"score" needs "for", how long it counts.');
  const because = textOf(entryOf(map, "because"), report);
  if (because?.value.includes("{{") === true) {
    report.error("template-outside-text", because.place, '"{{ }}" works only in text for people.');
  }
  if (parts !== undefined && (typeof add !== "number" || Math.abs(add) > 1 || add === 0)) {
    const place = addEntry?.value.place ?? verb.value.place;
    return report.error("out-of-range", place, '"score" adds from -1 to 1: { add: 0.1 }');
  }
  if (typeof add !== "number" || lasts === undefined) return undefined;
  return { verb: "score", add, for: lasts, ...given<Pick<ScoreStep, "because">>({ because: because?.value }) };
}

/** `{ vars.tier: ready }`. Where vars are declared, all are; else a var is what some step sets. */
export function setOf(verb: Entry, scope: Scope): Omit<SetStep, "path"> | undefined {
  const { report } = scope;
  const values = givenMap(verb, (key, place) => varNamed(key, place, scope), scope);
  if (values === undefined) return undefined;
  if (Object.keys(values).length === 0) {
    return report.error("empty-list", verb.value.place, '"set" needs a value: { vars.tier: ready }');
  }
  const bare = Object.entries(values).map(([key, value]) => [key.slice("vars.".length), value]);
  return { verb: "set", vars: Object.fromEntries(bare) };
}

export function varNamed(key: string, place: Entry["place"], { report, own }: Scope) {
  const vars = own?.vars;
  const name = key.slice("vars.".length);
  const subject = key.startsWith("vars.") ? vars?.get(name) : undefined;
  if (subject === undefined) {
    const known = [...(vars?.keys() ?? [])].map((word) => `vars.${word}`);
    const advice =
      didYouMean(key, known) || (key.startsWith("vars.") ? ' Declare it under "vars".' : " Write vars.<name>.");
    return report.error("unknown-var", place, `there is no "${key}" to set.${advice}`);
  }
  if (subject === ANY) return "any" as const;
  const type = subject.type as ValueType;
  return subject.values === undefined ? { type } : { type, in: subject.values };
}
