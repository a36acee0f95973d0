// Did it arrive? What to look for when an attempt was left without an answer, and whether an echo is of it. Pure.

import type { Instant, Millis } from "../../kernel/time.ts";
import { MINUTE } from "../../kernel/time.ts";
import type { LookupRequest, ProviderIds, ProviderReceipt } from "../message.ts";
import type { OutboxEntry } from "../sending/outbox.ts";

/** What was sent, as a look-up asks for it; undefined for what nobody can look up. */
export function soughtOf(entry: OutboxEntry): LookupRequest["sought"] | undefined {
  const { row, message } = entry;
  const { body, provider } = row;
  const text = (name: string): string => (typeof body[name] === "string" ? (body[name] as string) : "");
  switch (row.kind) {
    case "message": {
      const channel = row.channels[row.place];
      const rendered = channel === undefined ? undefined : message?.rendered[channel];
      if (rendered === undefined || isByWorkflow(entry)) return undefined;
      const { conversationId: conversation } = provider;
      return { kind: "message", rendered, ...(conversation === undefined ? {} : { conversation }) };
    }
    case "task":
      return { kind: "task", title: text("title"), ...(text("body") === "" ? {} : { body: text("body") }) };
    case "note":
      return { kind: "note", text: text("text") };
    case "opportunity":
      return body["opportunity"] === undefined
        ? { kind: "opportunity", pipeline: text("pipelineId"), name: text("name") }
        : undefined;
    default:
      return undefined;
  }
}

/** A message that a workflow of the CRM makes: a call, or an approved template. */
export function isByWorkflow({ row: { channels, place }, message }: OutboxEntry): boolean {
  const channel = channels[place];
  return channel === "voice" || (channel !== undefined && message?.rendered[channel]?.workflow !== undefined);
}

/**
 * The instants between which it may have been taken, real time. The first attempt counts too: what it left may show
 * only after the second.
 */
export const attemptOf = ({ row }: OutboxEntry): { from: Instant; to: Instant } => {
  const to = row.attemptedAt ?? 0;
  return { from: row.triedAt ?? to, to };
};

export const idsOf = ({ messageId, emailMessageId }: ProviderIds): string[] =>
  [messageId, emailMessageId].filter((id) => id !== undefined);

/** How far the provider's clock may be behind ours. */
const TOLERANCE: Millis = 2 * MINUTE;
/** How much of a long text decides: letters without white space. */
const DECIDES = 300;

/**
 * Is this echo, which no row owns, of our message? Its text may go on behind ours: the CRM appends words. Echoes are
 * stamped in domain time, and so is the row: an older one cannot be its.
 */
export function isEcho(entry: OutboxEntry, { kind, contact, channel, text, at }: ProviderReceipt): boolean {
  const { row } = entry;
  const sought = soughtOf(entry);
  if (kind !== "echo" || text === undefined || sought?.kind !== "message") return false;
  if (contact !== row.lead || channel !== row.channels[row.place] || at < row.createdAt - TOLERANCE) return false;
  const theirs = letters(text);
  const { text: plain = "", html = "" } = sought.rendered;
  return [plain, html]
    .map((ours) => letters(ours).slice(0, DECIDES))
    .some((ours) => ours !== "" && theirs.startsWith(ours));
}

/** Without tags, entities' spelling, white space and quotes' curls: what survives a CRM's handling of a text. */
function letters(text: string): string {
  return text
    .replace(/<(style|script|head)\b[^>]*>[\s\S]*?<\/\1\s*>/gi, "")
    .replace(/<[^<>]*>/g, "")
    .replace(/&(#?\w{1,8});/g, (entity, name: string) => ENTITIES[name.toLowerCase()] ?? entity)
    .normalize("NFKC")
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/\s+/g, "");
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  "#39": "'",
  "#x27": "'",
  nbsp: " ",
};
