// `enroll`: who comes in, when, how often, and how many of them.

import type { DateReached, Enroll, Schedule } from "../plan.ts";
import { conditionOf } from "./conditions.ts";
import { didYouMean, type Place, type Report } from "./diagnostic.ts";
import { parseClock, parseDays, parseDuration } from "./duration.ts";
import { compileEvents, type PlacedMatch } from "./events.ts";
import { shareOf } from "./experiments.ts";
import type { Library } from "./library.ts";
import { CLOCKED_EVENTS, resolveSubject, type Scope } from "./names.ts";
import { againOf, limitOf } from "./settings.ts";
import { asMap, checkKeys, DOTTED, given, millisOf, textOf, wordOf, wordsOf } from "./shape.ts";
import { type Entry, entryOf, isText, type Node } from "./source.ts";
import type { Building } from "./steps.ts";
import { quoteTime } from "./tests.ts";

const KEYS = ["when", "settle", "if", "again", "if_running", "key", "rollout", "holdout", "limit", "existing"];

export interface Enrolled {
  readonly enroll: Enroll;
  /** Where its events stand. */
  readonly places: readonly PlacedMatch[];
}

export function enrollOf(
  entry: Entry | undefined,
  building: Pick<Building, "scope" | "positions">,
  { report, names }: Library,
): Enrolled | undefined {
  const again = names.defaults.again ?? "never";
  if (entry === undefined) return { enroll: { when: [], again, ifRunning: "skip" }, places: [] };
  const map = asMap(entry.value, '"enroll"', report);
  if (map === undefined) return undefined;
  building.positions.set("enroll", entry.place);
  checkKeys(map, '"enroll"', KEYS, report);
  const scope: Scope = { ...building.scope, kind: "enroll" };
  const when = whenOf(entryOf(map, "when"), scope);
  const ifEntry = entryOf(map, "if");
  if (ifEntry === undefined) refuseSweeps(when.sweeps, entryOf(map, "existing"), report);
  const runningEntry = entryOf(map, "if_running");
  const running = wordOf(runningEntry, ["skip", "restart", "queue", "parallel"] as const, report);
  const key = keyOf(entryOf(map, "key"), runningEntry, running, report);
  const existing = wordOf(entryOf(map, "existing"), ["skip", "include"] as const, report);
  const optional = given<Omit<Enroll, "when" | "again" | "ifRunning">>({
    key,
    schedules: when.schedules.length === 0 ? undefined : when.schedules,
    dates: when.dates.length === 0 ? undefined : when.dates,
    settle: millisOf(entryOf(map, "settle"), report),
    if: conditionOf(ifEntry, scope),
    rollout: shareOf(entryOf(map, "rollout"), report),
    holdout: shareOf(entryOf(map, "holdout"), report),
    limit: limitOf(entryOf(map, "limit"), report),
    existing: existing === "include" ? existing : undefined,
  });
  const enroll: Enroll = {
    when: when.places.map(({ match }) => match),
    again: againOf(entryOf(map, "again"), report) ?? again,
    ifRunning: running ?? "skip",
    ...optional,
  };
  return { enroll, places: when.places };
}

/** The event property in which parallel runs of one lead differ. */
function keyOf(
  entry: Entry | undefined,
  runningEntry: Entry | undefined,
  running: Enroll["ifRunning"] | undefined,
  report: Report,
): string | undefined {
  if (entry === undefined) {
    if (running !== "parallel" || runningEntry === undefined) return undefined;
    const message = '"parallel" needs "key", the event property in which runs differ, e.g. key: opportunity.id';
    return report.error("parallel-key", runningEntry.value.place, message);
  }
  const key = textOf(entry, report)?.value;
  if (key !== undefined && !DOTTED.test(key)) {
    return report.error("bad-value", entry.value.place, '"key" takes the name of an event property.');
  }
  return key;
}

/** What asks every lead there is must say which. */
function refuseSweeps(sweeps: readonly Entry[], existing: Entry | undefined, report: Report): void {
  const tell = (place: Place, what: string) =>
    report.error("sweep-all", place, `${what} without "if" would enroll every lead. Say which: if: { segment: … }`);
  for (const { key, place } of sweeps) if (key === "schedule") tell(place, "a schedule");
  if (existing?.value.kind === "scalar" && existing.value.text === "include") tell(existing.value.place, '"include"');
}

// When -----------------------------------------------------------------------------------------------------------

interface When {
  readonly places: readonly PlacedMatch[];
  readonly schedules: readonly Schedule[];
  readonly dates: readonly DateReached[];
  readonly sweeps: readonly Entry[];
}

/** Events, and beside them the clocks that no event tells: schedules, and dates of the lead's own. */
function whenOf(entry: Entry | undefined, scope: Scope): When {
  const items = entry === undefined ? [] : entry.value.kind === "list" ? entry.value.items : [entry.value];
  const isClocked = ({ key }: Entry) => CLOCKED_EVENTS.includes(key);
  const sweeps = items.flatMap((item) => (item.kind === "map" ? item.entries.filter(isClocked) : []));
  const events = items.flatMap((item): Node[] => {
    if (item.kind !== "map" || !item.entries.some(isClocked)) return [item];
    const rest = item.entries.filter((one) => !isClocked(one));
    return rest.length === 0 ? [] : [{ ...item, entries: rest }];
  });
  const schedules = sweeps.filter(({ key }) => key === "schedule").map((one) => scheduleOf(one, scope));
  const dates = sweeps.filter(({ key }) => key === "date.reached").map((one) => dateOf(one, scope));
  const asked = entry !== undefined && (events.length > 0 || sweeps.length === 0);
  const node: Node | undefined = !asked
    ? undefined
    : entry.value.kind === "list"
      ? { ...entry.value, items: events }
      : events[0];
  return {
    places: node === undefined ? [] : (compileEvents("when", node, scope) ?? []),
    schedules: schedules.filter((schedule) => schedule !== undefined),
    dates: dates.filter((date) => date !== undefined),
    sweeps,
  };
}

/** `schedule: { days: [mon], at: "09:00" }`. */
function scheduleOf(entry: Entry, { report }: Scope): Schedule | undefined {
  const map = asMap(entry.value, '"schedule"', report);
  if (map === undefined) return undefined;
  checkKeys(map, '"schedule"', ["days", "at"], report);
  const days = new Set<number>();
  const daysEntry = entryOf(map, "days");
  for (const { value, place } of wordsOf(daysEntry, report)) {
    const read = parseDays(value);
    if (read === undefined) report.error("bad-value", place, `"${value}" is not a day: mon, tue, … or mon-fri.`);
    for (const day of read ?? []) days.add(day);
  }
  const atEntry = entryOf(map, "at");
  if (atEntry === undefined) report.error("no-time", entry.place, '"schedule" needs "at", such as "09:00".');
  const at = clockOf(atEntry, report);
  if (at === undefined) return undefined;
  return { at, ...(daysEntry === undefined ? {} : { days: [...days].sort((a, b) => a - b) }) };
}

function clockOf(entry: Entry | undefined, report: Report): number | undefined {
  if (entry === undefined) return undefined;
  const { value } = entry;
  const minute = value.kind === "scalar" ? parseClock(value.text) : undefined;
  if (value.kind === "scalar") quoteTime(value, { report });
  if (minute !== undefined && minute < 1440) return minute;
  return report.error("bad-instant", value.place, '"at" takes a time of day: "09:00".');
}

/** `date.reached: { field: contact.custom.lease_end, offset: -60d, at: "10:00" }`. */
function dateOf(entry: Entry, scope: Scope): DateReached | undefined {
  const { report } = scope;
  const map = asMap(entry.value, '"date.reached"', report);
  if (map === undefined) return undefined;
  checkKeys(map, '"date.reached"', ["field", "offset", "at"], report);
  const fieldEntry = entryOf(map, "field");
  const field = textOf(fieldEntry, report);
  if (fieldEntry === undefined) {
    return report.error("no-field", entry.place, '"date.reached" needs "field", a date of the lead\'s.');
  }
  const subject = field === undefined ? undefined : resolveSubject(field.value, field.place, scope);
  const offset = offsetOf(entryOf(map, "offset"), report);
  const at = clockOf(entryOf(map, "at"), report);
  if (field === undefined || subject === undefined || offset === undefined) return undefined;
  if (!/^(contact|appointment)\./.test(field.value) || !["day", "date", "instant"].includes(subject.type)) {
    const dates = [...scope.names.fields].filter(([, own]) => own.type === "day").map(([name]) => name);
    const advice = didYouMean(field.value, [...dates, "contact.birthday"]);
    return report.error("type-mismatch", field.place, `${field.value} is not a date of the lead's.${advice}`);
  }
  return { field: field.value, ...offset, ...given<{ at?: number }>({ at }) };
}

function offsetOf(entry: Entry | undefined, report: Report): Pick<DateReached, "offset" | "sign"> | undefined {
  if (entry === undefined) return { offset: { ms: 0, days: 0 }, sign: 1 };
  const text = isText(entry.value) ? entry.value.value.trim() : entry.value.kind === "scalar" ? entry.value.text : "";
  const read = parseDuration(text.replace(/^[+-]\s*/, ""));
  if (!("value" in read)) return report.error(read.code, entry.value.place, read.message);
  return { offset: read.value, sign: text.startsWith("-") ? -1 : 1 };
}
