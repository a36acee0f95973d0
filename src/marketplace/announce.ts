// Which workflows of the CRM are told of what a turn has done: one outbox row for each trigger and event. Pure.

import type { LeadEvent } from "../events/index.ts";
import { idFrom } from "../kernel/ids.ts";
import { type Instant, iso, SECOND } from "../kernel/time.ts";
import type { NewRow } from "../outreach/index.ts";
import { type Subscription, type TriggerEvent, wants } from "./subscription.ts";

export interface Told {
  readonly location: string;
  readonly lead: string;
  readonly turn: number;
  readonly now: Instant;
  /** What the turn derived. */
  readonly events: readonly LeadEvent[];
  readonly score?: { readonly score: number; readonly tier: string };
  /** As the turn began; absent: the lead had not been scored. */
  readonly tierBefore?: string;
}

/** Tried again like a webhook: 30 s, doubling, some sixteen minutes in all. */
const RETRY = { times: 5, every: 30 * SECOND };

/** Whether anything of this turn could concern a trigger: asked before the triggers are read. */
export const concerns = ({ events, score, tierBefore }: Told): boolean =>
  events.some(({ type }) => kindOf(type) !== undefined) || (tierBefore !== undefined && score?.tier !== tierBefore);

export function announced(told: Told, subscriptions: readonly Subscription[]): NewRow[] {
  return happened(told).flatMap(({ id, event }) =>
    subscriptions
      .filter((subscription) => wants(subscription, event))
      .map((subscription) => rowOf(told, subscription, id, event)),
  );
}

function happened(told: Told): { id: string; event: TriggerEvent }[] {
  const { location, lead, turn, score, tierBefore } = told;
  const standing = score === undefined ? {} : { score: Math.round(score.score * 100) / 100, tier: score.tier };
  const found = told.events.flatMap((event) => {
    const kind = kindOf(event.type);
    if (kind === undefined) return [];
    const said = kind === "behavior" ? firing(event) : ending(event);
    return [{ id: event.id, event: eventOf(told, { id: event.id, type: kind, at: event.at, ...said, ...standing }) }];
  });
  if (score === undefined || tierBefore === undefined || score.tier === tierBefore) return found;
  const id = idFrom(location, lead, turn, "tier");
  const moved = { id, type: "tier", at: told.now, from: tierBefore, to: score.tier, ...standing };
  return [...found, { id, event: eventOf(told, moved) }];
}

const TRIGGER = "trigger.";

function kindOf(type: string): "behavior" | "run_ended" | undefined {
  if (type.startsWith(TRIGGER)) return "behavior";
  return type === "workflow.completed" || type === "workflow.failed" ? "run_ended" : undefined;
}

function firing({ type, data }: LeadEvent) {
  const { reasons, level } = data;
  return {
    trigger: type.slice(TRIGGER.length),
    ...(typeof level === "string" ? { level } : {}),
    reasons: Array.isArray(reasons) ? reasons.map(String).join("; ") : "",
  };
}

function ending({ type, data }: LeadEvent) {
  const { workflow, outcome } = data;
  return {
    workflow: String(workflow ?? ""),
    outcome: typeof outcome === "string" ? outcome : type.slice("workflow.".length),
  };
}

function eventOf(
  { location, lead }: Told,
  { at, ...said }: { readonly at: Instant; readonly id: string } & Readonly<Record<string, string | number>>,
): TriggerEvent {
  return { ...said, at: iso(at), locationId: location, contactId: lead };
}

const rowOf = (
  { location, lead, now }: Told,
  { id: subscription }: Subscription,
  happening: string,
  event: TriggerEvent,
): NewRow => ({
  id: idFrom(location, "crm_trigger", subscription, happening),
  ...{ location, lead, kind: "crm_trigger", lane: "normal", createdAt: now },
  body: { subscription, event: { ...event } },
  retry: RETRY,
});
