// Enrollments that no event brings but the calendar: sweeps at a local time, and dates of the lead's own.

import type { JsonObject } from "../../kernel/json.ts";
import { DAY, type Instant } from "../../kernel/time.ts";
import { instantOf, localTime } from "../../kernel/zone.ts";
import type { Value } from "../condition.ts";
import type { DateReached, Enroll, Plan, Schedule } from "../plan.ts";
import type { RunFacts } from "../run.ts";
import { earliest } from "./flip.ts";
import { type Calendar, instantAfter, instantBefore, instantIn, nextClock } from "./wait.ts";
import { calendarOf } from "./walk.ts";

/** When, and the event that begins a run then: `consider` takes it as one of this lead's. */
export interface CalendarEnrollment {
  readonly at: Instant;
  readonly type: "schedule" | "date.reached";
  readonly data: JsonObject;
}

/** The first instant after `after` at which the calendar may enroll this lead; undefined when it never does. */
export function nextEnrollment(plan: Plan, facts: RunFacts, after: Instant): CalendarEnrollment | undefined {
  const { enroll, workflow } = plan;
  const calendar = calendarOf({ plan, facts });
  const all: (CalendarEnrollment | undefined)[] = [
    ...(enroll?.schedules ?? []).map((one) => sweep(one, workflow, after, calendar)),
    ...(enroll?.dates ?? []).map((one) => reach(one, workflow, after, calendar, facts)),
  ];
  const first = earliest(all.map((one) => one?.at));
  return all.find((one) => one !== undefined && one.at === first);
}

/** Whether such an event is one of this workflow's own. */
export function beginsByCalendar(
  { schedules, dates }: Enroll,
  workflow: string,
  event: { readonly type: string; readonly data: JsonObject },
): boolean {
  if (event.data["workflow"] !== workflow) return false;
  if (event.type === "schedule") return (schedules?.length ?? 0) > 0;
  return event.type === "date.reached" && dates?.some(({ field }) => field === event.data["field"]) === true;
}

/** The next of its local times; a time that the clocks skip is the first instant after the gap, one that comes twice the first. */
function sweep(
  schedule: Schedule,
  workflow: string,
  after: Instant,
  calendar: Calendar,
): CalendarEnrollment | undefined {
  const days = schedule.days ?? [undefined];
  const at = earliest(days.map((day) => nextClock(after + 1, schedule.at, calendar.zone, day)));
  return at === undefined ? undefined : { at, type: "schedule", data: { workflow } };
}

function reach(
  date: DateReached,
  workflow: string,
  after: Instant,
  calendar: Calendar,
  facts: RunFacts,
): CalendarEnrollment | undefined {
  const { field } = date;
  const value = facts.lead.value(field);
  const named = instantIn(field.startsWith("contact.custom.") ? asDay(value) : value, calendar.zone);
  if (named === undefined || (typeof value !== "number" && typeof value !== "string")) return undefined;
  const moved =
    date.sign === 1 ? instantAfter(date.offset, named, calendar) : instantBefore(date.offset, named, calendar.zone);
  const at = date.at === undefined ? moved : instantOf(localTime(moved, calendar.zone), date.at, calendar.zone);
  return at > after ? { at, type: "date.reached", data: { workflow, field, date: value } } : undefined;
}

/** The CRM's own date fields are days, kept as midnight UTC: the lead's day is meant. */
const asDay = (value: Value | undefined): Value | undefined =>
  typeof value === "number" && value % DAY === 0 ? new Date(value).toISOString().slice(0, 10) : value;
