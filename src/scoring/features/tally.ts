// What is kept of a lead so that it can be scored: one small state, folded event by event, bounded, without a history.
// Nothing else is read to make a row, so a row can only know what events had told by then.
//
// The same events in another order leave the same tally, but for this: decayed sums agree to twelve digits (they are sums
// of floating-point numbers); how long a reply took is known only where the message it answers was told before it; and
// since when somebody has said the same (`Said`) is since when it was told in a row.

import { BUILT_IN, type LeadEvent, property } from "../../events/index.ts";
import type { Instant } from "../../kernel/time.ts";
import { type Faded, type Fading, fadeIn } from "./fade.ts";
import { addDay, addSend, addView, homeOf, minuteOf, type Send, type View } from "./marks.ts";
import { fieldKind, moneyIn, monthsIn, sourceIn, yesIn } from "./stated.ts";

/** Plain JSON. Everything but the version is absent until something has told it. */
export interface Tally {
  readonly v: 1;
  /** The earliest event. */
  readonly seen?: Instant;
  /** When the contact came, as the CRM says. */
  readonly came?: Instant;
  readonly source?: Stated<string>;
  /** Latest instants. */
  readonly last?: Readonly<Partial<Record<Latest, Instant>>>;
  /** When we, or the team, first wrote or called. */
  readonly reached?: Instant;
  readonly totals?: Readonly<Partial<Record<Total, number>>>;
  readonly faded?: Faded;
  readonly days?: readonly number[];
  readonly views?: readonly View[];
  readonly sends?: readonly Send[];
  /** Replies whose message we know: how many, and the sum of log2(1 + hours). */
  readonly delays?: { readonly n: number; readonly sum: number };
  /** Months, major units of money, yes or no; null: taken back. */
  readonly timeline?: Said;
  readonly budget?: Said;
  readonly approved?: Said;
  /** Whether the lead has closed a way to write to it. */
  readonly closed?: { readonly phone?: Stated<boolean>; readonly email?: Stated<boolean> };
}

export type Stated<T> = readonly [at: Instant, value: T];

/** With the instant since when the same has been said: the CRM repeats a contact whole. */
export type Said = readonly [at: Instant, value: number | null, since: Instant];

export type Latest = "act" | "view" | "word" | "mail" | "agent" | "sent";

export type Total =
  | `${"sent" | "replied"}_${"sms" | "email" | "whatsapp"}`
  | "clicked"
  | "words"
  | "answered"
  | "unanswered"
  | `appointments_${"booked" | "held" | "missed" | "canceled"}`;

/** Of whom nothing is known. */
export const NOTHING_SEEN: Tally = { v: 1 };

/** What the tally asks about events; the same in the turn and in training, or the two would see different leads. */
export interface Reading {
  /** Whether it counts as something the lead did. */
  readonly isAct: (type: string) => boolean;
  /** All names of a custom field, by the CRM's id or by its subject; the first says what it is about. */
  readonly fieldNames: (field: string) => readonly string[];
}

/** Without a folder's own behaviors and a location's own fields. */
export const PLAIN: Reading = {
  isAct: (type) => Object.hasOwn(BUILT_IN.behaviors, type),
  fieldNames: (field) => [field],
};

type Draft = { -readonly [K in keyof Tally]: Tally[K] };

/** Folds one event in. What a machine did (`machine: true`) is nobody's behavior. */
export function observe(tally: Tally, event: LeadEvent, reading: Reading): Tally {
  if (event.data["machine"] === true) return tally;
  const { at } = event;
  const next: Draft = { ...tally, seen: Math.min(tally.seen ?? at, at) };
  const fading: [Fading, number][] = [];
  if (reading.isAct(event.type)) {
    fading.push(["acts_2d", 1], ["acts_7d", 1], ["acts_30d", 1]);
    next.days = addDay(next.days, at);
    latest(next, "act", at);
  }
  told(next, event, fading, reading);
  const faded = fadeIn(tally.faded, at, fading);
  if (faded !== undefined) next.faded = faded;
  return next;
}

function told(next: Draft, event: LeadEvent, fading: [Fading, number][], reading: Reading): void {
  const { at, data } = event;
  switch (event.type) {
    case "property_view":
      fading.push(["views_7d", 1], ["views_30d", 1]);
      stay(data, fading);
      latest(next, "view", at);
      viewed(next, event);
      return;
    case "website_visit":
      fading.push(["visits_7d", 1]);
      stay(data, fading);
      return;
    case "page.left":
      stay(data, fading);
      return;
    case "property.favorited":
      fading.push(["favorites", 1]);
      return;
    case "search.saved":
      fading.push(["searches", 1]);
      return;
    case "form.started":
      fading.push(["started", 1]);
      return;
    case "form.submitted":
      fading.push(["forms", 1]);
      return;
    case "document.downloaded":
      fading.push(["documents", 1]);
      return;
    case "email.opened":
      fading.push(["opened", 1]);
      latest(next, "mail", at);
      return;
    case "email.clicked":
    case "link.clicked":
      fading.push(["clicked", 1]);
      latest(next, "mail", at);
      total(next, "clicked");
      return;
    case "message.received":
      fading.push(["words", 1]);
      latest(next, "word", at);
      total(next, "words");
      return;
    case "message.replied":
      replied(next, event);
      return;
    case "call.answered":
      fading.push([data["direction"] === "inbound" ? "called" : "calls", 1]);
      latest(next, "word", at);
      total(next, "answered");
      return;
    case "call.missed":
      fading.push(["called", 1]);
      return;
    case "call.ended":
      if (data["direction"] === "inbound") return;
      reach(next, at);
      if (data["answered"] === true) return;
      fading.push(["unanswered", 1]);
      total(next, "unanswered");
      return;
    case "agent.contacted":
      fading.push(["agent", 1]);
      latest(next, "agent", at);
      reach(next, at);
      return;
    case "message.sent":
      sent(next, event, fading);
      return;
    case "message.opted_out":
      close(next, at, data["family"] ?? data["channel"], true);
      return;
    case "consent.changed":
      close(next, at, data["family"] ?? data["channel"], data["to"] !== "open");
      return;
    case "appointment.booked":
    case "appointment.held":
    case "appointment.missed":
    case "appointment.canceled":
      total(next, event.type.replace("appointment.", "appointments_") as Total);
      return;
    case "contact.created":
      came(next, data["createdAt"]);
      comeFrom(next, at, data["source"]);
      return;
    case "crm.contact":
      contact(next, event, reading);
      return;
    case "field.changed":
      if (typeof data["field"] === "string") field(next, at, fieldKind(reading.fieldNames(data["field"])), data["to"]);
  }
}

// What each of them leaves -------------------------------------------------------------------------------------------

function latest(next: Draft, name: Latest, at: Instant): void {
  if ((next.last?.[name] ?? -1) < at) next.last = { ...next.last, [name]: at };
}

function total(next: Draft, name: Total): void {
  next.totals = { ...next.totals, [name]: (next.totals?.[name] ?? 0) + 1 };
}

const reach = (next: Draft, at: Instant): void => {
  next.reached = Math.min(next.reached ?? at, at);
};

const came = (next: Draft, at: unknown): void => {
  if (typeof at === "number") next.came = Math.min(next.came ?? at, at);
};

/** Seconds on a page, an hour at most: a window left open is no reading. */
function stay(data: LeadEvent["data"], fading: [Fading, number][]): void {
  const seconds = data["seconds"];
  if (typeof seconds === "number" && seconds > 0) fading.push(["minutes_7d", Math.min(seconds, 3_600) / 60]);
}

function viewed(next: Draft, { at, data }: LeadEvent): void {
  const id = property(data, "property.id");
  if (typeof id !== "string" && typeof id !== "number") return;
  const price = property(data, "property.price") ?? data["price"];
  const hundredths = typeof price === "number" && price > 0 ? Math.round(Math.log(price) * 100) : null;
  next.views = addView(next.views, [minuteOf(at), homeOf(String(id)), hundredths]);
}

function sent(next: Draft, { at, data }: LeadEvent, fading: [Fading, number][]): void {
  fading.push(["sent", 1]);
  latest(next, "sent", at);
  reach(next, at);
  const channel = channelOf(data);
  if (channel === undefined) return;
  next.sends = addSend(next.sends, [minuteOf(at), channel]);
  total(next, `sent_${channel}`);
}

function replied(next: Draft, { at, data }: LeadEvent): void {
  const channel = channelOf(data);
  if (channel === undefined) return;
  total(next, `replied_${channel}`);
  const minute = minuteOf(at);
  const to = next.sends?.findLast((send) => send[1] === channel && send[0] <= minute);
  if (to === undefined) return;
  const { n, sum } = next.delays ?? { n: 0, sum: 0 };
  next.delays = { n: n + 1, sum: sum + Math.log2(1 + (minute - to[0]) / 60) };
}

function channelOf(data: LeadEvent["data"]): "sms" | "email" | "whatsapp" | undefined {
  const channel = data["channel"];
  return channel === "sms" || channel === "email" || channel === "whatsapp" ? channel : undefined;
}

function close(next: Draft, at: Instant, what: unknown, closed: boolean): void {
  const phone = what === "phone" || what === "sms" || what === "whatsapp" || what === "all";
  const email = what === "email" || what === "all";
  const { closed: before } = next;
  if (!phone && !email) return;
  next.closed = {
    ...before,
    ...(phone && { phone: newer(before?.phone, at, closed) as Stated<boolean> }),
    ...(email && { email: newer(before?.email, at, closed) as Stated<boolean> }),
  };
}

function contact(next: Draft, { at, receivedAt, data }: LeadEvent, reading: Reading): void {
  const asOf = typeof data["asOf"] === "number" ? Math.min(data["asOf"], receivedAt) : at;
  came(next, data["createdAt"]);
  const fields = data["contact"];
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) return;
  const { source, custom } = fields as { readonly source?: unknown; readonly custom?: unknown };
  comeFrom(next, asOf, source);
  if (typeof custom !== "object" || custom === null) return;
  for (const [id, value] of Object.entries(custom)) field(next, asOf, fieldKind(reading.fieldNames(id)), value);
}

function comeFrom(next: Draft, at: Instant, text: unknown): void {
  const source = newer(next.source, at, sourceIn(text));
  if (source !== undefined) next.source = source;
}

function field(next: Draft, at: Instant, kind: ReturnType<typeof fieldKind>, value: unknown): void {
  if (kind === undefined) return;
  const read = kind === "timeline" ? monthsIn(value) : kind === "budget" ? moneyIn(value) : yesIn(value);
  const figure = read === undefined ? null : Number(read);
  const held = next[kind];
  if (held?.[1] === figure) {
    next[kind] = [Math.max(held[0], at), figure, Math.min(held[2], at)];
    return;
  }
  const stated = newer(held === undefined ? undefined : [held[0], held[1]], at, figure);
  if (stated !== undefined && stated[1] !== held?.[1]) next[kind] = [at, stated[1], at];
}

/** The latest statement stands; of two at one instant the greater, as text. */
function newer<T>(held: Stated<T> | undefined, at: Instant, value: T | undefined): Stated<T> | undefined {
  if (value === undefined || (held !== undefined && held[0] > at)) return held;
  if (held !== undefined && held[0] === at && String(held[1]) >= String(value)) return held;
  return [at, value];
}
