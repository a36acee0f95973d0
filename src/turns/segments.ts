// Segments: named conditions, kept up to date in every turn and at the instants at which the clock alone changes them.

import type { Instant } from "../kernel/time.ts";
import type { Derived } from "../leads/index.ts";
import { evaluate, nextFlip, type Segment } from "../workflows/index.ts";
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
    const at = nextFlip(segment.if, facts, calendar);
    if (at !== undefined && at > desk.clock && (next === undefined || at < next)) next = at;
  }
  return next;
}
