// `wait_for`: what counts, from when, and until when.

import { property } from "../../events/index.ts";
import type { Instant } from "../../kernel/time.ts";
import type { EventMatch, WaitForStep } from "../plan.ts";
import type { EventInHand, Parked, RunFacts, StepFacts } from "../run.ts";
import { instantAfter } from "./wait.ts";
import { branch, calendarOf, holds, latestSend, note, remember, type Walk } from "./walk.ts";

type Listening = Extract<Parked, { on: "events" }>;

/** Events about one message of ours, and the fact of its step that each makes true. */
const MESSAGE_EVENTS: Readonly<Record<string, keyof StepFacts | undefined>> = {
  "message.sent": "sent",
  "message.delivered": "delivered",
  "message.failed": undefined,
  "message.replied": "replied",
  "message.opted_out": undefined,
  "email.opened": "opened",
  "email.clicked": "clicked",
  "email.bounced": undefined,
  "email.complained": undefined,
};

export const isMessageEvent = (type: string): boolean => Object.hasOwn(MESSAGE_EVENTS, type);

/** The message an event is about; a reply that names none is to the latest. */
const messageIn = (event: EventInHand): string | undefined => {
  const named = property(event.data, "message.id");
  return typeof named === "string" ? named : undefined;
};

/** Entered: what is already there completes the step in the same turn; otherwise the run parks and listens. */
export function awaitEvents(walk: Walk, step: WaitForStep): void {
  const { run, facts } = walk;
  const path = step.of === "any" ? undefined : (step.of ?? run.lastSend);
  const message = path === undefined ? undefined : run.facts[path]?.message;
  const parked: Listening = {
    on: "events",
    path: step.path,
    since: sinceOf(walk, step),
    until: instantAfter(step.within, facts.now, calendarOf(walk)),
    ...(message === undefined ? {} : { message }),
    seen: [],
    ...(walk.event === undefined ? {} : { enteredBy: walk.event.id }),
  };
  const seen: number[] = [];
  let last: EventInHand | undefined;
  step.events.forEach((match, index) => {
    const found = alreadyThere(walk, step, parked, match);
    if (found === undefined) return;
    seen.push(index);
    if (found !== true) last = found;
  });
  run.parked = last === undefined ? { ...parked, seen } : { ...parked, seen, event: last };
  if (complete(walk, step, run.parked)) met(walk, step, run.parked);
  else
    note(walk, "wait_for.listening", { until: parked.until, events: step.events.map(({ event }) => event) }, step.path);
}

function sinceOf(walk: Walk, step: WaitForStep): Instant {
  const { run, facts } = walk;
  if (step.since === undefined) return step.of === "any" ? run.enrolledAt : facts.now;
  if (step.since === "enrolled") return run.enrolledAt;
  if ("back" in step.since) return facts.now - step.since.back;
  return run.entered[step.since.step] ?? facts.now;
}

/** The event that counts although it came before the step; true where only the fact of it is known. */
function alreadyThere(
  walk: Walk,
  step: WaitForStep,
  parked: Listening,
  match: EventMatch,
): EventInHand | true | undefined {
  if (isMessageEvent(match.event)) return messageAlready(walk, step, parked, match);
  if (step.since === undefined) return undefined;
  return lastOf(walk.facts, match.event, parked.since, (event) => accepts(walk, match, event));
}

function messageAlready(
  walk: Walk,
  step: WaitForStep,
  parked: Listening,
  match: EventMatch,
): EventInHand | true | undefined {
  const { run } = walk;
  const [path, about] =
    step.of === "any" ? [] : (Object.entries(run.facts).find(([, facts]) => facts.message === parked.message) ?? []);
  const fact = MESSAGE_EVENTS[match.event];
  if (path !== undefined && parked.message !== undefined && match.if === undefined && fact !== undefined) {
    if (about?.[fact] === true) return true;
  }
  const from = step.of === "any" ? parked.since : (about?.at ?? parked.since);
  return lastOf(
    walk.facts,
    match.event,
    from,
    (event) => event !== undefined && aboutMessage(walk, step, parked, event) && accepts(walk, match, event),
  );
}

function lastOf(
  facts: RunFacts,
  type: string,
  from: Instant,
  counts: (event: EventInHand | undefined) => boolean,
): EventInHand | true | undefined {
  for (const one of facts.eventsSince(type, from).toReversed()) {
    if (one.at > facts.now || !counts(one.event)) continue;
    return one.event === undefined ? true : inHand(one.event);
  }
  return undefined;
}

/** An event of which only the instant is known meets no condition about its properties. */
const accepts = (walk: Walk, match: EventMatch, event: EventInHand | undefined): boolean =>
  match.if === undefined || (event !== undefined && holds(walk, match.if, event));

function aboutMessage(walk: Walk, step: WaitForStep, parked: Listening, event: EventInHand): boolean {
  if (step.of === "any") return event.at >= parked.since;
  if (parked.message === undefined) return false;
  const named = messageIn(event);
  if (named !== undefined) return named === parked.message;
  const written = Object.values(walk.run.facts).find((facts) => facts.message === parked.message)?.at;
  return event.type === "message.replied" && written !== undefined && event.at > written;
}

/** An event while the run listens. Returns what it then listens with; the same if the event does not count. */
export function hear(walk: Walk, step: WaitForStep, parked: Listening, event: EventInHand): Listening {
  if (event.at > parked.until || event.id === parked.enteredBy) return parked;
  const heard = step.events.flatMap((match, index) => {
    if (match.event !== event.type || parked.seen.includes(index)) return [];
    const counts = isMessageEvent(event.type) ? aboutMessage(walk, step, parked, event) : event.at >= parked.since;
    return counts && accepts(walk, match, event) ? [index] : [];
  });
  return heard.length === 0 ? parked : { ...parked, seen: [...parked.seen, ...heard], event };
}

/** Enough has been seen, and the condition beside the events agrees. */
export function complete(walk: Walk, step: WaitForStep, parked: Listening): boolean {
  if (step.mode === "any") {
    return parked.seen.length > 0 || (step.awaits !== undefined && holds(walk, step.awaits));
  }
  return parked.seen.length === step.events.length && (step.awaits === undefined || holds(walk, step.awaits));
}

export function met(walk: Walk, step: WaitForStep, parked: Listening): void {
  delete walk.run.parked;
  remember(walk, step.path, { outcome: "met", timedOut: false });
  note(walk, "wait_for.met", { events: parked.seen.map((index) => step.events[index]?.event ?? "") }, step.path);
  branch(walk, step.then, parked.event);
}

export function timedOut(walk: Walk, step: WaitForStep): void {
  delete walk.run.parked;
  remember(walk, step.path, { outcome: "timed_out", timedOut: true });
  note(walk, "wait_for.timed_out", {}, step.path);
  branch(walk, step.otherwise);
}

/** What an event says about a message of this run is kept with its step, on ended runs too. */
export function recordMessageEvent(walk: Walk, event: EventInHand): void {
  const fact = MESSAGE_EVENTS[event.type];
  if (fact === undefined) return;
  const { run } = walk;
  const message = messageIn(event);
  const path =
    message === undefined && event.type === "message.replied"
      ? latestSend(run)
      : Object.keys(run.facts).find((at) => message !== undefined && run.facts[at]?.message === message);
  if (path === undefined) return;
  const known = run.facts[path] ?? {};
  const sentAt = known.at;
  // Nobody answers a message in the instant in which it is written.
  if (message === undefined && (sentAt === undefined || event.at <= sentAt)) return;
  remember(walk, path, { [fact]: true });
  const link = property(event.data, "link");
  if (event.type === "email.clicked" && typeof link === "string" && known.links?.includes(link) !== true) {
    remember(walk, path, { links: [...(known.links ?? []), link].slice(0, 50) });
  }
}

export const inHand = (event: EventInHand): EventInHand => ({
  id: event.id,
  type: event.type,
  at: event.at,
  data: event.data,
});
