// Leads, their runs and their channels as people read them.

import type { JsonObject } from "../kernel/json.ts";
import { DAY, type Instant, iso } from "../kernel/time.ts";
import type { ChannelName, Lead } from "../leads/index.ts";
import { channelWord, eventWords } from "./event-words.ts";
import { UNNAMED } from "./items.ts";
import type { LeadHeadRow, LeadListRow } from "./lead-list.ts";
import { moment } from "./moment.ts";
import type { RunRow } from "./run-list.ts";
import { figuresOf } from "./scored.ts";
import { capital, plain } from "./values.ts";
import type { ChannelRight, ChannelView, LeadRow, LeadView, RunView } from "./view.ts";
import { words } from "./words.ts";

interface Reading {
  readonly now: Instant;
  readonly zone: string;
  user(id: string): string;
}

function nameOf(contact: Partial<Lead["contact"]> | null | undefined): string {
  const parts = [contact?.firstName, contact?.lastName].filter((part) => part !== undefined && part !== "");
  return contact?.name || parts.join(" ") || UNNAMED;
}

export function leadRow(row: LeadListRow, runs: readonly RunRow[], reading: Reading): LeadRow {
  const act = row.lastType === null ? undefined : eventWords(row.lastType, row.lastData ?? {});
  const owner = row.contact?.assignedTo;
  return {
    id: row.id,
    name: nameOf(row.contact),
    ...(row.lastAt === null ? {} : { lastSeenAt: iso(row.lastAt) }),
    ...(act === undefined || row.lastType === null ? {} : { lastAct: { kind: row.lastType, text: act.title } }),
    runs: runs.filter((run) => run.endedAt === null).map((run) => runView(run)),
    ...(owner === undefined ? {} : { owner: reading.user(owner) }),
    tags: row.contact?.tags ?? [],
  };
}

export function runView(run: RunRow): RunView {
  return {
    id: run.id,
    workflow: {
      id: run.workflow,
      name: run.planName ?? capital(plain(run.workflow)),
      version: run.planId.slice(0, 12),
    },
    ...(run.path === null ? {} : { step: { path: run.path, name: plain(run.path) } }),
    status: run.status,
    ...(run.outcome === null ? {} : { outcome: run.outcome }),
    enrolledAt: iso(run.enrolledAt),
    ...(run.endedAt === null ? {} : { endedAt: iso(run.endedAt) }),
    ...(run.dueAt === null || run.endedAt !== null ? {} : { dueAt: iso(run.dueAt) }),
    ...(!run.parked ? {} : { waitsFor: WAITS[run.parked.on] }),
    ...(run.held
      ? { held: { ...(run.heldUntil === null ? {} : { until: iso(run.heldUntil) }), reason: "its message is held" } }
      : {}),
  };
}

const WAITS: Readonly<Record<NonNullable<RunRow["parked"]>["on"], string>> = {
  settle: "things to settle",
  room: "another run to end",
  wait: "its time",
  message: "its message to arrive",
  events: "news from them",
  answer: "an answer",
  child: "another workflow to end",
  join: "its branches to end",
  retry: "another try",
};

/** What a `lead_state` row holds of what is shown; anything else is not looked at. */
interface State {
  readonly engagement?: { readonly sum: number; readonly asOf: Instant };
  readonly lastActAt?: Instant;
  readonly score?: number;
  readonly scoreAsOf?: Instant;
  readonly model?: string;
  readonly reasons?: readonly { readonly text: string; readonly weight: number }[];
  readonly figures?: ReturnType<typeof figuresOf>;
}

const HALF_LIFE = 7 * DAY;

export function leadView(
  id: string,
  row: LeadHeadRow,
  runs: readonly RunRow[],
  reading: Reading,
  sees: { addresses: boolean },
  rights: readonly ChannelRight[] = [],
): LeadView {
  const { contact } = row.data;
  const state = stateOf(row.state);
  const engagement =
    state.engagement === undefined
      ? undefined
      : share(state.engagement.sum * 2 ** (-Math.max(0, reading.now - state.engagement.asOf) / HALF_LIFE));
  const zone = contact.timeZone;
  return {
    id,
    name: nameOf(contact),
    ...(contact.city === undefined ? {} : { city: contact.city }),
    ...(zone === undefined ? {} : { zone }),
    ...(contact.assignedTo === undefined ? {} : { owner: reading.user(contact.assignedTo) }),
    ...(contact.phone === undefined ? {} : { phone: sees.addresses ? contact.phone : hiddenPhone(contact.phone) }),
    ...(contact.email === undefined ? {} : { email: sees.addresses ? contact.email : hiddenEmail(contact.email) }),
    tags: contact.tags,
    ...(contact.source === undefined ? {} : { source: contact.source }),
    ...(row.data.createdAt === undefined ? {} : { createdAt: iso(row.data.createdAt) }),
    ...(state.score === undefined
      ? {}
      : {
          score: {
            value: state.score,
            source:
              state.model === undefined || state.model.startsWith("rules") ? ("rules" as const) : ("model" as const),
            ...(state.model === undefined ? {} : { model: state.model }),
            ...(state.scoreAsOf === undefined ? {} : { asOf: iso(state.scoreAsOf) }),
            ...(state.figures ?? {}),
            reasons: state.reasons ?? [],
          },
        }),
    ...(engagement === undefined ? {} : { engagement }),
    ...(state.lastActAt === undefined ? {} : { lastActAt: iso(state.lastActAt) }),
    channels: CHANNELS.map((channel) => channelView(channel, row.data, runs, reading, rights)),
    runs: runs.map(runView),
    ...(row.parkedAt === null ? {} : { parked: { at: iso(row.parkedAt), why: row.parkedWhy ?? "an error" } }),
  };
}

const CHANNELS: readonly ChannelName[] = ["sms", "email"];

/** The figure people see of the sum S: S/(S+2). */
const share = (sum: number) => sum / (sum + 2);

function stateOf(data: JsonObject | null): State {
  if (data === null) return {};
  const nested = data["behavior"];
  const behavior = (typeof nested === "object" && nested !== null ? nested : data) as State;
  const scored = data["score"] ?? data["scoring"];
  if (typeof scored === "number") return { ...pickBehavior(behavior), score: scored };
  if (typeof scored !== "object" || scored === null) return pickBehavior(behavior);
  const score = scored as JsonObject;
  const value = score["score"] ?? score["value"];
  const reasons = Array.isArray(score["reasons"]) ? score["reasons"] : [];
  return {
    ...pickBehavior(behavior),
    ...(typeof value === "number" ? { score: value } : {}),
    ...(typeof data["scoredAt"] === "number" ? { scoreAsOf: data["scoredAt"] } : {}),
    ...(typeof score["model"] === "string" ? { model: score["model"] } : {}),
    figures: figuresOf(score),
    reasons: reasons.flatMap((reason) => {
      if (typeof reason === "string") return [{ text: reason, weight: 0 }];
      const { text, logOdds, weight } = reason as JsonObject;
      const size = typeof logOdds === "number" ? logOdds : typeof weight === "number" ? weight : 0;
      return typeof text === "string" ? [{ text, weight: size }] : [];
    }),
  };
}

const pickBehavior = (state: State): State => ({
  ...(state.engagement === undefined ? {} : { engagement: state.engagement }),
  ...(state.lastActAt === undefined ? {} : { lastActAt: state.lastActAt }),
});

/** Whether a channel is open to us, from what the CRM says, from what waits, and from what the rules say now. */
function channelView(
  channel: ChannelName,
  lead: Lead,
  runs: readonly RunRow[],
  reading: Reading,
  rights: readonly ChannelRight[],
): ChannelView {
  const say = (state: ChannelView["state"], reason: string): ChannelView => ({
    channel,
    state,
    text: capital(channelWord(channel)),
    reason,
  });
  if (lead.deleted) return say("off", "Removed from the CRM");
  if (lead.consent.all) return say("off", "Marked do-not-disturb in the CRM");
  const blocked = lead.consent.channels[channel];
  if (blocked === "permanent") return say("off", "Opted out; only they can lift it");
  if (blocked !== undefined) return say("off", `Marked do-not-disturb for ${channelWord(channel)} in the CRM`);
  const address = channel === "email" ? lead.contact.email : lead.contact.phone;
  if (address === undefined) return say("off", channel === "email" ? "No email address" : "No phone number");
  const held = runs.find((run) => run.held && run.heldChannel === channel && run.endedAt === null);
  if (held !== undefined && held.heldUntil !== null && held.heldUntil > reading.now) {
    return say("held", `A message waits until ${moment(held.heldUntil, reading.now, reading.zone)}`);
  }
  const right = rights.find((one) => one.channel === channel);
  if (right?.code !== undefined && right.state !== "ok") {
    const context = {
      now: reading.now,
      zone: reading.zone,
      leadName: nameOf(lead.contact),
      workflow: (id: string) => id,
    };
    const said = say(right.state, capital(words(right.code, right.values, context, channel).line));
    return right.code === "address.bad" ? { ...said, closed: channel === "email" ? "email" : "phone" } : said;
  }
  return say("ok", "Nothing on record against it");
}

const hiddenPhone = (phone: string) => `•••-${phone.slice(-4)}`;
const hiddenEmail = (email: string) => `${email.charAt(0)}•••@${email.split("@")[1] ?? "…"}`;
