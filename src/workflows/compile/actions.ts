// Steps that act once and go on: tag, task, note. Workflows and rules share them.

import type { NoteStep, TagStep, TaskStep } from "../plan.ts";
import type { Scope } from "./names.ts";
import { durationOf, given, textOf, wordsOf } from "./shape.ts";
import { type Entry, entryOf, isText, type MapNode, type Node, type Source, shown } from "./source.ts";
import { checkText } from "./text.ts";

export interface ActionScope {
  readonly scope: Scope;
  readonly source: Source;
}

export type Action = Omit<TagStep, "path"> | Omit<TaskStep, "path"> | Omit<NoteStep, "path">;

export const ACTIONS: readonly string[] = ["tag", "task", "note"];

export function compileAction(verb: Entry, map: MapNode, within: ActionScope): Action | undefined {
  if (verb.key === "tag") return tagOf(verb, within);
  if (verb.key === "task") return taskOf(verb, map, within);
  return noteOf(verb, within);
}

function tagOf(verb: Entry, { scope }: ActionScope): Action | undefined {
  const { report } = scope;
  if (verb.value.kind !== "map") {
    const add = tagsOf(verb, scope);
    return add.length === 0 ? undefined : { verb: "tag", add, remove: [] };
  }
  for (const { key, place } of verb.value.entries) {
    if (key !== "add" && key !== "remove") {
      report.error("unknown-key", place, `"${key}" is not a key of "tag". It takes add and remove.`);
    }
  }
  const add = tagsOf(entryOf(verb.value, "add"), scope);
  const remove = tagsOf(entryOf(verb.value, "remove"), scope);
  if (add.length + remove.length === 0) {
    return report.error("empty-list", verb.value.place, '"tag" needs a tag to add or remove.');
  }
  return { verb: "tag", add, remove };
}

function tagsOf(entry: Entry | undefined, { report }: Scope): string[] {
  const words = wordsOf(entry, report);
  for (const word of words) {
    if (word.value.includes("{{")) {
      report.error("template-outside-text", word.place, '"{{ }}" works only in text for people.');
    } else if (word.value.trim() === "") report.error("bad-value", word.place, "a tag has a name.");
  }
  if (entry !== undefined && words.length === 0 && entry.value.kind === "list") {
    report.error("empty-list", entry.value.place, `"${entry.key}" needs a tag.`);
  }
  return words.map((word) => word.value);
}

/** `due` when nothing is said: a day. */
const DUE = { ms: 0, days: 1 };

function taskOf(verb: Entry, map: MapNode, within: ActionScope): Action | undefined {
  const { report } = within.scope;
  const title = peopleText(verb.value, verb.key, within);
  const bodyEntry = entryOf(map, "body");
  const body = bodyEntry === undefined ? undefined : peopleText(bodyEntry.value, "body", within);
  const to = recipientOf(entryOf(map, "to"), within.scope);
  const dueEntry = entryOf(map, "due");
  const due = dueEntry === undefined ? DUE : durationOf(dueEntry, report);
  if (title === undefined || to === undefined || due === undefined) return undefined;
  return { verb: "task", title, to, due, ...given<{ body?: string }>({ body }) };
}

function recipientOf(entry: Entry | undefined, { report }: Scope): string | undefined {
  if (entry === undefined) return "owner";
  const text = textOf(entry, report)?.value;
  if (text === undefined || text === "owner" || /^user\.[A-Za-z0-9_-]{1,64}$/.test(text)) return text;
  if (text.startsWith("team.")) return report.notAvailable(`to: ${text}`, entry.value.place);
  return report.error("bad-value", entry.value.place, `"to" takes owner or user.<id>, not "${text}".`);
}

function noteOf(verb: Entry, within: ActionScope): Action | undefined {
  const text = peopleText(verb.value, verb.key, within);
  return text === undefined ? undefined : { verb: "note", text };
}

/** Liquid text, its merge fields looked up. */
function peopleText(node: Node, key: string, { scope, source }: ActionScope): string | undefined {
  if (!isText(node) || node.value.trim() === "") {
    return scope.report.error("bad-value", node.place, `"${key}" takes text, not ${shown(node)}.`);
  }
  checkText(node, { report: scope.report, names: scope.names, source, rule: scope.kind === "rule" });
  return node.value;
}
