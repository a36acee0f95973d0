// Plans in words, for the graph: short, in the language's own terms.

import { DAY, HOUR, MINUTE, type Millis, SECOND } from "../../kernel/time.ts";
import { clockText, WEEKDAYS } from "../compile/duration.ts";
import type { Condition, HistoryLeaf, Leaf, Operand, Test } from "../condition.ts";
import type { Duration, Enroll, EventMatch, Step, Wait, WaitForStep } from "../plan.ts";

export function lengthWords(ms: Millis): string {
  let rest = ms;
  const parts = [
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "m"],
    [SECOND, "s"],
  ] as const;
  const words = parts.map(([unit, letter]) => {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    return count > 0 ? `${count}${letter}` : "";
  });
  return words.join("") || "0s";
}

export function durationWords({ ms, days, businessDays, businessMs }: Duration): string {
  if (businessDays !== undefined) return `${businessDays} business ${businessDays === 1 ? "day" : "days"}`;
  if (businessMs !== undefined) return `${businessMs / HOUR} business hours`;
  return `${days > 0 ? `${days}d` : ""}${ms > 0 || days === 0 ? lengthWords(ms) : ""}`;
}

/** What begins it, and for whom: a line each. */
export function enrollWords(enroll: Enroll | undefined): string[] {
  const when = (enroll?.when ?? []).map(eventWords);
  if ((enroll?.schedules?.length ?? 0) > 0) when.push("a schedule");
  for (const { field, offset, sign } of enroll?.dates ?? []) {
    when.push(`${durationWords(offset)} ${sign < 0 ? "before" : "after"} ${field}`);
  }
  return [
    when.length === 0 ? "by start, API or hand" : `when ${when.join(" or ")}`,
    ...(enroll?.if === undefined ? [] : [`if ${conditionWords(enroll.if)}`]),
  ];
}

// Conditions -----------------------------------------------------------------------------------------------------

const OPERATORS: Readonly<Record<string, string>> = {
  equals: "is",
  not_equals: "is not",
  greater_than: "over",
  less_than: "under",
  at_least: "at least",
  at_most: "at most",
  between: "between",
  contains: "contains",
  not_contains: "does not contain",
  in: "is one of",
  not_in: "is none of",
  starts_with: "begins with",
  ends_with: "ends with",
  matches: "matches",
};

export function conditionWords(condition: Condition, inside = false): string {
  const joined = (parts: readonly Condition[], word: string) => {
    const text = parts.map((part) => conditionWords(part, true)).join(` ${word} `);
    return inside && parts.length > 1 ? `(${text})` : text;
  };
  if ("all" in condition) return joined(condition.all, "and");
  if ("any" in condition) return joined(condition.any, "or");
  if ("not" in condition) return `not ${conditionWords(condition.not, true)}`;
  if ("atLeast" in condition) {
    return `at least ${condition.atLeast} of: ${condition.of.map((part) => conditionWords(part, true)).join("; ")}`;
  }
  return "history" in condition ? historyWords(condition) : leafWords(condition);
}

function leafWords({ subject, tests, ifMissing }: Leaf): string {
  const asked = tests.map((test) => testWords(test, subject)).join(" and ");
  return `${subject} ${asked}${ifMissing === true ? " (or empty)" : ""}`;
}

function testWords({ operator, value }: Test, subject: string): string {
  if (operator === "exists") return value === true ? "is known" : "is empty";
  if (operator === "changed") return value === true ? "changed" : "did not change";
  if (operator === "is_true" || operator === "is_false")
    return (operator === "is_true") === value ? "is true" : "is false";
  if (operator === "rose_by" || operator === "fell_by") {
    const { by, since } = value as { by: number; since: string };
    return `${operator === "rose_by" ? "rose" : "fell"} by ${by} since ${since}`;
  }
  if (operator === "between" && Array.isArray(value)) {
    return `between ${value.map((end) => operandWords(end, subject)).join(" and ")}`;
  }
  return `${OPERATORS[operator] ?? operator} ${operandWords(value, subject)}`;
}

/** Durations and times of day are numbers in a plan; their subjects say which. */
const OF_LENGTH = /^(lead\.(idle|age)|run\.age|step\.\w+\.elapsed)$/;

function operandWords(value: Operand, subject: string): string {
  if (Array.isArray(value)) return value.map((one) => operandWords(one, subject)).join(", ");
  if (typeof value === "object") return "fact" in value ? value.fact : "";
  if (typeof value === "number" && subject === "time.local") return clockText(value);
  if (typeof value === "number" && OF_LENGTH.test(subject)) return lengthWords(value);
  return String(value);
}

function historyWords({ history, tests, since }: HistoryLeaf): string {
  const what = history.sum === undefined ? history.event : `${history.sum} of ${history.event}`;
  const often = tests.map(({ operator, value }) => `${OPERATORS[operator] ?? operator} ${operandWords(value, "")}`);
  const unit = history.sum === undefined ? " times" : "";
  const parts = [
    `${what} ${often.join(" and ")}${unit}`,
    history.where === undefined ? "" : `where ${conditionWords(history.where, true)}`,
    history.distinct === undefined ? "" : `by different ${history.distinct}`,
    history.same === undefined ? "" : `of the same ${history.same}`,
    history.notFollowedBy === undefined ? "" : `not followed by ${history.notFollowedBy}`,
    history.afterSilence === undefined ? "" : `after ${lengthWords(history.afterSilence)} of silence`,
    history.within === undefined ? "" : `within ${lengthWords(history.within)}`,
    since === undefined ? "" : `since ${since === "enrolled" ? "the enrollment" : since.step}`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}

export const eventWords = ({ event, if: condition }: EventMatch): string =>
  condition === undefined ? event : `${event} (${conditionWords(condition).replaceAll("event.", "")})`;

// Steps ----------------------------------------------------------------------------------------------------------

export function waitWords({ for: length, until, during, bestTime }: Wait): string {
  const parts: string[] = [];
  if (length !== undefined) parts.push(`wait ${durationWords(length)}`);
  if (until !== undefined && "at" in until) {
    const day = until.weekday === undefined ? until.date : WEEKDAYS[until.weekday - 1];
    parts.push(`wait until ${day === undefined ? "" : `${day} `}${clockText(until.at)}`);
  } else if (until !== undefined) {
    const { offset, sign, anchor } = until;
    const far = durationWords(offset);
    parts.push(`wait until ${far === "0s" ? "" : `${far} ${sign < 0 ? "before" : "after"} `}${anchor}`);
  }
  if (during === "business_hours") parts.push("in business hours");
  else if (during !== undefined) {
    const days =
      during.days === undefined || during.days.length === 7
        ? ""
        : `${during.days.map((day) => WEEKDAYS[day - 1]).join(", ")} `;
    parts.push(`in ${days}${clockText(during.from)}-${clockText(during.to)}`);
  }
  if (bestTime !== undefined) parts.push(`at their best hour within ${durationWords(bestTime)}`);
  return parts.join(", then ");
}

export function awaitedWords({ events, awaits, mode, of }: WaitForStep): string {
  const things = [...events.map(eventWords), ...(awaits === undefined ? [] : [conditionWords(awaits, true)])];
  return `${things.join(mode === "all" ? " and " : " or ")}${of === undefined ? "" : ` of ${of}`}`;
}

/** What a step does, in a line. */
export function stepWords(step: Step): string {
  switch (step.verb) {
    case "send": {
      const via = step.via.length === 0 ? "" : ` by ${step.via.join(", else ")}`;
      return `send ${step.template}${step.best === true ? " by their best channel" : via}`;
    }
    case "wait":
      return waitWords(step.wait);
    case "wait_for":
      return `wait for ${awaitedWords(step)}, at most ${durationWords(step.within)}`;
    case "choose":
      return "choose";
    case "do":
      return doWords(step);
    case "tag":
      return [
        step.add.length > 0 ? `tag ${step.add.join(", ")}` : "",
        step.remove.length > 0 ? `untag ${step.remove.join(", ")}` : "",
      ]
        .filter((part) => part !== "")
        .join("; ");
    case "task":
      return `task for ${step.to}: ${step.title}`;
    case "note":
      return `note: ${step.text}`;
    case "update":
      return `update ${Object.keys(step.fields).join(", ")}`;
    case "assign":
      return `assign to ${step.to}${step.by === undefined ? "" : `, ${step.by.replace("_", " ")}`}`;
    case "notify":
      return `notify ${step.to}: ${step.message}`;
    case "opportunity":
      return `opportunity: ${step.action}${step.stage === undefined ? "" : ` to ${step.stage}`}`;
    case "webhook":
      return `webhook ${step.url}`;
    case "highlevel_workflow":
      return `${step.action} CRM workflow ${step.workflow}`;
    case "start":
      return `start ${step.workflow}`;
    case "call":
      return `call ${step.workflow}, at most ${durationWords(step.within)}`;
    case "stop":
      return `stop ${step.workflow ?? `group ${step.group}`}`;
    case "set":
      return `set ${Object.keys(step.vars).join(", ")}`;
    case "emit":
      return `emit ${step.event}`;
    case "score":
      return `score ${step.add > 0 ? "+" : ""}${step.add} for ${durationWords(step.for)}`;
    case "test":
      return `experiment ${step.experiment}`;
    case "parallel":
      return `side by side, until ${step.join === step.branches.length ? "all" : step.join} of ${step.branches.length} ended`;
    case "skip_to":
      return `skip to ${step.target.path}`;
    case "end":
      return `end: ${step.outcome}${step.goal ? " (goal)" : ""}`;
  }
}

function doWords({ repeat, every, until }: Extract<Step, { verb: "do" }>): string {
  if (repeat === undefined) return "do";
  const pace = every === undefined ? "" : `, ${durationWords(every)} apart`;
  return `repeat up to ${repeat} times${pace}${until === undefined ? "" : `, until ${conditionWords(until)}`}`;
}
