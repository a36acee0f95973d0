// What a lead agreed to, folded from the events that say so. Pure. The full record stands in the table `consent`.

import { type LeadEvent, property } from "../events/index.ts";
import { own } from "../kernel/json.ts";
import type { ChannelName, ConsentRecord, Lead, Withdrawal } from "./lead.ts";

const CHANNELS: readonly ChannelName[] = ["sms", "email", "whatsapp", "voice"];
const PURPOSES = ["marketing", "transactional"] as const;
/** What a person did to agree. A box that was ticked for them is none of these. */
const ACTS: readonly string[] = ["box", "reply", "click", "voice", "signature", "word"];
/** More than anybody agrees to; the oldest are in the table alone. */
const MOST = 20;

/** The lead with what an event says of its agreements; the same lead where it says nothing. */
export function consenting(lead: Lead, event: LeadEvent): Lead {
  switch (event.type) {
    case "consent.given": {
      const record = consentIn(lead, event);
      if (record === undefined || lead.consents?.some(({ id }) => id === record.id)) return lead;
      // a withdrawal that was heard first, and is later, ends it all the same
      const stands = (lead.withdrawals ?? []).reduce(without, record);
      return { ...lead, consents: [...(lead.consents ?? []), stands].slice(-MOST) };
    }
    case "consent.withdrawn":
      return withdrawing(lead, event, listed(event), text(event, "consent"));
    case "message.opted_out":
      return withdrawing(lead, event, text(event, "channel") === "email" ? ["email"] : ["sms", "whatsapp", "voice"]);
    case "form.submitted":
    case "message.received":
      // anybody's browser may say that a form was sent: that lifts no hours
      if (event.source === "site") return lead;
      return lead.inquiredAt !== undefined && lead.inquiredAt >= event.at ? lead : { ...lead, inquiredAt: event.at };
    default:
      return lead;
  }
}

/** Takes channels (none named: all) off the agreements made until then, also off those that are heard of only later. */
function withdrawing(lead: Lead, event: LeadEvent, channels: readonly ChannelName[], id?: string): Lead {
  const { at, type } = event;
  const named = id === undefined ? {} : { id };
  const said: Withdrawal = {
    at,
    channels: channels.length === 0 ? CHANNELS : channels,
    ...named,
    event: event.id,
    type,
  };
  const next = remembering(lead, said);
  const consents = (lead.consents ?? []).map((one) => without(one, said));
  return consents.every((one, i) => one === lead.consents?.[i]) ? next : { ...next, consents };
}

/** What a later one says as well is forgotten; so is the name of an agreement that is known, which keeps its own end. */
function remembering(lead: Lead, said: Withdrawal): Lead {
  const held = lead.withdrawals ?? [];
  const known = said.id !== undefined && lead.consents?.some(({ id }) => id === said.id) === true;
  if (known || held.some((one) => covers(one, said))) return lead;
  const left = [...held.filter((one) => !covers(said, one)), said].toSorted((a, b) => a.at - b.at);
  const named = left.filter(({ id }) => id !== undefined).slice(-MOST);
  return { ...lead, withdrawals: left.filter((one) => one.id === undefined || named.includes(one)) };
}

const covers = (one: Withdrawal, other: Withdrawal): boolean =>
  one.id === other.id && one.at >= other.at && other.channels.every((channel) => one.channels.includes(channel));

/** Of an agreement and a withdrawal the later stands, of the same instant the withdrawal. Without a channel left it is withdrawn. */
function without(one: ConsentRecord, { at, channels, id }: Withdrawal): ConsentRecord {
  if (one.withdrawnAt !== undefined || one.at > at || (id !== undefined && one.id !== id)) return one;
  const left = one.channels.filter((channel) => !channels.includes(channel));
  if (left.length === one.channels.length) return one;
  return left.length === 0 ? { ...one, withdrawnAt: at } : { ...one, channels: left };
}

/** The channels that an event names. */
const listed = (event: LeadEvent): readonly ChannelName[] =>
  CHANNELS.filter((one) => list(event, "channels").includes(one));

/**
 * What a `consent.given` records; undefined where it names no channel. Written consent takes the words that were shown,
 * the seller they named and an act of the person; without one of them it is given, not written. What came with an import
 * is a claim, whatever it says of itself.
 */
export function consentIn(lead: Lead, event: LeadEvent): ConsentRecord | undefined {
  const channels = listed(event);
  if (channels.length === 0) return undefined;
  const purposes = PURPOSES.filter((one) => list(event, "purposes").includes(one));
  const source = text(event, "source") ?? event.source;
  const proven = ["wording", "seller"].every((name) => text(event, name) !== undefined);
  const asked = text(event, "level");
  const written =
    asked === "written" && proven && event.data["preticked"] !== true && ACTS.includes(text(event, "act") ?? "");
  const level = source === "import" || asked === "claim" ? "claim" : written ? "written" : "given";
  const phone = text(event, "phone") ?? lead.contact.phone;
  const email = text(event, "email") ?? lead.contact.email;
  return {
    id: text(event, "consent") ?? event.id,
    level,
    at: event.at,
    channels,
    purposes: purposes.length === 0 ? ["marketing", "transactional"] : purposes,
    source,
    ...(phone === undefined ? {} : { phone }),
    ...(email === undefined ? {} : { email }),
  };
}

function text({ data }: LeadEvent, name: string): string | undefined {
  const value = property(data, name);
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** A list, or the same as text with commas: a webhook's fields are text. */
function list({ data }: LeadEvent, name: string): readonly string[] {
  const value = own(data, name);
  if (Array.isArray(value)) return value.filter((one) => typeof one === "string");
  return typeof value === "string" ? value.split(",").map((one) => one.trim()) : [];
}
