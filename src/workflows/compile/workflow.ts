// One workflow: its header, its steps, and the frozen plan they make.

import { sha256 } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import { DAY, type Millis } from "../../kernel/time.ts";
import { isZone } from "../../kernel/zone.ts";
import type { Declared, EventMatch, Exit, Goal, LocalRange, Pause, Plan, Position, Step } from "../plan.ts";
import { conditionOf } from "./conditions.ts";
import type { Place } from "./diagnostic.ts";
import { clockText } from "./duration.ts";
import { enrollOf } from "./enroll.ts";
import { compileEvents, narrowed, type PlacedMatch } from "./events.ts";
import { checkFlow, checkShadows } from "./flow.ts";
import type { Library } from "./library.ts";
import { type DeclaredValues, type NamedWorkflow, type Scope, scopeOf } from "./names.ts";
import { movedOf, ownNamesOf } from "./own.ts";
import { ON_ERROR } from "./retries.ts";
import { capsOf, quietHoursOf } from "./settings.ts";
import { asMap, checkKeys, given, ID, millisOf, runLengthOf, textOf, wholeOf, wordOf } from "./shape.ts";
import { type Entry, entryOf, type MapNode } from "./source.ts";
import { type Building, compileSteps } from "./steps.ts";
import { expectedList } from "./tests.ts";
import { declaredValues } from "./values.ts";

export const WORKFLOW_KEYS: readonly string[] = [
  "workflow",
  "name",
  "about",
  "status",
  "priority",
  "group",
  "if_group_busy",
  "time_zone",
  "caps",
  "quiet_hours",
  "max_duration",
  "enroll",
  "goal",
  "exit",
  "pause",
  "on_error",
  "on_edit",
  "moved",
  "vars",
  "inputs",
  "outputs",
  "steps",
];

const ON_EDIT = ["keep", "move", "re-time", "exit"] as const;
const DEFAULT_RUN: Millis = 180 * DAY;
/** The house's own quiet hours where the folder says nothing. */
const HOUSE_QUIET: LocalRange = { from: 21 * 60, to: 8 * 60 };

export interface CompiledWorkflow {
  readonly plan: Plan;
  readonly scope: Scope;
  /** Where its `when` events stand, for findings across workflows. */
  readonly enrolls: readonly PlacedMatch[];
  /** Where its steps name workflows and experiments, by path. */
  readonly targets: ReadonlyMap<string, Place>;
}

export function compileWorkflow(id: string, document: MapNode, library: Library): CompiledWorkflow | undefined {
  const { report, names, source } = library;
  const before = report.errors;
  const named = names.workflows.get(id) as NamedWorkflow;
  const vars = declaredValues(entryOf(document, "vars"), scopeOf("enroll", report, names));
  const steps = entryOf(document, "steps");
  const scope = scopeOf("workflow", report, names, ownNamesOf(vars, named, [steps, entryOf(document, "on_error")]));
  const building: Building = {
    scope,
    source,
    lists: [],
    positions: new Map(),
    ids: new Map(),
    references: new Map(),
    untils: new Map(),
    awaited: new Map(),
    targets: new Map(),
    jumps: [],
    shared: new Map(),
    declared: named,
    onError: ON_ERROR,
    steps: 0,
  };
  if (steps === undefined) report.error("no-steps", document.place, `workflow "${id}" needs "steps".`);
  else compileSteps(steps.value, entryOf(document, "on_error"), building);
  const flows = report.errors === before;
  const enrolled = enrollOf(entryOf(document, "enroll"), building, library);
  const goal = goalOf(entryOf(document, "goal"), building);
  const exits = exitsOf(entryOf(document, "exit"), building);
  const pauses = pausesOf(entryOf(document, "pause"), building);
  const moved = movedOf(entryOf(document, "moved"), building);
  checkHeaderSteps(building);
  if (flows) checkFlow(building, names);
  if (flows) checkShadows(building, goal, exits.places);
  const header = headerOf(id, document, library);
  const onEdit = wordOf(entryOf(document, "on_edit"), ON_EDIT, report) ?? "keep";
  if (report.errors > before) return undefined;
  const exit = exits.exits;
  const draft: Omit<Plan, "id"> = {
    workflow: id,
    ...header,
    ...given<Pick<Plan, "enroll" | "goal">>({ enroll: enrolled?.enroll, goal: goal?.goal }),
    exits: exit,
    pauses,
    onError: building.onError,
    onEdit,
    moved,
    vars: plainly(vars),
    inputs: plainly(named.inputs),
    outputs: plainly(named.outputs),
    lists: building.lists,
    questions: [...scope.questions.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
    listens: listensOf(goal?.goal, exit, pauses, building.lists),
    exitReads: exits.reads,
    positions: Object.fromEntries([...building.positions].map(([path, place]) => [path, positionOf(place)])),
  };
  const plan = frozen({ id: planId(draft), ...draft });
  return { plan, scope, enrolls: enrolled?.places ?? [], targets: building.targets };
}

const plainly = (values: DeclaredValues): Readonly<Record<string, Declared>> =>
  Object.fromEntries([...values].map(([name, { declared }]) => [name, declared]));

/** SHA-256 of what the workflow does: without positions, names and remarks. */
function planId(draft: Omit<Plan, "id">): string {
  const { name: _name, about: _about, positions: _positions, ...rest } = draft;
  const lists = rest.lists.map((list) => list.map((step) => unnamed(withoutName(step) as Step)));
  return sha256(canonicalJson({ ...rest, lists }));
}

/** An opportunity's `name` is the deal's, not the step's. */
const withoutName = ({ name, ...step }: Step): object =>
  step.verb === "opportunity" && name !== undefined ? { ...step, name } : step;

const unnamed = (step: Step): unknown =>
  step.verb === "choose" ? { ...step, cases: step.cases.map(({ name: _, ...one }) => one) } : step;

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}

const positionOf = ({ file, line, column }: Place): Position => ({ file, line, column });

// Header ---------------------------------------------------------------------------------------------------------

type Header = Pick<
  Plan,
  | "name"
  | "about"
  | "status"
  | "priority"
  | "group"
  | "ifGroupBusy"
  | "timeZone"
  | "maxDuration"
  | "caps"
  | "quietHours"
>;

function headerOf(id: string, document: MapNode, { report, names }: Library): Header {
  const groupEntry = entryOf(document, "group");
  const group = textOf(groupEntry, report)?.value;
  if (group !== undefined && !ID.test(group)) {
    report.error("bad-id", groupEntry?.value.place ?? document.place, "a group is one word of lower case.");
  }
  return {
    name: textOf(entryOf(document, "name"), report)?.value ?? id,
    status: wordOf(entryOf(document, "status"), ["draft", "shadow", "live", "paused"] as const, report) ?? "live",
    priority: wholeOf(entryOf(document, "priority"), 0, 100, report) ?? 50,
    ifGroupBusy: wordOf(entryOf(document, "if_group_busy"), ["wait", "skip", "replace"] as const, report) ?? "wait",
    timeZone: zoneOf(entryOf(document, "time_zone"), report),
    maxDuration: runLengthOf(entryOf(document, "max_duration"), report) ?? DEFAULT_RUN,
    caps: capsOf(entryOf(document, "caps"), report),
    ...given<Pick<Header, "about" | "group" | "quietHours">>({
      about: textOf(entryOf(document, "about"), report)?.value,
      group,
      quietHours: quietTime(entryOf(document, "quiet_hours"), names.settings.quietHours ?? HOUSE_QUIET, report),
    }),
  };
}

function zoneOf(entry: Entry | undefined, report: Library["report"]): string {
  const zone = textOf(entry, report)?.value ?? "lead";
  if (zone !== "lead" && !isZone(zone) && entry !== undefined) {
    const message = `"${zone}" is not a time zone. Write lead, or a name such as America/Chicago.`;
    report.error("bad-value", entry.value.place, message);
  }
  return zone;
}

function quietTime(entry: Entry | undefined, house: LocalRange, report: Library["report"]): LocalRange | undefined {
  const range = quietHoursOf(entry, report);
  if (range === undefined || entry === undefined) return undefined;
  const minutes = Array.from({ length: 1440 }, (_, minute) => minute);
  if (minutes.every((minute) => !inside(minute, house) || inside(minute, range))) return range;
  const said = ({ from, to }: LocalRange) => `${clockText(from)}-${clockText(to)}`;
  const message = `${said(range)} is shorter than the location's ${said(house)}. A workflow can only add quiet time.`;
  return report.error("looser-than-house", entry.value.place, message);
}

const inside = (minute: number, { from, to }: LocalRange): boolean =>
  from <= to ? minute >= from && minute < to : minute >= from || minute < to;

// Goal, exit, pause ----------------------------------------------------------------------------------------------

function goalOf(
  entry: Entry | undefined,
  { scope, positions }: Building,
): { readonly goal: Goal; readonly places: readonly PlacedMatch[] } | undefined {
  const { report } = scope;
  const map = entry === undefined ? undefined : asMap(entry.value, '"goal"', report);
  if (entry === undefined || map === undefined) return undefined;
  positions.set("goal", entry.place);
  checkKeys(map, '"goal"', ["when", "if", "within", "then", "about"], report);
  const when = entryOf(map, "when");
  if (when === undefined)
    return report.error("no-when", entry.place, '"goal" needs "when", the event that is success.');
  const places = compileEvents("when", when.value, scope);
  const condition = conditionOf(entryOf(map, "if"), scope);
  const within = millisOf(entryOf(map, "within"), report);
  const then = wordOf(entryOf(map, "then"), ["end", "continue"] as const, report) ?? "end";
  if (places === undefined) return undefined;
  const matches = narrowed(
    places.map((one) => one.match),
    condition,
  );
  return {
    goal: { when: matches, then, ...given<Pick<Goal, "within">>({ within }) },
    places: places.map(({ place }, index) => ({ match: matches[index] as EventMatch, place })),
  };
}

interface Exits {
  readonly exits: readonly Exit[];
  readonly places: readonly PlacedMatch[];
  readonly reads: readonly string[];
}

function exitsOf(entry: Entry | undefined, { scope, positions }: Building): Exits {
  const exits: Exit[] = [];
  const places: PlacedMatch[] = [];
  const reads = new Set<string>();
  for (const [index, item] of itemsOf(entry, scope).entries()) {
    const { report } = scope;
    const map = asMap(item, "an exit", report);
    if (map === undefined) continue;
    positions.set(`exit.${index}`, map.place);
    checkKeys(map, "an exit", ["when", "if", "reason", "about"], report);
    const reason = given<{ reason?: string }>({ reason: textOf(entryOf(map, "reason"), report)?.value });
    const when = entryOf(map, "when");
    const inner: Scope = { ...scope, reads: new Set() };
    const condition = conditionOf(entryOf(map, "if"), inner);
    if (when !== undefined) {
      const matches = compileEvents("when", when.value, scope) ?? [];
      const whole = narrowed(
        matches.map(({ match }) => match),
        condition,
      );
      places.push(...whole.map((match) => ({ match, place: when.value.place })));
      exits.push({ when: whole, ...reason });
    } else if (condition !== undefined) {
      for (const subject of inner.reads) reads.add(subject);
      exits.push({ if: condition, ...reason });
    } else if (entryOf(map, "if") === undefined) {
      report.error("no-when", map.place, 'an exit needs "when" or "if".');
    }
  }
  return { exits, places, reads: [...reads].sort() };
}

function pausesOf(entry: Entry | undefined, { scope, positions }: Building): readonly Pause[] {
  const pauses: Pause[] = [];
  for (const [index, item] of itemsOf(entry, scope).entries()) {
    const { report } = scope;
    const map = asMap(item, "a pause", report);
    if (map === undefined) continue;
    positions.set(`pause.${index}`, map.place);
    checkKeys(map, "a pause", ["when", "if", "for", "about"], report);
    const when = entryOf(map, "when");
    if (when === undefined) report.error("no-when", map.place, 'a pause needs "when".');
    const length = millisOf(entryOf(map, "for"), report);
    if (entryOf(map, "for") === undefined) report.error("no-end", map.place, 'a pause needs "for": every wait ends.');
    const matches = when === undefined ? undefined : compileEvents("when", when.value, scope);
    const condition = conditionOf(entryOf(map, "if"), scope);
    if (matches === undefined || length === undefined) continue;
    pauses.push({
      when: narrowed(
        matches.map(({ match }) => match),
        condition,
      ),
      for: length,
    });
  }
  return pauses;
}

function itemsOf(entry: Entry | undefined, scope: Scope) {
  if (entry === undefined) return [];
  if (entry.value.kind === "list") return entry.value.items;
  expectedList(entry.key, entry.value, scope);
  return [];
}

// What it looks at ----------------------------------------------------------------------------------------------

/** Conditions of the header may name any step of the workflow. */
function checkHeaderSteps({ scope, ids }: Building): void {
  for (const { id, place } of scope.steps) {
    if (!ids.has(id)) scope.report.error("unknown-step", place, `there is no step "${id}" in this workflow.`);
  }
}

// What it listens to ---------------------------------------------------------------------------------------------

/** Events that move the anchor of a wait. */
const ANCHOR_EVENTS: Readonly<Record<string, readonly string[]>> = {
  appointment: ["appointment.booked", "appointment.moved", "appointment.canceled"],
  contact: ["field.changed", "contact.updated"],
  opportunity: ["opportunity.created", "opportunity.stage_changed"],
};

function listensOf(goal: Goal | undefined, exits: readonly Exit[], pauses: readonly Pause[], lists: Plan["lists"]) {
  const events = new Set<string>();
  const add = (matches: readonly EventMatch[]) => {
    for (const { event } of matches) events.add(event);
  };
  if (goal !== undefined) add(goal.when);
  for (const exit of exits) if ("when" in exit) add(exit.when);
  for (const pause of pauses) add(pause.when);
  for (const step of lists.flat()) {
    if (step.verb === "wait_for") add(step.events);
    if (step.verb !== "wait" || step.wait.until === undefined || !("anchor" in step.wait.until)) continue;
    const [root = ""] = step.wait.until.anchor.split(".");
    for (const event of ANCHOR_EVENTS[root] ?? []) events.add(event);
  }
  return [...events].sort();
}
