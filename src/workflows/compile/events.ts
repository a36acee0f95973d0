// `when:` and the events of `wait_for`: a name, or a name with conditions on the event's properties.

import type { Condition } from "../condition.ts";
import type { EventMatch } from "../plan.ts";
import { compileCondition, segmentNamed } from "./conditions.ts";
import { didYouMean, type Place } from "./diagnostic.ts";
import { eventScope, knownEvent, type Scope } from "./names.ts";
import { entryOf, isText, type MapNode, type Node, shown } from "./source.ts";

export interface PlacedMatch {
  readonly match: EventMatch;
  readonly place: Place;
}

/** One event or a list of them, any of which counts. */
export function compileEvents(key: string, node: Node, scope: Scope): readonly PlacedMatch[] | undefined {
  const items = node.kind === "list" ? node.items : [node];
  if (items.length === 0) {
    return scope.report.error("empty-list", node.place, `"${key}" of nothing never happens. Name an event.`);
  }
  const matches = items.map((item) => compileMatch(key, item, scope));
  return matches.every((match) => match !== undefined) ? (matches as PlacedMatch[][]).flat() : undefined;
}

function compileMatch(key: string, node: Node, scope: Scope): readonly PlacedMatch[] | undefined {
  if (node.kind === "scalar" && typeof node.value === "string") {
    if (!knownEvent(node.value, node.place, scope)) return undefined;
    return [{ match: { event: node.value }, place: node.place }];
  }
  if (node.kind !== "map" || node.entries.length === 0) {
    const message = `"${key}" takes events, not ${shown(node)}. Write: ${key}: contact.created`;
    return scope.report.error("expected-event", node.place, message);
  }
  const matches = node.entries.map(({ key: event, place, value }): PlacedMatch | undefined => {
    if (!knownEvent(event, place, scope)) return undefined;
    if (value.kind === "scalar" && value.value === null) return { match: { event }, place };
    const condition = value.kind === "map" ? propertiesOf(event, value, scope) : compileCondition(value, scope);
    return condition === undefined ? undefined : { match: { event, if: condition }, place };
  });
  return matches.every((match) => match !== undefined) ? (matches as PlacedMatch[]) : undefined;
}

/** `{ tag: Luxury }`, or for a crossing `{ above: 0.7 }`. */
function propertiesOf(event: string, map: MapNode, scope: Scope): Condition | undefined {
  if (event !== "score.crossed" && event !== "churn.crossed") {
    if (!named(event, map, scope)) return undefined;
    return compileCondition(event.startsWith("segment.") ? ofEvent(map) : map, eventScope(scope));
  }
  const parts: Condition[] = [];
  for (const { key, place, value } of map.entries) {
    const level = value.kind === "scalar" ? value.value : undefined;
    if (key !== "above" && key !== "below") {
      return scope.report.error("unknown-key", place, `"${key}" does not go with ${event}: above, below.`);
    }
    if (typeof level !== "number" || level < 0 || level > 1) {
      const meant = typeof level === "number" && level > 1 && level <= 100 ? ` Did you mean ${level / 100}?` : "";
      return scope.report.error("out-of-range", value.place, `a score goes from 0 to 1.${meant}`);
    }
    const [from, to] = key === "above" ? (["less_than", "at_least"] as const) : (["at_least", "less_than"] as const);
    parts.push({ subject: "event.from", tests: [{ operator: from, value: level }] });
    parts.push({ subject: "event.to", tests: [{ operator: to, value: level }] });
  }
  return { all: parts };
}

/** In every other condition `segment` asks whether the lead is in it; here it names the one that was entered or left. */
const ofEvent = (map: MapNode): MapNode => ({
  ...map,
  entries: map.entries.map((entry) => (entry.key === "segment" ? { ...entry, key: "event.segment" } : entry)),
});

/** A segment or a workflow that an event is about exists. */
function named(event: string, map: MapNode, scope: Scope): boolean {
  const { report, names } = scope;
  const kind = event.startsWith("segment.") ? "segment" : event.startsWith("workflow.") ? "workflow" : undefined;
  const value = kind === undefined ? undefined : entryOf(map, kind)?.value;
  if (kind === undefined || value === undefined || !isText(value)) return true;
  if (kind === "segment") return segmentNamed(value.value, value.place, scope) !== undefined;
  if (names.workflows.has(value.value)) return true;
  const message = `there is no workflow "${value.value}".${didYouMean(value.value, names.workflows.keys())}`;
  report.error("unknown-workflow", value.place, message);
  return false;
}

/** The same matches with one more condition, where `if` stands beside `when`. */
export const narrowed = (matches: readonly EventMatch[], condition: Condition | undefined): readonly EventMatch[] =>
  condition === undefined
    ? matches
    : matches.map((match) => ({
        event: match.event,
        if: match.if === undefined ? condition : { all: [match.if, condition] },
      }));
