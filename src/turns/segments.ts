// Segments: named conditions, kept up to date in every turn and at the instants at which the clock alone changes them.

import type { BehaviorState } from "../behavior/index.ts";
import type { Instant } from "../kernel/time.ts";
import type { Derived } from "../leads/index.ts";
import { type Condition, evaluate, nextFlip, type Segment } from "../workflows/index.ts";
import type { Desk } from "./desk.ts";
import { factsOf } from "./facts.ts";
import type { Membership } from "./membership.ts";

/**
 * A lead that was there before a definition is in it, or not, from its publication on: nothing happened to the lead, so
 * nothing is told. A new lead comes from nowhere.
 */
export function enterDefined(desk: Desk): void {
  const { segments } = desk.scene;
  const known = new Set(desk.segments.of);
  const kept = segments.filter(({ of }) => known.has(of));
  if (kept.length === segments.length && known.size === segments.length) return;
  const inside: Record<string, Instant> = {};
  for (const { id } of kept) if (desk.segments.in[id] !== undefined) inside[id] = desk.segments.in[id];
  if (desk.case.state !== undefined) {
    const at = Math.min(desk.scene.publication.publishedAt, desk.scene.now);
    for (const segment of segments) if (!known.has(segment.of) && isIn(desk, segment)) inside[segment.id] = at;
  }
  desk.segments = withNext(desk, { of: segments.map(({ of }) => of), in: inside });
}

const isIn = (desk: Desk, segment: Segment): boolean =>
  !desk.lead.deleted && evaluate(segment.if, factsOf(desk)) === true;

/** Looks again; answers what the lead has entered and left. */
export function keepSegments(desk: Desk): Derived[] {
  const { segments } = desk.scene;
  if (segments.length === 0) return [];
  const derived: Derived[] = [];
  for (const segment of segments) {
    const was = desk.segments.in[segment.id] !== undefined;
    const is = isIn(desk, segment);
    if (is === was) continue;
    const { [segment.id]: _, ...others } = desk.segments.in;
    desk.segments = { ...desk.segments, in: is ? { ...others, [segment.id]: desk.clock } : others };
    const data = { segment: segment.id, name: segment.name };
    derived.push({ type: is ? "segment.entered" : "segment.left", at: desk.clock, data });
  }
  desk.segments = withNext(desk, desk.segments);
  return derived;
}

function withNext(desk: Desk, { of, in: inside }: Membership): Membership {
  const next = nextChange(desk);
  return next === undefined ? { of, in: inside } : { of, in: inside, next };
}

/** When a segment may change though nothing happens. */
function nextChange(desk: Desk): Instant | undefined {
  const { businessHours, holidays } = desk.scene.publication.settings;
  const calendar = { zone: desk.zone, businessHours, holidays };
  const facts = factsOf(desk);
  let next: Instant | undefined;
  for (const segment of desk.scene.segments) {
    for (const at of [nextFlip(segment.if, facts, calendar), forgottenAt(segment.if, desk.behavior, desk.clock)]) {
      if (at !== undefined && at > desk.clock && (next === undefined || at < next)) next = at;
    }
  }
  return next;
}

/** When the oldest mark that some window of the condition still counts leaves it. */
function forgottenAt(condition: Condition, behavior: BehaviorState, now: Instant): Instant | undefined {
  if ("subject" in condition) return undefined;
  if ("history" in condition) {
    const { key, within } = condition.history;
    const marks = within === undefined ? [] : (behavior.windows[key]?.marks ?? []);
    const ends = marks.map(([at]) => at + (within ?? 0) + 1).filter((at) => at > now);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }
  const parts =
    "not" in condition
      ? [condition.not]
      : "all" in condition
        ? condition.all
        : "any" in condition
          ? condition.any
          : condition.of;
  const ends = parts.map((part) => forgottenAt(part, behavior, now)).filter((at) => at !== undefined);
  return ends.length === 0 ? undefined : Math.min(...ends);
}
