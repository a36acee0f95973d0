// What a lead says, and from where: an opt-out is obeyed in the turn that reads it.

import type { CrmContact, LeadEvent } from "../events/index.ts";
import { isObject, type JsonObject, own } from "../kernel/json.ts";
import { HOUR, type Instant } from "../kernel/time.ts";
import {
  addressesOf,
  addressKey,
  askedBy,
  confirmed,
  type Former,
  joined,
  lastWords,
  type Named,
  note,
  type OwedStart,
  optIn,
  optOut,
  placed,
  type SaidAt,
  started,
  type Told,
  unclearAsk,
} from "../outreach/index.ts";
import { learn, liftFaults } from "./addresses.ts";
import { count, type Desk, derive } from "./desk.ts";
import { carryOut } from "./effects.ts";
import { countWay } from "./funnel.ts";
import { eventLink } from "./trace.ts";

/** What the lead did and said by it, whatever workflows make of that: an opt-out is obeyed in the turn that reads it. */
export function receive(desk: Desk, event: LeadEvent, depth: number): void {
  if (event.type === "form.started" || event.type === "form.submitted") noteForm(desk, event, depth);
  const { channel } = event.data;
  if (event.type === "message.received" && typeof channel === "string")
    desk.inbound = { ...desk.inbound, [channel]: Math.max(own(desk.inbound, channel) ?? event.at, event.at) };
  noteLine(desk, event);
  heardFrom(desk, event);
  noteReply(desk, event);
  settleOwed(desk, event, depth);
  obey(desk, event, depth);
}

/** The form, and what was agreed to in it. */
function noteForm(desk: Desk, event: LeadEvent, depth: number): void {
  const { form, consent } = event.data;
  if (typeof form === "string") desk.form = form;
  if (event.type !== "form.submitted" || !isObject(consent)) return;
  const source = typeof form === "string" ? `form ${form}` : "a form";
  // anybody can type anybody's address into a page, and the past is not shown: either says a claim, no proof
  const claim = event.source === "site" || event.source === "import" ? { level: "claim" } : {};
  derive(desk, { type: "consent.given", at: event.at, data: { ...consent, source, ...claim } }, event.id, depth + 1);
}

/** A call of ours that was taken, or a message that was answered. */
function noteReply(desk: Desk, { type, at, data }: LeadEvent): void {
  if (type === "call.answered" && data["direction"] === "outbound")
    tell(desk, own(desk.case.latest, "voice")?.id, "voice", "replied", at);
  if (type === "message.replied") {
    const message = data["message"] as JsonObject | undefined;
    tell(desk, message?.["id"], data["channel"], "replied", at);
  }
}

/** What earlier words are still to end or to lift, as far as it is known by now what the contact has. */
function settleOwed(desk: Desk, event: LeadEvent, depth: number): void {
  const to = addressesOf(desk.lead.contact);
  const told = namedIn(event);
  if (desk.owed.length > 0) {
    const now = placed(desk.owed, to, told);
    learn(desk, now.addresses);
    desk.owed = now.owed;
  }
  if (desk.starts.length > 0) startHere(desk, confirmed(desk.starts, to, told), event, depth);
}

/** Words that ask us to stop, may ask it, or take it back. */
function obey(desk: Desk, event: LeadEvent, depth: number): void {
  const { channel } = event.data;
  const from = saidAt(desk, event);
  const formerly = [...desk.formerly, ...ofMerged(desk)];
  const said = optOut(event, addressesOf(desk.lead.contact), desk.known, { from, formerly, now: desk.scene.now });
  const { verdict } = said.judgment;
  // unclear words of long ago ask nobody for anything; a STOP of then is one of now
  const isPast = event.source === "import";
  if (isPast && verdict === "hold_and_ask") return;
  const had = desk.known;
  learn(desk, said.addresses);
  // an import reads the contacts themselves
  const owed = said.owed?.filter(({ ask }) => !isPast || ask === undefined) ?? [];
  desk.owed = joined(desk.owed, owed);
  if (said.start !== undefined && !isPast) oweStart(desk, said.start);
  if (verdict === "opt_in") {
    const family = channel === "email" ? "email" : "phone";
    const elsewhere = from === undefined || from.guessed || from.theirs ? undefined : from.address;
    desk.owed = started(desk.owed, { family, at: event.at, elsewhere });
  }
  for (const emit of said.emits) derive(desk, { ...emit, at: event.at }, event.id, depth + 1);
  if (verdict === "opt_out" || verdict === "hold_and_ask")
    count(desk, `words.${verdict}`, typeof channel === "string" ? channel : "");
  if (verdict === "opt_out" && typeof channel === "string")
    tell(desk, own(desk.case.latest, channel)?.id, channel, "opted_out", event.at);
  if (said.links.length > 0) {
    desk.drafts.push({
      at: desk.clock,
      kind: "effect",
      verdict: verdict === "opt_in" ? "done" : "blocked",
      links: [eventLink(event), ...said.links],
    });
  }
  if (said.ask !== undefined && !isPast) askToRead(desk, event.id, said.ask, event);
  for (const family of ["phone", "email"] as const)
    if (said.ask === undefined && had[family]?.optOut?.event !== desk.known[family]?.optOut?.event)
      askUnjudged(desk, family, event);
}

/** What the contacts have that were merged into this one and it has not: words that name nothing may be from there, however late. */
function ofMerged({ case: { merged = [] }, lead }: Desk): readonly Former[] {
  const own = addressesOf(lead.contact);
  return (["phone", "email"] as const).flatMap((family) => {
    const theirs = new Set(merged.flatMap(({ [family]: address }) => (address === undefined ? [] : [address])));
    const others = [...theirs].filter((address) => address !== own[family]);
    return others.map((address) => ({ family, address, until: Number.POSITIVE_INFINITY }));
  });
}

/** Of each kind the last. Where the contact was given its number only since, or is one with others, another may have said it. */
function oweStart(desk: Desk, start: OwedStart): void {
  if (ofMerged(desk).some(({ family }) => family === start.family)) return;
  if ((desk.given[start.family] ?? Number.NEGATIVE_INFINITY) > start.at) return;
  const same = desk.starts.find(({ family }) => family === start.family);
  if (same !== undefined && same.at > start.at) return;
  desk.starts = [...desk.starts.filter((one) => one !== same), start];
}

/** The CRM has said that the contact has the number that we took for its own: START lifts what it would have lifted then. */
function startHere(desk: Desk, now: ReturnType<typeof confirmed>, event: LeadEvent, depth: number): void {
  desk.starts = now.starts;
  for (const start of now.sure) {
    const { addresses, emits, links } = optIn(start, desk.known[start.family]);
    learn(desk, addresses);
    for (const emit of emits) derive(desk, { ...emit, at: start.at }, start.event, depth + 1);
    if (links.length > 0) desk.drafts.push({ at: desk.clock, kind: "effect", verdict: "done", links });
    if (addresses.length > 0) askUnjudged(desk, start.family, event);
  }
}

/** Words that nobody had to judge while their lead had left hold everything once it has not: now somebody is to. */
export function askUnjudged(desk: Desk, family: "phone" | "email", event: LeadEvent | undefined): void {
  const { optedOutAt, optOut } = desk.known[family] ?? {};
  if (optedOutAt === undefined && optOut?.askedAt !== undefined)
    askToRead(desk, lastWords(optOut), unclearAsk(optOut.unclear?.matched ?? optOut.matched), event);
}

function askToRead(desk: Desk, said: string, ask: string, event: LeadEvent | undefined): void {
  const title = `Read what ${desk.lead.contact.name ?? "this lead"} wrote: ${ask}`;
  const task = {
    kind: "task",
    id: askedBy(said),
    path: "words",
    title,
    to: "owner",
    dueAt: desk.clock + HOUR,
  } as const;
  carryOut(desk, task, event);
}

/** What the CRM says that the contact has, whether or not we believe what it said of it later. */
function namedIn({ type, at, data }: LeadEvent): Named | undefined {
  if (type !== "crm.contact") return undefined;
  return { at, to: addressesOf((data as unknown as CrmContact).contact) };
}

/** Where words say that they came from; the address normalized. */
function saidAt(
  desk: Desk,
  { type, data: { channel, from } }: LeadEvent,
): (SaidAt & { readonly address: string }) | undefined {
  if (type !== "message.received" || typeof from !== "string") return undefined;
  const family = channel === "email" ? "email" : "phone";
  const address = addressesOf({ [family]: from })[family];
  if (address === undefined) return undefined;
  const theirs = address === addressesOf(desk.lead.contact)[family];
  const isNetworks = typeof channel === "string" && own(FAMILY, channel) === undefined;
  const hash = addressKey(desk.scene.addressKey, family, address);
  return { family, address, hash, theirs, ...(isNetworks ? { guessed: true } : {}) };
}

/** What was exchanged last tells from where we write: the lead knows that number. */
function noteLine(desk: Desk, { type, at, data: { channel, line } }: LeadEvent): void {
  if (type !== "message.received" && type !== "agent.contacted") return;
  if (typeof line !== "string" || (channel !== "sms" && channel !== "whatsapp" && channel !== "email")) return;
  const before = desk.lines[channel];
  if (before === undefined || before.at <= at) desk.lines = { ...desk.lines, [channel]: { address: line, at } };
}

/** Where it is a number or an address of theirs that they write from; a chat or a network of others has neither. */
const FAMILY: Readonly<Record<string, "phone" | "email">> = { sms: "phone", whatsapp: "phone", email: "email" };

/** Who writes or calls from a number or address has shown that it is alive: nothing is closed there any more. */
function heardFrom(desk: Desk, { type, at, data: { channel, direction } }: LeadEvent): void {
  const called = (type === "call.answered" || type === "call.missed") && direction === "inbound";
  if (!called && type !== "message.received") return;
  if (called) desk.inbound = { ...desk.inbound, voice: Math.max(desk.inbound.voice ?? at, at) };
  const family = called ? "phone" : own(FAMILY, String(channel));
  if (family === undefined) return;
  const since = Object.values(desk.known[family]?.faults ?? {}).map(
    ({ badAt, doubts = [] }) => badAt ?? doubts.at(-1) ?? 0,
  );
  if (since.length > 0 && since.every((one) => one <= at)) liftFaults(desk, family, "heard");
}

/** What the lead did about a message of ours. */
function tell(desk: Desk, id: unknown, channel: unknown, told: Told, at: Instant): void {
  const entry = typeof id === "string" ? desk.outbox.get(id) : undefined;
  const current = entry?.row.channels[entry.row.place];
  if (entry?.message === undefined || current === undefined) return;
  const { row, message } = entry;
  const where = row.channels.find((one) => one === channel) ?? current;
  const delivery = note(message.delivery, current, { channel: where, told, fact: { at, by: "lead" } });
  if (delivery === message.delivery) return;
  const now = { row, message: { ...message, delivery } };
  desk.outbox.set(row.id, now);
  desk.moved.add(row.id);
  countWay(desk, entry, now);
}
