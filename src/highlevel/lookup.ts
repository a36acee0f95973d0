// Was it taken or not? HighLevel knows no idempotency key, so an attempt without an answer is looked for by what it
// would have left behind.

import type { Instant, Millis } from "../kernel/time.ts";
import { type Clock, MINUTE, SECOND } from "../kernel/time.ts";
import type { Lookup, LookupRequest, LookupResult, ProviderIds, Rendered } from "../outreach/index.ts";
import type { Message } from "./answers.ts";
import type { Operations } from "./client.ts";
import { kindOf } from "./conversation.ts";
import { instant } from "./payload.ts";
import { plainText } from "./plain-text.ts";
import type { Failure, Reply } from "./request.ts";

/** How far a stamp may lie outside the attempt, after the clocks have been compared. */
const SLACK: Millis = 2 * MINUTE;
const PAGES = 5;

type Found = { readonly provider: ProviderIds; readonly status?: string };

export function openLookup(api: Operations, clock: Clock): Lookup {
  return async (request, signal) => {
    const candidates = await candidatesFor(api, clock, request, signal);
    // what was not read to its beginning may hold it: sent again, it could come twice
    if (candidates === "too long") return { found: "ambiguous" };
    if ("outcome" in candidates) return unavailable(candidates, clock);
    const bound = await request.bound(
      candidates.flatMap(({ provider }) => Object.values(provider).filter((id) => id !== undefined)),
    );
    const free = candidates.filter(({ provider }) => !bound.has(provider.messageId ?? ""));
    const [only, ...others] = free;
    if (only === undefined) return { found: "none" };
    return others.length > 0 ? { found: "ambiguous" } : { found: "one", ...only };
  };
}

function candidatesFor(
  api: Operations,
  clock: Clock,
  request: LookupRequest,
  signal: AbortSignal,
): Promise<readonly Found[] | Failure | "too long"> {
  switch (request.sought.kind) {
    case "message":
      return messagesLike(api, clock, request, request.sought, signal);
    case "task":
      return tasksLike(api, request, request.sought, signal);
    case "note":
      return notesLike(api, clock, request, request.sought, signal);
    case "opportunity":
      return opportunitiesLike(api, clock, request, request.sought, signal);
  }
}

async function messagesLike(
  api: Operations,
  clock: Clock,
  { location, contact, attempt }: LookupRequest,
  { rendered, conversation: known }: Extract<LookupRequest["sought"], { kind: "message" }>,
  signal: AbortSignal,
): Promise<readonly Found[] | Failure | "too long"> {
  let conversation = known;
  if (conversation === undefined) {
    const reply = await api.conversationOf(location, contact, signal);
    if (reply.outcome !== "done") return reply;
    conversation = reply.value;
    // Whoever was never written to has no conversation.
    if (conversation === undefined) return [];
  }
  const found: Found[] = [];
  let after: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const reply = await api.messages(location, conversation, { ...(after === undefined ? {} : { after }) }, signal);
    if (reply.outcome !== "done") return reply;
    const { from, to } = inTheirTime(attempt, reply, clock);
    const { messages, nextPage, lastMessageId } = reply.value;
    for (const message of messages) if (isLike(message, rendered, from, to)) found.push(idsOf(message, conversation));
    const oldest = instant(messages.at(-1)?.dateAdded);
    if (!nextPage || !lastMessageId || (oldest !== undefined && oldest < from)) return found;
    after = lastMessageId;
  }
  return found.length > 0 ? found : "too long";
}

/** The attempt's span on the provider's clock, which the `Date` header of its answer shows. */
function inTheirTime({ from, to }: LookupRequest["attempt"], reply: { serverTime?: Instant }, clock: Clock) {
  const ahead = reply.serverTime === undefined ? 0 : reply.serverTime - clock.real();
  // The header counts whole seconds: less than that is no difference.
  const offset = Math.abs(ahead) < 2 * SECOND ? 0 : ahead;
  return { from: from + offset - SLACK, to: to + offset + SLACK };
}

function isLike(message: Message, rendered: Rendered, from: Instant, to: Instant): boolean {
  const at = instant(message.dateAdded);
  if (message.direction !== "outbound" || at === undefined || at < from || at > to) return false;
  if (message.source && message.source !== "api") return false;
  if (kindOf({ messageType: message.messageType }) !== rendered.channel) return false;
  return saysOurs(message, rendered);
}

/** The CRM may append words, and may leave a mail's body out of the list: then its subject must do. */
function saysOurs({ body, meta }: Message, { channel, subject, text, html }: Rendered): boolean {
  if (channel !== "email") {
    const ours = normalized(text ?? "");
    return ours !== "" && normalized(body ?? "").startsWith(ours);
  }
  const ours = [html === undefined ? "" : plainText(html), text ?? ""].map(normalized).filter((words) => words !== "");
  const theirs = normalized(plainText(body ?? ""));
  if (theirs !== "") return ours.some((words) => theirs.startsWith(words));
  const theirSubject = meta?.email?.subject;
  return !theirSubject || normalized(theirSubject) === normalized(subject ?? "");
}

const normalized = (words: string): string => words.normalize("NFKC").replace(/\s+/g, " ").trim().toLowerCase();

function idsOf({ id, meta, status }: Message, conversationId: string): Found {
  const emailMessageId = meta?.email?.messageIds?.[0];
  return {
    provider: { messageId: id, conversationId, ...(emailMessageId === undefined ? {} : { emailMessageId }) },
    ...(status ? { status } : {}),
  };
}

/** Tasks carry no stamp: one with our title and text that no other effect holds is ours. */
async function tasksLike(
  api: Operations,
  { location, contact }: LookupRequest,
  { title, body = "" }: Extract<LookupRequest["sought"], { kind: "task" }>,
  signal: AbortSignal,
): Promise<readonly Found[] | Failure> {
  const reply = await api.tasks(location, contact, signal);
  if (reply.outcome !== "done") return reply;
  return reply.value
    .filter((task) => normalized(task.title ?? "") === normalized(title) && startsAlike(task.body, body))
    .map(({ id }) => ({ provider: { messageId: id } }));
}

async function notesLike(
  api: Operations,
  clock: Clock,
  { location, contact, attempt }: LookupRequest,
  { text }: Extract<LookupRequest["sought"], { kind: "note" }>,
  signal: AbortSignal,
): Promise<readonly Found[] | Failure> {
  const reply = await api.notes(location, contact, signal);
  if (reply.outcome !== "done") return reply;
  const { from, to } = inTheirTime(attempt, reply, clock);
  return reply.value
    .filter(({ body, dateAdded }) => {
      const at = instant(dateAdded);
      return startsAlike(body, text) && (at === undefined || (at >= from && at <= to));
    })
    .map(({ id }) => ({ provider: { messageId: id } }));
}

async function opportunitiesLike(
  api: Operations,
  clock: Clock,
  { location, contact, attempt }: LookupRequest,
  { pipeline, name }: Extract<LookupRequest["sought"], { kind: "opportunity" }>,
  signal: AbortSignal,
): Promise<readonly Found[] | Failure> {
  const reply = await api.opportunities(location, { contact, pipeline }, signal);
  if (reply.outcome !== "done") return reply;
  const { from, to } = inTheirTime(attempt, reply, clock);
  return reply.value
    .filter((theirs) => {
      const at = instant(theirs.createdAt);
      return normalized(theirs.name ?? "") === normalized(name) && (at === undefined || (at >= from && at <= to));
    })
    .map(({ id }) => ({ provider: { messageId: id } }));
}

const startsAlike = (theirs: string | null | undefined, ours: string): boolean =>
  normalized(plainText(theirs ?? "")).startsWith(normalized(plainText(ours)));

/** A contact that is gone has left nothing to find; anything else may be asked again. */
function unavailable(reply: Exclude<Reply<never>, { outcome: "done" }>, clock: Clock): LookupResult {
  const gone = reply.outcome === "refused" && (reply.status === 404 || /contact.*not found/i.test(reply.message));
  if (gone) return { found: "none" };
  return { found: "unavailable", retryAt: reply.outcome === "not_taken" ? reply.retryAt : clock.real() + 10 * SECOND };
}
