// Steps that write to the CRM beside tags, tasks and notes: fields, owner, deals, its own workflows.

import type { AssignStep, Given, HighlevelWorkflowStep, OpportunityStep, UpdateStep, ValueType } from "../plan.ts";
import { didYouMean, type Place } from "./diagnostic.ts";
import type { Scope } from "./names.ts";
import { teamOf, USER } from "./people.ts";
import { asMap, given, textOf, wordOf } from "./shape.ts";
import { type Entry, entryOf, type MapNode } from "./source.ts";
import type { ActionScope } from "./text.ts";
import { peopleText } from "./text.ts";
import { givenMap, givenOf } from "./values.ts";

/** Fields of the contact itself that may be written. Tags have their own verb; a name is its two parts. */
const WRITABLE: Readonly<Record<string, ValueType>> = {
  "contact.first_name": "text",
  "contact.last_name": "text",
  "contact.email": "text",
  "contact.phone": "text",
  "contact.address": "text",
  "contact.city": "text",
  "contact.state": "text",
  "contact.postal_code": "text",
  "contact.country": "text",
  "contact.company": "text",
  "contact.website": "text",
  "contact.source": "text",
  "contact.time_zone": "text",
  "contact.birthday": "date",
  "contact.assigned_to": "text",
};

export function updateOf(verb: Entry, scope: Scope): Omit<UpdateStep, "path"> | undefined {
  const map = asMap(verb.value, '"update"', scope.report);
  if (map === undefined) return undefined;
  if (map.entries.length === 0) {
    return scope.report.error("empty-list", map.place, '"update" needs a field: { contact.city: Austin }');
  }
  const fields = givenMap(verb, (key, place) => writable(key, place, scope), scope);
  return fields === undefined ? undefined : { verb: "update", fields };
}

function writable(key: string, place: Place, { report, names }: Scope) {
  const own = names.fields.get(key);
  if (own !== undefined) return own.declared === "list" ? ("any" as const) : { type: own.declared as ValueType };
  if (Object.hasOwn(WRITABLE, key)) return { type: WRITABLE[key] as ValueType };
  if (key === "contact.tags") return report.error("not-writable", place, 'tags are written by "tag".');
  const known = [...names.fields.keys(), ...Object.keys(WRITABLE)];
  if (/^contact\.(id|name|created_at)$/.test(key)) {
    return report.error("not-writable", place, `${key} cannot be written. Fields that can: ${known.join(", ")}.`);
  }
  const near = didYouMean(key, known);
  const declare = near === "" && key.startsWith("contact.custom.") ? ' Declare it under "fields".' : near;
  return report.error("unknown-field", place, `"${key}" is not a field of a contact.${declare}`);
}

export function assignOf(verb: Entry, map: MapNode, scope: Scope): Omit<AssignStep, "path"> | undefined {
  const { report } = scope;
  const text = textOf(verb, report);
  const byEntry = entryOf(map, "by");
  const by = wordOf(byEntry, ["round_robin", "least_busy"] as const, report);
  const onlyEntry = entryOf(map, "only");
  const only = wordOf(onlyEntry, ["available"] as const, report);
  if (text === undefined) return undefined;
  if (text.value === "owner" || USER.test(text.value)) {
    for (const entry of [byEntry, onlyEntry]) {
      if (entry !== undefined) report.error("never-taken", entry.place, `"${entry.key}" chooses among a team.`);
    }
    return { verb: "assign", to: text.value };
  }
  if (!text.value.startsWith("team.")) {
    return report.error("bad-value", text.place, `"assign" takes owner, user.<id> or team.<id>, not "${text.value}".`);
  }
  const to = teamOf(text, scope);
  if (to === undefined) return undefined;
  return { verb: "assign", to, by: by ?? "round_robin", ...given<Pick<AssignStep, "only">>({ only }) };
}

const DEALS = ["create", "move", "won", "lost"] as const;

export function opportunityOf(
  verb: Entry,
  map: MapNode,
  within: ActionScope,
): Omit<OpportunityStep, "path"> | undefined {
  const { scope } = within;
  const { report } = scope;
  const action = wordOf(verb, DEALS, report);
  const pipeline = plainText(entryOf(map, "pipeline"), scope);
  const stage = plainText(entryOf(map, "stage"), scope);
  const valueEntry = entryOf(map, "value");
  const value = valueEntry === undefined ? undefined : givenOf(valueEntry.value, "value", { type: "money" }, scope);
  const nameEntry = entryOf(map, "name");
  const name = nameEntry === undefined ? undefined : peopleText(nameEntry.value, "name", within);
  if (action === undefined) return undefined;
  if (action === "create" && entryOf(map, "pipeline") === undefined) {
    return report.error("no-pipeline", verb.place, '"create" needs "pipeline", where the deal goes.');
  }
  if (action === "move" && entryOf(map, "stage") === undefined) {
    return report.error("no-stage", verb.place, '"move" needs "stage", where the deal goes.');
  }
  const parts = given<Pick<OpportunityStep, "pipeline" | "stage" | "value" | "name">>({
    pipeline,
    stage,
    value: value as Given | undefined,
    name,
  });
  return { verb: "opportunity", action, ...parts };
}

/** A name as the CRM shows it. */
function plainText(entry: Entry | undefined, { report }: Scope): string | undefined {
  const text = textOf(entry, report);
  if (text === undefined) return undefined;
  if (text.value.includes("{{")) {
    return report.error("template-outside-text", text.place, '"{{ }}" works only in text for people.');
  }
  return text.value.trim() === "" ? report.error("bad-value", text.place, `"${entry?.key}" has a name.`) : text.value;
}

export function highlevelOf(verb: Entry, map: MapNode, scope: Scope): Omit<HighlevelWorkflowStep, "path"> | undefined {
  const workflow = plainText(verb, scope);
  const action = wordOf(entryOf(map, "action"), ["add", "remove"] as const, scope.report);
  return workflow === undefined ? undefined : { verb: "highlevel_workflow", workflow, action: action ?? "add" };
}
