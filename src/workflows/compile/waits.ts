// `wait` and `wait_for`: how long, until when, for what.

import { DAY } from "../../kernel/time.ts";
import type { Condition } from "../condition.ts";
import type { Duration, Until, Wait, WaitForStep } from "../plan.ts";
import { compileCondition } from "./conditions.ts";
import { didYouMean, nearest } from "./diagnostic.ts";
import { isDate, parseClock, parseDuration, parseWindow, WEEKDAYS } from "./duration.ts";
import { compileEvents, type PlacedMatch } from "./events.ts";
import { resolveSubject, type Scope } from "./names.ts";
import { checkKeys, durationOf, given, millisOf, textOf } from "./shape.ts";
import { type Entry, entryOf, type MapNode, type Node, type ScalarNode } from "./source.ts";
import { expectedList, quoteTime } from "./tests.ts";

const HOW_LONG = ["for", "until", "during", "best_time"];

export function compileWait(verb: Entry, map: MapNode, scope: Scope): Wait | undefined {
  const { report } = scope;
  if (verb.value.kind !== "map") {
    refuseNever(map, undefined, scope);
    const duration = durationOf(verb, report);
    return duration === undefined ? undefined : { for: duration };
  }
  const parts = verb.value;
  checkKeys(parts, '"wait"', [...HOW_LONG, "spread"], report);
  const untilEntry = entryOf(parts, "until");
  for (const key of ["for", "best_time"]) {
    const entry = entryOf(parts, key);
    if (entry === undefined || untilEntry === undefined) continue;
    report.error("two-waits", entry.place, `"${key}" and "until" are two waits. Make them two steps.`);
  }
  const wait = given<Wait>({
    for: durationOf(entryOf(parts, "for"), report),
    until: untilOf(untilEntry, map, scope),
    during: duringOf(entryOf(parts, "during"), scope),
    bestTime: durationOf(entryOf(parts, "best_time"), report),
    spread: millisOf(entryOf(parts, "spread"), report),
  });
  if (untilEntry === undefined || wait.until !== undefined) refuseNever(map, wait.until, scope);
  if (HOW_LONG.every((key) => entryOf(parts, key) === undefined)) {
    return report.error("no-wait", parts.place, '"wait" needs "for", "until", "during" or "best_time".');
  }
  return wait;
}

function refuseNever(map: MapNode, until: Until | undefined, { report }: Scope): void {
  for (const key of ["if_past", "if_missing"]) {
    const entry = entryOf(map, key);
    const what = key === "if_past" ? "a date or an anchor" : "an anchor";
    if (entry === undefined || mayFail(key, until)) continue;
    report.error("never-taken", entry.place, `"${key}" needs "until" with ${what}.`);
  }
}

/** A time of day comes again; a date may be over, and an anchor also missing. */
const mayFail = (key: string, until: Until | undefined): boolean =>
  until !== undefined && ("anchor" in until || (key === "if_past" && until.date !== undefined));

function duringOf(entry: Entry | undefined, { report }: Scope): Wait["during"] | undefined {
  const text = textOf(entry, report)?.value;
  if (text === undefined || entry === undefined) return undefined;
  if (text === "business_hours") return text;
  const advice = didYouMean(text, ["business_hours"]);
  const message = `"during" takes business_hours, or "mon-fri 09:00-18:00".${advice}`;
  return parseWindow(text) ?? report.error("bad-range", entry.value.place, message);
}

/** `"09:00"`, `tue 10:00`, `2026-12-24 09:00`, `appointment.start - 1d`. */
function untilOf(entry: Entry | undefined, step: MapNode, scope: Scope): Until | undefined {
  if (entry === undefined) return undefined;
  const { report } = scope;
  const node = entry.value;
  if (node.kind !== "scalar" || node.value === null) {
    return report.error("bad-instant", node.place, '"until" takes a time such as "09:00", or an anchor.');
  }
  quoteTime(node, scope);
  const text = node.text.trim();
  const [first = "", second, ...more] = text.split(/\s+/);
  const at = parseClock(second ?? first);
  if (more.length === 0 && at !== undefined && at < 1440) {
    if (second === undefined) return { at };
    const weekday = (WEEKDAYS as readonly string[]).indexOf(first) + 1;
    if (weekday > 0) return { at, weekday };
    if (isDate(first)) return { at, date: first };
    if (/^\d/.test(first)) {
      return report.error("bad-instant", node.place, `"${first}" is not a date. Write 2026-12-24 09:00.`);
    }
    const near = nearest(first, WEEKDAYS);
    const advice = near === undefined ? ` Weekdays: ${WEEKDAYS.join(", ")}.` : ` Did you mean "${near}"?`;
    return report.error("bad-instant", node.place, `"${first}" is not a weekday.${advice}`);
  }
  return anchorOf(text, node, step, scope);
}

function anchorOf(text: string, node: ScalarNode, step: MapNode, scope: Scope): Until | undefined {
  const { report } = scope;
  const match = /^([a-z][\w]*(?:\.\w+)+)(?:\s*([+-])\s*(.+))?$/.exec(text);
  if (match === null) {
    const message = `"${text}" is not a time. Write "09:00", tue 10:00, 2026-12-24 09:00 or appointment.start - 1d.`;
    return report.error("bad-instant", node.place, message);
  }
  const [, anchor = "", sign, length] = match;
  const subject = resolveSubject(anchor, node.place, scope);
  if (subject === undefined) return undefined;
  if (subject.type !== "instant" && subject.type !== "day" && subject.type !== "any") {
    return report.error("bad-instant", node.place, `${anchor} is not an instant, so nobody can wait for it.`);
  }
  const offset = length === undefined ? { value: { ms: 0, days: 0 } as Duration } : parseDuration(length);
  if (!("value" in offset)) return report.error(offset.code, node.place, offset.message);
  if (entryOf(step, "if_past") === undefined) {
    const message =
      "the instant may already be over; then the next step runs at once. Say what should happen: if_past: […]";
    report.warning("past-anchor", node.place, message);
  }
  return { anchor, offset: offset.value, sign: sign === "-" ? -1 : 1 };
}

// wait_for -------------------------------------------------------------------------------------------------------

export type Awaited = Pick<WaitForStep, "mode" | "events" | "awaits" | "within" | "of" | "since"> & {
  readonly places: readonly PlacedMatch[];
};

export function compileWaitFor(verb: Entry, map: MapNode, scope: Scope): Awaited | undefined {
  const { report } = scope;
  const awaited = awaitedOf(verb.value, scope);
  const withinEntry = entryOf(map, "within");
  if (withinEntry === undefined) {
    report.error("unbounded-wait", verb.place, '"wait_for" needs "within": every wait ends.');
  }
  const within = durationOf(withinEntry, report);
  const ofEntry = entryOf(map, "of");
  const of = textOf(ofEntry, report);
  if (of !== undefined && of.value !== "any") scope.steps.push({ id: of.value, place: of.place });
  const sinceEntry = entryOf(map, "since");
  const since = sinceOf(sinceEntry, scope);
  if (awaited === undefined || within === undefined) return undefined;
  if ((ofEntry !== undefined && of === undefined) || (sinceEntry !== undefined && since === undefined))
    return undefined;
  const options = given<Pick<Awaited, "of" | "since" | "awaits">>({ of: of?.value, since, awaits: awaited.awaits });
  return {
    ...options,
    mode: awaited.mode,
    within,
    events: awaited.places.map(({ match }) => match),
    places: awaited.places,
  };
}

interface Targets {
  readonly mode: "any" | "all";
  readonly places: readonly PlacedMatch[];
  readonly awaits: Condition | undefined;
}

function awaitedOf(node: Node, scope: Scope): Targets | undefined {
  const group = node.kind === "map" && node.entries.length === 1 ? node.entries[0] : undefined;
  if (group === undefined || !["any", "all", "if"].includes(group.key)) {
    const places = compileEvents("wait_for", node, scope);
    return places === undefined ? undefined : { mode: "any", places, awaits: undefined };
  }
  if (group.key === "if") {
    const awaits = compileCondition(group.value, scope);
    return awaits === undefined ? undefined : { mode: "any", places: [], awaits };
  }
  const mode = group.key === "all" ? "all" : "any";
  if (group.value.kind !== "list") return expectedList(group.key, group.value, scope);
  const conditions = group.value.items.filter(isCondition);
  const events = group.value.items.filter((item) => !isCondition(item));
  if (group.value.items.length === 0) {
    return scope.report.error("empty-list", group.value.place, `"${group.key}" of nothing never happens.`);
  }
  const places = events.length === 0 ? [] : compileEvents("wait_for", { ...group.value, items: events }, scope);
  const parts = conditions.map((item) => compileCondition(item.entries[0]?.value as Node, scope));
  if (places === undefined || parts.some((part) => part === undefined)) return undefined;
  const all = parts as Condition[];
  const joined = mode === "all" ? { all } : { any: all };
  return { mode, places, awaits: all.length > 1 ? joined : all[0] };
}

const isCondition = (node: Node): node is MapNode =>
  node.kind === "map" && node.entries.length === 1 && node.entries[0]?.key === "if";

function sinceOf(entry: Entry | undefined, scope: Scope): WaitForStep["since"] | undefined {
  const text = textOf(entry, scope.report);
  if (text === undefined || text.value === "enrolled") return text === undefined ? undefined : "enrolled";
  if (!/^\d/.test(text.value)) {
    scope.steps.push({ id: text.value, place: text.place });
    return { step: text.value };
  }
  const back = millisOf(entry, scope.report);
  if (back === undefined) return undefined;
  if (back > 90 * DAY) {
    return scope.report.error("window-too-long", text.place, "history windows are at most 90d.");
  }
  return { back };
}
