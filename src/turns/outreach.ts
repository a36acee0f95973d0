// Where a turn meets outreach: words that ask us to stop, answers about messages, and, last, what goes out, when.

import type { Answer, Command, LeadEvent } from "../events/index.ts";
import type { Link } from "../insights/index.ts";
import { Defect } from "../kernel/errors.ts";
import { idFrom } from "../kernel/ids.ts";
import { type JsonObject, own } from "../kernel/json.ts";
import { HOUR, type Instant, SECOND } from "../kernel/time.ts";
import type { Lead } from "../leads/index.ts";
import {
  type AddressChange,
  addressesOf,
  addressKey,
  arbitrate,
  askedBy,
  type Claim,
  closable,
  dndRow,
  dueAt,
  hasRoomAgain,
  isMachineClick,
  isOwnLink,
  judged,
  linkKey,
  NO_RULES,
  note,
  type OutboxEntry,
  type OutboxRow,
  type OutreachCase,
  optOut,
  placed,
  raised,
  type SaidAt,
  type Settled,
  type Standing,
  settle,
  settleByHand as settledByHand,
  type Told,
  withFaults,
} from "../outreach/index.ts";
import { hasEnded } from "../workflows/index.ts";
import { count, type Desk, derive } from "./desk.ts";
import { carryOut, causeOf } from "./effects.ts";
import { countWay } from "./funnel.ts";
import { moveRun } from "./runs.ts";
import { fieldsOf } from "./texts.ts";
import { type Draft, eventLink, present } from "./trace.ts";

// Words ----------------------------------------------------------------------------------------------------------------

/** Reads the lead's own words: an opt-out is obeyed in the turn that reads it. */
export function receive(desk: Desk, event: LeadEvent, depth: number): void {
  if (event.type === "form.started" || event.type === "form.submitted") {
    const { form, consent } = event.data;
    if (typeof form === "string") desk.form = form;
    if (event.type === "form.submitted" && isObject(consent)) {
      const source = typeof form === "string" ? `form ${form}` : "a form";
      // anybody can type anybody's address into a page, and the past is not shown: either says a claim, no proof
      const claim = event.source === "site" || event.source === "import" ? { level: "claim" } : {};
      derive(
        desk,
        { type: "consent.given", at: event.at, data: { ...consent, source, ...claim } },
        event.id,
        depth + 1,
      );
    }
  }
  const { channel } = event.data;
  if (event.type === "message.received" && typeof channel === "string")
    desk.inbound = { ...desk.inbound, [channel]: Math.max(own(desk.inbound, channel) ?? event.at, event.at) };
  noteLine(desk, event);
  heardFrom(desk, event);
  if (event.type === "call.answered") {
    const { direction } = event.data;
    if (direction === "outbound") tell(desk, own(desk.case.latest, "voice")?.id, "voice", "replied", event.at);
  }
  if (event.type === "message.replied") {
    const message = event.data["message"] as JsonObject | undefined;
    tell(desk, message?.["id"], channel, "replied", event.at);
  }
  const to = addressesOf(desk.lead.contact);
  if (desk.owed.length > 0) {
    const now = placed(desk.owed, to, desk.known);
    learn(desk, now.addresses);
    desk.owed = now.owed;
  }
  const said = optOut(event, to, desk.known, saidAt(desk, event));
  // of a STOP and a START the later one stands, whichever is heard first
  const heldSince = desk.known[channel === "email" ? "email" : "phone"]?.optedOutAt;
  if (said.judgment.verdict === "opt_in" && heldSince !== undefined && heldSince > event.at) return;
  // unclear words of long ago ask nobody for anything; a STOP of then is one of now
  const isPast = event.source === "import";
  if (isPast && said.judgment.verdict === "hold_and_ask") return;
  learn(desk, said.addresses);
  if (said.owed !== undefined) desk.owed = [...desk.owed, ...said.owed];
  if (said.judgment.verdict === "opt_in") desk.owed = desk.owed.filter(({ at }) => at > event.at);
  for (const emit of said.emits) derive(desk, { ...emit, at: event.at }, event.id, depth + 1);
  if (said.judgment.verdict === "opt_out" || said.judgment.verdict === "hold_and_ask") {
    count(desk, `words.${said.judgment.verdict}`, typeof channel === "string" ? channel : "");
  }
  if (said.judgment.verdict === "opt_out" && typeof channel === "string") {
    tell(desk, own(desk.case.latest, channel)?.id, channel, "opted_out", event.at);
  }
  if (said.links.length > 0) {
    desk.drafts.push({
      at: desk.clock,
      kind: "effect",
      verdict: said.judgment.verdict === "opt_in" ? "done" : "blocked",
      links: [eventLink(event), ...said.links],
    });
  }
  if (said.ask !== undefined && !isPast) {
    const title = `Read what ${desk.lead.contact.name ?? "this lead"} wrote: ${said.ask}`;
    carryOut(
      desk,
      { kind: "task", id: askedBy(event.id), path: "words", title, to: "owner", dueAt: desk.clock + HOUR },
      event,
    );
  }
}

/** Where words came from that is not the contact's number or address, or while nobody has read what the contact has. */
function saidAt(desk: Desk, { type, data: { channel, from } }: LeadEvent): SaidAt | undefined {
  if (type !== "message.received" || typeof from !== "string") return undefined;
  const family = channel === "email" ? "email" : "phone";
  const address = addressesOf({ [family]: from })[family];
  if (address === undefined || address === addressesOf(desk.lead.contact)[family]) return undefined;
  return { family, hash: addressKey(desk.scene.addressKey, family, address) };
}

/** What was exchanged last tells from where we write: the lead knows that number. */
function noteLine(desk: Desk, { type, at, data: { channel, line } }: LeadEvent): void {
  if (type !== "message.received" && type !== "agent.contacted") return;
  if (typeof line !== "string" || (channel !== "sms" && channel !== "whatsapp" && channel !== "email")) return;
  const before = desk.lines[channel];
  if (before === undefined || before.at <= at) desk.lines = { ...desk.lines, [channel]: { address: line, at } };
}

const FROM: Readonly<Record<string, "phone" | "email">> = { sms: "phone", whatsapp: "phone", email: "email" };

/** Who writes or calls from a number or address has shown that it is alive: nothing is closed there any more. */
function heardFrom(desk: Desk, { type, at, data: { channel, direction } }: LeadEvent): void {
  const called = (type === "call.answered" || type === "call.missed") && direction === "inbound";
  if (!called && type !== "message.received") return;
  if (called) desk.inbound = { ...desk.inbound, voice: Math.max(desk.inbound.voice ?? at, at) };
  const family = called ? "phone" : FROM[String(channel)];
  if (family === undefined) return; // a chat or a network of others: no number and no address of theirs
  const since = Object.values(desk.known[family]?.faults ?? {}).map(
    ({ badAt, doubts = [] }) => badAt ?? doubts.at(-1) ?? 0,
  );
  if (since.length > 0 && since.every((one) => one <= at)) liftFaults(desk, family, "heard");
}

/** The contact was given a number or address anew, maybe one that it had before: whoever did so says that it is good. */
export function readdressed(desk: Desk, before: Lead): void {
  const [was, is] = [addressesOf(before.contact), addressesOf(desk.lead.contact)];
  for (const family of ["phone", "email"] as const)
    if (was[family] !== undefined && is[family] !== undefined && is[family] !== was[family])
      learn(desk, [{ family, address: is[family], faults: null }]);
}

/** A manager says that a number or address is good. */
export function reopen(desk: Desk, { family, by }: Extract<Command, { type: "reopen" }>): void {
  liftFaults(desk, family, "person", by);
}

function liftFaults(desk: Desk, family: "phone" | "email", why: "heard" | "person", by?: string): void {
  const address = addressesOf(desk.lead.contact)[family];
  const { faults } = desk.known[family] ?? {};
  if (address === undefined || faults === undefined) return;
  learn(desk, [{ family, address, faults: null }]);
  const closed = Object.entries(faults).flatMap(([channel, { badAt }]) => (badAt === undefined ? [] : [channel]));
  if (closed.length === 0) return;
  const values = { family, channels: closed, why, ...(by === undefined ? {} : { by }) };
  const link: Link = { kind: "permission", status: "done", code: "address.reopened", values, at: desk.clock };
  desk.drafts.push({ at: desk.clock, kind: "effect", verdict: "done", links: [link] });
}

/** A person has read the unclear words: what waited for that goes on now, or the lead has left. */
export function judgeWords(desk: Desk, { family, as, by }: Extract<Command, { type: "judge" }>): void {
  const address = addressesOf(desk.lead.contact)[family];
  const asked = desk.known[family]?.optOut?.askedAt;
  if (address === undefined || asked === undefined || desk.known[family]?.optedOutAt !== undefined) return;
  learn(desk, [judged(family, address, as, desk.clock, by)]);
  const left = as === "opted_out";
  desk.drafts.push({
    at: desk.clock,
    kind: "effect",
    verdict: left ? "blocked" : "done",
    links: [
      {
        kind: "permission",
        status: left ? "off" : "done",
        code: left ? "consent.opted_out" : "consent.ok",
        values: left
          ? { family, rule: "a person's judgment", word: by, when: desk.clock }
          : { kind: "a person's judgment", source: by, date: desk.clock },
        at: desk.clock,
      },
    ],
  });
  if (left) {
    const channel = family === "email" ? "email" : "sms";
    derive(desk, { type: "message.opted_out", at: desk.clock, data: { channel, family } }, `judge:${by}`, 1);
    derive(desk, { type: "consent.changed", at: desk.clock, data: { family, to: "opted_out" } }, `judge:${by}`, 1);
    return;
  }
  release(desk);
}

/** A person of the team knows where the lead lives: what waits for its hours is looked at again. */
export function setZone(desk: Desk, { zone, by }: Extract<Command, { type: "zone" }>): void {
  const { ownZone: _, ...rest } = desk.lead;
  desk.lead = zone === undefined ? rest : { ...rest, ownZone: { zone, at: desk.clock, by } };
  desk.zone = desk.scene.outreach.clockZone(desk.lead, desk.scene.now);
  release(desk);
}

/** Held messages are decided anew at the end of this turn. */
function release(desk: Desk): void {
  for (const { row, message } of [...desk.outbox.values()]) {
    if (row.kind !== "message" || row.state !== "held" || row.notBefore === undefined) continue;
    const { notBefore: _, ...released } = row;
    desk.outbox.set(row.id, message === undefined ? { row: released } : { row: released, message });
    desk.moved.add(row.id);
  }
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
  countWay(desk, message.delivery, now);
}

/** An opt-out closes the CRM's own switch, whoever heard of it first; a START opens again what we had closed. */
function toldToCrm(desk: Desk, change: AddressChange): AddressChange {
  const { family, optedOutAt, optOut } = change;
  const about = {
    id: idFrom(desk.scene.location, desk.case.id, family, String(optedOutAt ?? desk.clock), "dnd"),
    now: desk.scene.now,
  };
  if (optedOutAt === null) {
    closeOrOpen(desk, dndRow(desk.lead, "open", desk.known[family]?.optOut?.closed ?? [], about));
    return change;
  }
  // a carrier's opt-out is its own block, which the CRM knows
  if (optedOutAt === undefined || optOut == null || optOut.by === "carrier") return change;
  const closed = closable(desk.lead, family);
  closeOrOpen(desk, dndRow(desk.lead, "blocked", closed, about));
  return closed.length === 0 ? change : { ...change, optOut: { ...optOut, closed } };
}

function closeOrOpen(desk: Desk, row: OutboxRow | undefined): void {
  if (row === undefined || desk.outbox.has(row.id)) return;
  desk.outbox.set(row.id, { row });
  desk.fresh.add(row.id);
  const link: Link = { kind: "then", status: "run", code: "effect.update", values: { changed: ["do not disturb"] } };
  desk.drafts.push({
    at: desk.clock,
    kind: "effect",
    verdict: "queued",
    path: row.path,
    message: row.id,
    links: [link],
  });
}

function learn(desk: Desk, changes: readonly AddressChange[]): void {
  for (const given of changes) {
    if (given.address === undefined) {
      desk.addresses.push(given);
      continue;
    }
    const change = toldToCrm(desk, given);
    desk.addresses.push(change);
    const fact = { sends: [], ...desk.known[change.family] };
    const { optedOutAt: _optedOutAt, optOut: _optOut, faults: _faults, ...rest } = fact;
    const optedOutAt = change.optedOutAt === undefined ? fact.optedOutAt : (change.optedOutAt ?? undefined);
    const optOutFact = change.optOut === undefined ? fact.optOut : (change.optOut ?? undefined);
    desk.known = {
      ...desk.known,
      [change.family]: {
        ...rest,
        ...present({ optedOutAt, optOut: optOutFact, faults: withFaults(fact.faults, change.faults) }),
      },
    };
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

// Answers --------------------------------------------------------------------------------------------------------------

/** How an opt-out by the page of an e-mail is told. */
const BY_LINK = "the unsubscribe link";

/** What the sender or a receipt reports about an effect of ours. */
export function takeAnswer(desk: Desk, answer: Answer): void {
  const entry = desk.outbox.get(answer.outbox);
  if (entry === undefined) {
    count(desk, "answer.unknown", answer.outcome);
    return;
  }
  // the click on a link of ours has told itself; a click on the way out is no interest
  if (answer.outcome === "clicked" && answer.providerId !== undefined && isOwnLink(answer.link)) return;
  // it went to an address that is no longer the lead's: that one is left alone, the lead has said nothing
  const elsewhere = answer.to !== undefined && answer.channel === "email" && !isTheirs(desk, "email", answer.to);
  if (answer.outcome === "unsubscribed" && !elsewhere && desk.known.email?.optedOutAt !== undefined) return;
  apply(desk, settle(entry.row, messageOf(entry), answer, desk.scene.outreach, caseOf(desk)), undefined);
  if (answer.outcome === "unsubscribed" && elsewhere) return;
  const { message } = desk.outbox.get(answer.outbox) ?? entry;
  const event = eventOf(answer, entry.row, message);
  const cause = `${answer.outbox}:${answer.outcome}:${answer.at}`;
  if (event !== undefined) derive(desk, event, cause, 1);
  if (answer.outcome === "unsubscribed") {
    derive(desk, { type: "consent.changed", at: answer.at, data: { family: "email", to: "opted_out" } }, cause, 1);
    const values = { family: "email", rule: "unsubscribe link", word: BY_LINK, when: answer.at };
    const evidence = { type: "message", id: answer.outbox } as const;
    const link = {
      kind: "permission",
      status: "off",
      code: "consent.opted_out",
      values,
      at: answer.at,
      evidence,
    } as const;
    desk.drafts.push({ at: desk.clock, kind: "effect", verdict: "blocked", links: [link] });
  }
}

/** Whether a hash is of the number or address that the lead has now. */
function isTheirs(desk: Desk, family: "phone" | "email", hash: string): boolean {
  const address = addressesOf(desk.lead.contact)[family];
  return address !== undefined && addressKey(desk.scene.addressKey, family, address) === hash;
}

/** As far as is known when it is told: what comes later changes what is counted, not what this turn did. */
const isScanned = ({ outcome, at, link }: Answer, message: OutboxEntry["message"]): boolean =>
  outcome === "clicked" &&
  message !== undefined &&
  isMachineClick(message.delivery, at, link === undefined ? undefined : linkKey(link));

/** The events that people write about, made of answers about messages. */
function eventOf(answer: Answer, row: OutboxRow, message: OutboxEntry["message"]) {
  if (row.kind !== "message") return undefined;
  const channel = answer.channel ?? row.channels[row.place];
  const data = {
    "message.id": row.id,
    ...present({
      channel,
      run: row.run,
      workflow: row.workflow,
      step: row.path,
      link: answer.link,
      machine: isScanned(answer, message) || answer.machine,
      detail: answer.detail,
    }),
  };
  const types: Partial<Record<Answer["outcome"], string>> = {
    accepted: "message.sent",
    delivered: "message.delivered",
    failed: "message.failed",
    refused: "message.failed",
    bounced: "email.bounced",
    opened: "email.opened",
    clicked: channel === "email" ? "email.clicked" : "link.clicked",
    complained: "email.complained",
    unsubscribed: "message.opted_out",
  };
  const type = types[answer.outcome];
  return type === undefined ? undefined : { type, at: answer.at, data };
}

export function settleByHand(desk: Desk, outbox: string, as: "sent" | "not_sent", by: string): void {
  const entry = desk.outbox.get(outbox);
  if (entry === undefined) return;
  const command = { type: "settle" as const, outbox, as, by };
  apply(desk, settledByHand(entry.row, messageOf(entry), command, desk.scene.outreach, caseOf(desk)), undefined);
}

// Going out ------------------------------------------------------------------------------------------------------------

/** What waits in bulk of a lead that has given cause goes before mass sends, and so does what must wait behind it. */
export function hasten(desk: Desk): void {
  if (!desk.prompted) return;
  for (const [id, entry] of desk.outbox) {
    const row = raised(entry.row);
    if (row === entry.row) continue;
    desk.outbox.set(id, { ...entry, row });
    desk.moved.add(id);
  }
}

/** Decides new and waiting messages, by priority; what comes back at once (blocked, expired) moves runs, which may ask for more. */
export function settleOutbox(desk: Desk): void {
  for (;;) {
    const asked = desk.messages;
    recordRates(desk);
    recordRefusals(desk);
    desk.messages = [];
    const waiting = [...desk.outbox.values()].filter(
      ({ row }) =>
        row.kind === "message" && !desk.looked.has(row.id) && !desk.fresh.has(row.id) && isDue(row, desk.scene.now),
    );
    if (asked.length + waiting.length === 0) return;
    waiting.push(...unheld(desk, waiting));
    const fresh = asked.filter(({ effect }) => !desk.outbox.has(effect.id));
    const claims: Claim[] = [
      ...fresh.map(({ effect }) => ({ effect })),
      ...waiting.map((entry) => ({ row: entry.row, message: messageOf(entry) })),
    ];
    for (const { row } of waiting) desk.looked.add(row.id);
    for (const settled of arbitrate(claims, standing(desk, claims), desk.scene.outreach, caseOf(desk))) {
      desk.looked.add(settled.row.id);
      apply(desk, settled, fresh.find(({ effect }) => effect.id === settled.row.id)?.event);
    }
  }
}

/** Held by a cap to a later instant than it need be, as when what it waited behind was withdrawn: it comes before what is weaker. */
function unheld(desk: Desk, due: readonly OutboxEntry[]): OutboxEntry[] {
  const about = caseOf(desk);
  const { outreach } = desk.scene;
  return [...desk.outbox.values()].filter(
    (entry) =>
      entry.message !== undefined &&
      !due.includes(entry) &&
      !desk.looked.has(entry.row.id) &&
      !desk.fresh.has(entry.row.id) &&
      hasRoomAgain(entry.row, entry.message, outreach, about),
  );
}

/** The lead's messages that are queued and not decided now: they may have to give their place. */
function standing(desk: Desk, claims: readonly Claim[]): Standing[] {
  const decided = new Set(claims.map((claim) => ("effect" in claim ? claim.effect.id : claim.row.id)));
  return [...desk.outbox.values()].flatMap(({ row, message }) =>
    row.kind === "message" && row.state === "queued" && message !== undefined && !decided.has(row.id)
      ? [{ row, message }]
      : [],
  );
}

/** What the location's leads did is no part of the lead: a turn that looks at it records it, to be decided again alike. */
function recordRates(desk: Desk): void {
  const { rates } = desk.scene;
  if (
    rates === undefined ||
    Object.keys(rates).length === 0 ||
    !desk.messages.some(({ effect }) => effect.best === true)
  )
    return;
  desk.inputs.push({ found: { rates: rates as JsonObject } });
}

/** Nor is whom receivers refuse. Recorded once a turn, where it may have held something. */
function recordRefusals(desk: Desk): void {
  const { refusals = {} } = desk.scene;
  const known = desk.inputs.some(({ found }) => isObject(found) && "refusals" in found);
  if (known || Object.keys(refusals).length === 0) return;
  if (desk.messages.length === 0 && ![...desk.outbox.values()].some(({ row }) => row.kind === "message")) return;
  desk.inputs.push({ found: { refusals: refusals as unknown as JsonObject } });
}

/** A held row without an instant waits for whatever comes next: a parked lead's, once it is retried. */
function isDue(row: OutboxRow, now: Instant): boolean {
  if (row.state === "held" && row.notBefore === undefined) return true;
  const due = dueAt(row);
  return due !== undefined && due <= now;
}

/** The earliest instant at which a waiting row must be looked at; one that is over already is looked at again soon. */
export function heldUntil(desk: Desk): Instant | undefined {
  const instants = [...desk.outbox.values()]
    .map(({ row }) => dueAt(row))
    .filter((at) => at !== undefined && Number.isFinite(at)) as Instant[];
  return instants.length === 0 ? undefined : Math.max(Math.min(...instants), desk.scene.now + SECOND);
}

/** Takes in what outreach settled: the row, what was learned, the decision, and the run's answer. */
function apply(desk: Desk, settled: Settled, event: LeadEvent | undefined): void {
  const { row, message, outcome } = settled;
  const before = desk.outbox.get(row.id);
  if (settled.unmade !== true) desk.outbox.set(row.id, row.kind === "message" ? { row, message } : { row });
  if (settled.unmade !== true) countWay(desk, before?.message?.delivery, { row, message });
  if (settled.unmade === true) {
    // nothing of it is kept
  } else if (before === undefined) desk.fresh.add(row.id);
  else if (before.row !== row || before.message !== message) desk.moved.add(row.id);
  learn(desk, settled.addresses);
  askWhere(desk, settled);
  if (settled.verdict !== undefined) {
    count(desk, `message.${settled.verdict}`, row.channels[row.place] ?? row.kind);
    desk.drafts.push(messageDraft(desk, settled, event));
  }
  if (outcome !== undefined && row.run !== undefined) {
    const channel = row.channels[row.place];
    const input = { type: "outcome" as const, message: row.id, outcome, ...(channel === undefined ? {} : { channel }) };
    moveRun(desk, row.run, input, undefined, desk.round);
  }
  if (settled.answer !== undefined && row.run !== undefined) {
    const input = { type: "answer" as const, effect: row.id, path: row.path ?? "", ...settled.answer };
    moveRun(desk, row.run, input, undefined, desk.round);
  }
}

/** Held for a country of which we have no rules: a person is asked, once for each number that the lead has. */
function askWhere(desk: Desk, { verdict, links }: Settled): void {
  const isHeld = links.some(({ verdicts = [] }) => verdicts.some(({ code, ok }) => code === NO_RULES && !ok));
  const number = addressesOf(desk.lead.contact).phone;
  if (verdict !== "held" || !isHeld || number === undefined) return;
  const hash = addressKey(desk.scene.addressKey, "phone", number);
  const who = desk.lead.contact.name ?? "this lead";
  const title = `Reach ${who} by hand, or set their time zone: we have no rules for texts and calls to their country`;
  const id = idFrom(desk.scene.location, desk.case.id, hash, "no rules");
  carryOut(desk, { kind: "task", id, path: "hours", title, to: "owner", dueAt: desk.clock + HOUR }, undefined);
}

/** The whole chain of a message: event, rule, score, workflow, permission, channel, provider. */
function messageDraft(desk: Desk, { row, verdict, links }: Settled, event: LeadEvent | undefined): Draft {
  const run = row.run === undefined ? undefined : desk.runs.get(row.run);
  return {
    at: desk.clock,
    kind: row.kind === "message" ? "message" : "effect",
    verdict: verdict ?? "done",
    workflow: row.workflow,
    plan: run?.plan,
    run: row.run,
    path: row.path,
    message: row.id,
    links: [...causeOf(desk, run, event), ...links],
  };
}

// What outreach is told ------------------------------------------------------------------------------------------------

function caseOf(desk: Desk): OutreachCase {
  return {
    now: desk.scene.now,
    prompted: desk.prompted,
    lead: desk.lead,
    to: addressesOf(desk.lead.contact),
    addresses: desk.known,
    rows: [...desk.outbox.values()].map(({ row }) => row),
    lastInboundAt: desk.inbound,
    ...(desk.behavior.agentContactAt === undefined ? {} : { agentContactAt: desk.behavior.agentContactAt }),
    lines: desk.lines,
    habits: desk.habits,
    ...(desk.scene.rates === undefined ? {} : { rates: desk.scene.rates }),
    ...(desk.scene.refusals === undefined ? {} : { refusals: desk.scene.refusals }),
    isTheirs: (family, hash) => isTheirs(desk, family, hash),
    fields: (effect) => ({ ...fieldsOf(desk, desk.runs.get(effect.run)), ...effect.values }),
    active: (id) => {
      const run = desk.runs.get(id);
      return run !== undefined && !hasEnded(run);
    },
    paused: ({ run: id }) => {
      const run = id === undefined ? undefined : desk.runs.get(id);
      if (run?.status !== "paused") return undefined;
      return {
        what: "run",
        who: "a pause",
        at: run.pausedAt ?? desk.clock,
        reason: "the run is paused",
        ...(run.pausedUntil === undefined ? {} : { until: run.pausedUntil }),
      };
    },
  };
}

function messageOf({ row, message }: OutboxEntry): NonNullable<OutboxEntry["message"]> {
  if (message !== undefined) return message;
  if (row.kind === "message") throw new Defect(`message ${row.id} has no text`);
  // a tag, task or note has no text of its own
  return {
    id: row.id,
    location: row.location,
    lead: row.lead,
    createdAt: row.createdAt,
    rendered: {},
    template: "",
    templateHash: "",
    decided: [],
    delivery: {},
  };
}
