// Steps that act once and go on. Workflows and rules share them: none waits for a lead, none talks to one.

import type { NoteStep, NotifyStep, RuleStep, TagStep, TaskStep } from "../plan.ts";
import { assignOf, highlevelOf, opportunityOf, updateOf } from "./crm.ts";
import { didYouMean } from "./diagnostic.ts";
import type { Scope } from "./names.ts";
import { emitOf, scoreOf, startOf, stopOf } from "./outward.ts";
import { teamOf, USER } from "./people.ts";
import { durationOf, given, textOf, wordsOf } from "./shape.ts";
import { type Entry, entryOf, type MapNode } from "./source.ts";
import { type ActionScope, peopleText } from "./text.ts";
import { webhookOf } from "./webhook.ts";

type Bare<Step> = Step extends unknown ? Omit<Step, "path"> : never;
export type Action = Bare<RuleStep>;

const COMPILERS: Readonly<Record<string, (verb: Entry, map: MapNode, within: ActionScope) => Action | undefined>> = {
  tag: tagOf,
  update: (verb, _, { scope }) => updateOf(verb, scope),
  note: noteOf,
  task: taskOf,
  assign: (verb, map, { scope }) => assignOf(verb, map, scope),
  notify: notifyOf,
  opportunity: opportunityOf,
  webhook: webhookOf,
  highlevel_workflow: (verb, map, { scope }) => highlevelOf(verb, map, scope),
  start: (verb, map, { scope }) => startOf(verb, map, scope),
  stop: (verb, map, { scope }) => stopOf(verb, map, scope),
  emit: (verb, map, { scope }) => emitOf(verb, map, scope),
  score: (verb, map, { scope }) => scoreOf(verb, map, scope),
};

export const ACTIONS: readonly string[] = Object.keys(COMPILERS);

export const compileAction = (verb: Entry, map: MapNode, within: ActionScope): Action | undefined =>
  COMPILERS[verb.key]?.(verb, map, within);

function tagOf(verb: Entry, _: MapNode, { scope }: ActionScope): Omit<TagStep, "path"> | undefined {
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

function taskOf(verb: Entry, map: MapNode, within: ActionScope): Omit<TaskStep, "path"> | undefined {
  const { report } = within.scope;
  const title = peopleText(verb.value, verb.key, within);
  const bodyEntry = entryOf(map, "body");
  const body = bodyEntry === undefined ? undefined : peopleText(bodyEntry.value, "body", within);
  const to = taskHolder(entryOf(map, "to"), within.scope);
  const dueEntry = entryOf(map, "due");
  const due = dueEntry === undefined ? DUE : durationOf(dueEntry, report);
  if (title === undefined || to === undefined || due === undefined) return undefined;
  return { verb: "task", title, to, due, ...given<{ body?: string }>({ body }) };
}

function taskHolder(entry: Entry | undefined, scope: Scope): string | undefined {
  if (entry === undefined) return "owner";
  const text = textOf(entry, scope.report)?.value;
  if (text === undefined || text === "owner" || USER.test(text)) return text;
  const team = text.startsWith("team.") ? ' A task has one holder: "assign" to the team first, then to: owner.' : "";
  const message = `"to" takes owner or user.<id>, not "${text}".${team === "" ? didYouMean(text, ["owner"]) : team}`;
  return scope.report.error("bad-value", entry.value.place, message);
}

function noteOf(verb: Entry, _: MapNode, within: ActionScope): Omit<NoteStep, "path"> | undefined {
  const text = peopleText(verb.value, verb.key, within);
  return text === undefined ? undefined : { verb: "note", text };
}

const THROUGH = ["app", "sms", "email"] as const;

function notifyOf(verb: Entry, map: MapNode, within: ActionScope): Omit<NotifyStep, "path"> | undefined {
  const { scope } = within;
  const { report } = scope;
  const to = notified(verb, scope);
  const entry = entryOf(map, "message");
  if (entry === undefined) report.error("no-message-text", verb.place, '"notify" needs "message", the text to read.');
  const message = entry === undefined ? undefined : peopleText(entry.value, "message", within);
  const through = wordsOf(entryOf(map, "through"), report).map((word) => {
    const known = THROUGH.find((way) => way === word.value);
    if (known !== undefined) return known;
    const advice = didYouMean(word.value, THROUGH);
    return report.error("bad-value", word.place, `"through" takes ${THROUGH.join(", ")}.${advice}`);
  });
  if (to === undefined || message === undefined || !through.every((way) => way !== undefined)) return undefined;
  return { verb: "notify", to, message, through: through.length === 0 ? ["app"] : [...new Set(through)] };
}

function notified(verb: Entry, scope: Scope): string | undefined {
  const text = textOf(verb, scope.report);
  if (text === undefined) return undefined;
  if (text.value === "owner" || USER.test(text.value)) return text.value;
  if (text.value.startsWith("team.")) return teamOf(text, scope);
  const advice = didYouMean(text.value, ["owner"]);
  const message = `"notify" takes owner, user.<id> or team.<id>, not "${text.value}".${advice}`;
  return scope.report.error("bad-value", text.place, message);
}
