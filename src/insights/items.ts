// Rows of the log as items that people read.

import type { JsonObject } from "../kernel/json.ts";
import { type Instant, iso } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import type { OutboxState } from "../outreach/index.ts";
import { eventWords } from "./event-words.ts";
import type { DecisionRow, EventRow } from "./history.ts";
import { quote } from "./quote.ts";
import { type Decided, decisionDetail, decisionStatus, decisionTitle, type MessageFacts, stateOf } from "./sentence.ts";
import type { Context } from "./values.ts";
import type { FeedItem, ItemKind, MessageState, TextPart, TimelineItem } from "./view.ts";

/** What words need that is the same for a whole team. */
export interface Team {
  readonly now: Instant;
  readonly zone: string;
  workflow(id: string): string;
  /** What a person of the team is called, by CRM user id. */
  user?(id: string): string;
}

export const UNNAMED = "Unnamed lead";

export const contextOf = (team: Team, leadName: string | null): Context => ({
  now: team.now,
  zone: team.zone,
  leadName: leadName ?? UNNAMED,
  workflow: (id) => team.workflow(id),
});

/** Where a message stands: its outbox row's state, and what receipts have said since. */
export function messageState(state: OutboxState, delivery: JsonObject | null): MessageState {
  switch (state) {
    case "accepted":
      if (told(delivery, "failed") || told(delivery, "bounced")) return "failed";
      return told(delivery, "delivered") || told(delivery, "opened") ? "delivered" : "accepted";
    case "rejected":
      return "failed";
    case "refused":
      return "queued";
    default:
      return state;
  }
}

/** Delivery facts are kept by name: `delivered` or `deliveredAt`, an instant or true. */
function told(delivery: JsonObject | null, name: string): boolean {
  return deliveredAt(delivery, name) !== undefined || delivery?.[name] === true || delivery?.["status"] === name;
}

export function deliveredAt(delivery: JsonObject | null, name: string): Instant | undefined {
  for (const key of [name, `${name}At`]) {
    const value = delivery?.[key];
    if (typeof value === "number") return value;
    if (typeof value === "string" && !Number.isNaN(Date.parse(value))) return Date.parse(value);
  }
  return undefined;
}

export function decidedOf(row: DecisionRow): Decided {
  return {
    kind: row.kind,
    verdict: row.verdict,
    at: row.at,
    links: row.trace.links ?? [],
    workflow: row.workflow ?? undefined,
    path: row.path ?? undefined,
    ...(row.outboxKind === null || row.outboxBody === null
      ? {}
      : { effect: { kind: row.outboxKind, body: row.outboxBody } }),
  };
}

/** The message as a decision's row tells of it; a superseded decision keeps its own verdict. */
export function messageOf(row: DecisionRow): MessageFacts | undefined {
  if (row.message === null || row.kind !== "message") return undefined;
  const channel = row.channels?.[row.channelPlace ?? 0] ?? row.channels?.[0];
  if (channel === undefined) return undefined;
  const current = row.state === null || row.superseded ? stateOf(row.verdict) : messageState(row.state, row.delivery);
  return {
    id: row.message,
    channel,
    template: row.template ?? "",
    state: current,
    ...(row.notBefore === null || row.superseded || current !== "held" ? {} : { heldUntil: row.notBefore }),
    ...(row.holdUntil === null || current !== "held" ? {} : { holdUntil: row.holdUntil }),
    ...(row.excerpt === null ? {} : { excerpt: row.excerpt }),
  };
}

const kindOf = (row: DecisionRow): ItemKind => (row.kind === "message" ? "message" : "decision");

/** One thing that happened or was decided, with what sorts it. */
export interface Entry {
  readonly id: string;
  readonly at: Instant;
  /** Within one instant what was decided follows what caused it, in the order of the turn. */
  readonly order: readonly [number, number, number];
  readonly row: EventRow | DecisionRow;
  readonly fold?: string;
}

const isDecision = (row: EventRow | DecisionRow): row is DecisionRow => "trace" in row;

export function entryOf(row: EventRow | DecisionRow): Entry {
  if (isDecision(row)) return { id: row.id, at: row.at, order: [1, row.turn, row.place], row };
  const fold = eventWords(row.type, row.data).fold;
  return { id: row.id, at: row.receivedAt, order: [0, 0, 0], row, ...(fold === undefined ? {} : { fold }) };
}

/** Newest first. */
export function byTime(a: Entry, b: Entry): number {
  if (a.at !== b.at) return b.at - a.at;
  for (const i of [0, 1, 2] as const) if (a.order[i] !== b.order[i]) return b.order[i] - a.order[i];
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

export function timelineItem(entry: Entry, team: Team): TimelineItem {
  const { row } = entry;
  const context = contextOf(team, row.leadName);
  if (!isDecision(row)) {
    const said = eventWords(row.type, row.data, team.user);
    return {
      id: row.id,
      at: iso(row.receivedAt),
      kind: said.kind,
      status: said.status,
      title: said.title,
      ...(said.detail === undefined ? {} : { detail: said.detail }),
      ...(said.quoted === undefined ? {} : { quoted: said.quoted }),
      ...(said.fold === undefined ? {} : { fold: said.fold }),
    };
  }
  const decided = decidedOf(row);
  const message = messageOf(row);
  const detail = decisionDetail(decided, message, context);
  return {
    id: row.id,
    at: iso(row.at),
    kind: kindOf(row),
    status: decisionStatus(decided, message),
    title: decisionTitle(decided, message, context),
    ...(detail === undefined ? {} : { detail }),
    ...(detail !== undefined && detail === quote(message?.excerpt) ? { quoted: true } : {}),
    decision: row.id,
    ...(message === undefined
      ? {}
      : { message: { id: message.id, channel: message.channel, template: message.template, state: message.state } }),
  };
}

export function feedItem(entry: Entry, team: Team): FeedItem {
  const { row } = entry;
  const item = timelineItem(entry, team);
  const name = row.leadName ?? UNNAMED;
  return {
    id: item.id,
    at: item.at,
    kind: item.kind,
    status: item.status,
    lead: { id: row.lead, name },
    text: feedText(item, { id: row.lead, name }),
    ...(item.quoted === undefined ? {} : { quoted: item.quoted }),
    ...(item.decision === undefined ? {} : { decision: item.decision }),
    ...(item.fold === undefined ? {} : { fold: item.fold }),
  };
}

/** "Maya Torres viewed 14 Alder Court", "Text to Owen delivered", "Maya Torres: buying signal". */
function feedText(item: TimelineItem, lead: { id: string; name: string }): readonly TextPart[] {
  const who: TextPart = { t: lead.name, ref: lead.id };
  const tail: readonly TextPart[] =
    item.detail === undefined
      ? []
      : [{ t: ` · ${item.detail}`, ...(item.quoted === undefined ? {} : { quoted: item.quoted }) }];
  if (item.kind === "message") {
    const [noun, ...rest] = item.title.split(" ");
    return [{ t: `${noun} to ` }, who, { t: ` ${rest.join(" ")}` }, ...tail];
  }
  const acts = item.kind === "behavior" || /^(Entered|Left|Finished|Did not enter) /.test(item.title);
  const said = acts ? `${item.title.charAt(0).toLowerCase()}${item.title.slice(1)}` : item.title;
  return [who, { t: `${acts ? " " : ": "}${said}` }, ...tail];
}

/** The channel a list shows for an outbox row. */
export const channelAt = (channels: readonly ChannelName[], place: number): ChannelName =>
  channels[place] ?? channels[0] ?? "sms";
