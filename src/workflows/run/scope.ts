// What a condition inside a run may ask: the facts of the lead, and what the run itself remembers.

import { property } from "../../events/index.ts";
import { type JsonObject, nested, own } from "../../kernel/json.ts";
import { DAY, HOUR, type Instant, iso, MINUTE, type Millis, SECOND } from "../../kernel/time.ts";
import type { ConditionFacts, Value } from "../condition.ts";
import type { EventInHand, Run, StepFacts } from "../run.ts";

/**
 * Facts of the lead with `step.*`, `run.*` and `event.*` of one run. `event` is the event in hand where a condition
 * belongs to it (goal, exit, pause, the event of a `wait_for`); elsewhere `event.*` is the innermost `wait_for`'s event,
 * and outside of those the enrolling one.
 */
export function inRun(lead: ConditionFacts, run: Run, inHand?: EventInHand, event?: EventInHand): ConditionFacts {
  const told = event?.data ?? innermost(run)?.data ?? run.enrolledBy.data;
  return {
    now: lead.now,
    zone: lead.zone,
    value: (subject) => {
      if (subject.startsWith("step.")) return ofStep(run, subject, lead.now);
      if (subject.startsWith("event.")) return plain(property(told, subject.slice(6)));
      if (subject.startsWith("run.")) return ofRun(run, subject, lead.now);
      if (subject.startsWith("vars.")) return member(run.vars, subject.slice(5));
      if (subject.startsWith("inputs.")) return member(run.inputs, subject.slice(7));
      return lead.value(subject);
    },
    history: (question, from) => lead.history(question, from),
    nextExpiry: (question) => lead.nextExpiry?.(question),
    since: (mark) => (mark === "enrolled" ? run.enrolledAt : run.entered[mark.step]),
    mark: (step, subject) => run.marks[step]?.[subject],
    changed: (subject) => (inHand === undefined ? undefined : changes(inHand, subject)),
  };
}

function innermost(run: Run): EventInHand | undefined {
  for (let depth = run.cursor.length - 1; depth >= 0; depth -= 1) {
    const event = run.cursor[depth]?.event;
    if (event !== undefined) return event;
  }
  return undefined;
}

/** Facts of an event alone, for the properties that `when` asks about before any run exists. */
export const withEvent = (lead: ConditionFacts, event: EventInHand): ConditionFacts => ({
  now: lead.now,
  zone: lead.zone,
  value: (subject) =>
    subject.startsWith("event.") ? plain(property(event.data, subject.slice(6))) : lead.value(subject),
  history: (question, from) => lead.history(question, from),
  nextExpiry: (question) => lead.nextExpiry?.(question),
  changed: (subject) => changes(event, subject),
});

const member = (values: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined =>
  values === undefined ? undefined : own(values, name);

/** A value that conditions know; objects are none. */
export function plain(value: unknown): Value | undefined {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.filter((element) => typeof element !== "object").map(String);
  return undefined;
}

/** `field.changed` names the field by its subject, or without the leading `contact.` or `contact.custom.`. */
function changes(event: EventInHand, subject: string): boolean {
  if (event.type !== "field.changed") return false;
  const field = property(event.data, "field");
  return field === subject || subject === `contact.${field}` || subject === `contact.custom.${field}`;
}

function ofRun(run: Run, subject: string, now: number): Value | undefined {
  switch (subject) {
    case "run.age":
      return now - run.enrolledAt;
    case "run.pass":
      return run.cursor.findLast((frame) => frame.pass !== undefined)?.pass;
    case "run.workflow":
      return run.workflow;
    case "run.goal_reached":
      return run.goalReachedAt !== undefined;
    default:
      return undefined;
  }
}

/** `step.<id>.<fact>`: false until true once the step was entered, unknown if it never was. */
function ofStep(run: Run, subject: string, now: Instant): Value | undefined {
  const dot = subject.indexOf(".", 5);
  const path = subject.slice(5, dot);
  const fact = subject.slice(dot + 1);
  const enteredAt = run.entered[path];
  if (enteredAt === undefined) return undefined;
  const facts: StepFacts = run.facts[path] ?? {};
  if (fact.startsWith("outputs.")) return member(facts.outputs, fact.slice(8));
  switch (fact) {
    case "ran":
      return facts.outcome !== "skipped";
    case "outcome":
      return facts.outcome;
    case "channel":
      return facts.channel;
    case "variant":
      return facts.variant;
    case "sent":
      return facts.sent === true;
    case "delivered":
      return facts.delivered === true;
    case "opened":
      return facts.opened === true;
    case "clicked":
      return facts.clicked === true;
    case "replied":
      return facts.replied === true;
    case "timed_out":
      return facts.timedOut === true;
    case "links":
      return facts.links?.length ?? 0;
    case "at":
      return facts.at ?? enteredAt;
    case "elapsed":
      return now - enteredAt;
    default:
      return undefined;
  }
}

/**
 * What texts for people may say of a run: `vars.*`, `inputs.*`, `step.*`, and inside the `then` of a `wait_for` its
 * `event.*`; undefined where there is nothing.
 */
export function runValues(run: Run, now: Instant): JsonObject | undefined {
  const steps = Object.entries(run.entered);
  if (steps.length === 0 && run.vars === undefined && run.inputs === undefined) return undefined;
  const event = innermost(run);
  return {
    ...(event === undefined ? {} : { event: nested(event.data) }),
    ...(run.vars === undefined ? {} : { vars: run.vars }),
    ...(run.inputs === undefined ? {} : { inputs: run.inputs }),
    step: Object.fromEntries(steps.map(([path, at]) => [path, told(run.facts[path] ?? {}, at, now)])),
  };
}

function told(facts: StepFacts, enteredAt: Instant, now: Instant): JsonObject {
  const { outcome, channel, variant, outputs } = facts;
  return {
    at: iso(facts.at ?? enteredAt),
    elapsed: inWords(now - enteredAt),
    ...(outcome === undefined ? {} : { outcome }),
    ...(channel === undefined ? {} : { channel }),
    ...(variant === undefined ? {} : { variant }),
    ...(outputs === undefined ? {} : { outputs }),
    ...(facts.links === undefined ? {} : { links: facts.links.length }),
  };
}

const UNITS: readonly (readonly [Millis, string])[] = [
  [DAY, "day"],
  [HOUR, "hour"],
  [MINUTE, "minute"],
  [SECOND, "second"],
];

/** A length of time as one says it: "2 days", "1 hour". */
function inWords(length: Millis): string {
  const [unit, name] = UNITS.find(([one]) => length >= one) ?? [SECOND, "second"];
  const count = Math.round(length / unit);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
