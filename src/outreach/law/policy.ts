// The right to send: every check of one channel, in data. Pure; asked in the turn and again at the moment of sending.

import type { JsonObject } from "../../kernel/json.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../../kernel/time.ts";
import { localTime } from "../../kernel/zone.ts";
import type { ChannelName, Consent, ConsentRecord } from "../../leads/index.ts";
import type { Cap, LocalRange, Purpose } from "../../workflows/index.ts";
import { BY_TEMPLATE, type Forms } from "../letter/window.ts";
import type { AddressFact, AddressFacts, Refused, Send, Verdict } from "../message.ts";
import { type BoundCap, capsOf, capVerdicts, isPhone, roomAt } from "./caps.ts";
import whatsappPolicy from "./data/whatsapp-policy.json" with { type: "json" };
import { ruleAt } from "./dated.ts";
import {
  allowed,
  type Constraint,
  constraints,
  dayName,
  isClosedAllDay,
  nextAllowed,
  opening,
  quietAround,
  windowAt,
} from "./hours.ts";
import { unclearAsk } from "./opt-out.ts";
import { binding, type ConsentNeeds, consentVerdict, lifted } from "./permission.ts";
import { isAnswer } from "./reply.ts";
import { type Hold, type Medium, type Pack, RULES_DATE, SHIPPED_HOLDS } from "./rules.ts";
import type { Place, Places } from "./zones.ts";

/** What the location and the folder say together: lists are unions, so the strictest of all binds. */
export interface HouseRules {
  readonly pack: Pack;
  readonly quietHours: readonly LocalRange[];
  /** Quiet hours of the team and the workflow hold for e-mail too. The law has none for it. */
  readonly emailQuietHours: boolean;
  readonly caps: readonly Cap[];
  /** Marketing keeps quiet for so long after a person of the team wrote to the lead, or talked to it; 0: not at all.
   * Absent: an hour. */
  readonly agentQuietMinutes?: number;
  /** Emergencies that an owner added to those we ship. */
  readonly holds?: readonly Hold[];
  /** States whose own hours and closed days an owner lets consent and dealings lift, where their law says so. */
  readonly lift?: readonly string[];
  readonly consent?: ConsentNeeds;
}

/** All that one channel's right depends on. Plain JSON, so that the sender can ask with what it has locked. */
export interface Check {
  readonly channel: ChannelName;
  readonly purpose: Purpose;
  readonly now: Instant;
  /** Outbox identity: its own earlier attempts count against no cap. */
  readonly message: string;
  readonly workflow: string;
  readonly consent: Consent;
  /** When the CRM last spoke of do-not-disturb. */
  readonly consentAt?: Instant;
  /** Where the contact came from, in the CRM's words, and since when. */
  readonly source?: string;
  readonly knownSince?: Instant;
  readonly consents?: readonly ConsentRecord[];
  /** When the lead last asked us something, and last bought. */
  readonly inquiredAt?: Instant;
  readonly transactionAt?: Instant;
  /** Normalized number or address of this channel. */
  readonly to?: string;
  readonly addresses: AddressFacts;
  readonly places: Places;
  readonly house: HouseRules;
  readonly caps: readonly Cap[];
  readonly quietHours?: LocalRange;
  /** Ours to this lead that are queued or on their way: they count as sent. */
  readonly waiting: readonly Send[];
  readonly paused?: Paused;
  readonly agentActive?: { readonly agent?: string; readonly at: Instant; readonly until: Instant };
  /** The lead's last own message on this channel. */
  readonly lastInboundAt?: Instant;
  /** When it last wrote, called or asked, by whichever channel: an answer is one for a while. */
  readonly wroteAt?: Instant;
  /** WhatsApp: how this message may go, as free text and by a template. */
  readonly forms?: Forms;
  /** Who this would come from is refused: a domain by receivers, or the channel by the CRM. */
  readonly refused?: Refused & { readonly domain: string };
}

export interface Paused {
  readonly what: "run" | "workflow";
  readonly who: string;
  readonly at: Instant;
  readonly reason: string;
  readonly until?: Instant;
}

/** `hold`: the first instant at which all that binds now has room. */
export type Permission = "ok" | "blocked" | { readonly hold: Instant };

export interface Permit {
  readonly verdicts: readonly Verdict[];
  readonly permission: Permission;
  /** Where it is held to an opening of hours: when they close again. */
  readonly closes?: Instant;
}

/** A hold without a known end is looked at again after this long, or at the message's own limit. */
const HORIZON = 7 * DAY;
/** An answer within this long of the lead's own message may go at any hour the team keeps (compliance 1.3, `reply`). */
const REPLY_WINDOW = 15 * MINUTE;
/** Minutes kept before a window closes, for queue and carrier (compliance 1.3). */
const MARGIN = 5;

/** May this go out on this channel, now; if not, is it a matter of time? Every check is listed, the good ones too. */
export function permit(asked: Check): Permit {
  const late = asked.purpose === "reply" && !isAnswer(asked.wroteAt, asked.now);
  const check: Check = late ? { ...asked, purpose: "marketing" } : asked;
  const fact = isPhone(check.channel) ? check.addresses.phone : check.addresses.email;
  const rights = [
    consentVerdict(check, fact),
    dnd(check),
    ...address(check, fact),
    ...whatsapp(check),
    ...unanswered(asked, late),
  ];
  const silence = [...unclear(check, fact), ...paused(check), ...agent(check), ...refused(check)];
  const open = openHours(check);
  const caps = capsOf(check);
  const verdicts = [...rights, ...silence, hours(check, open), ...capVerdicts(check, caps)].map(
    (verdict): Verdict => ({ ...verdict, channel: check.channel }),
  );
  if (rights.some((verdict) => !verdict.ok)) return { verdicts, permission: "blocked" };
  if (verdicts.every((verdict) => verdict.ok)) return { verdicts, permission: "ok" };
  const hold = firstRoom(check, silence, open, caps);
  const window = opensAt(open ?? [], hold);
  return { verdicts, permission: { hold }, ...(window === undefined ? {} : { closes: window.to }) };
}

// Rights: without one of these the channel is blocked ----------------------------------------------------------------

function dnd(check: Check): Verdict {
  const channel = check.consent.channels[check.channel];
  if (!check.consent.all && channel === undefined) return { code: "dnd.none", ok: true };
  const values: JsonObject = {
    scope: check.consent.all ? "all" : check.channel,
    ...(channel === "permanent" ? { permanent: true } : {}),
    ...(check.consentAt === undefined ? {} : { when: check.consentAt }),
  };
  return { code: "dnd.crm", ok: false, values };
}

function address(check: Check, fact: AddressFact | undefined): Verdict[] {
  const number = isPhone(check.channel) ? "phone number" : "e-mail address";
  if (check.to === undefined) return [{ code: "address.missing", ok: false, values: { number } }];
  const { badAt, detail = "" } = fact?.faults?.[check.channel] ?? {};
  if (badAt !== undefined) return [{ code: "address.bad", ok: false, values: { number, when: badAt, detail } }];
  return [{ code: "address.ok", ok: true, values: { number } }];
}

/** Decided as an answer, and no longer one: it counts as marketing, for which an e-mail without a way out has no right. */
function unanswered({ channel, wroteAt }: Check, late: boolean): Verdict[] {
  if (!late) return [];
  const values: JsonObject = wroteAt === undefined ? {} : { last: wroteAt };
  return [channel === "email" ? { code: "reply.over", ok: false, values } : { code: "reply.none", ok: true, values }];
}

/** What WhatsApp itself lets through (compliance facts 5): no marketing where it is paused, free text within its window alone. */
function whatsapp(check: Check): Verdict[] {
  if (check.channel !== "whatsapp") return [];
  const refused = ruleAt(whatsappPolicy.rows, "refused", check.now);
  const { purpose, country, by } = refused?.value ?? {};
  if (purpose === check.purpose && country === (check.places.foreign ?? "US")) {
    const values = { purpose, country, by: by ?? "", since: refused?.effectiveFrom ?? "" };
    return [{ code: "whatsapp.refused", ok: false, values }];
  }
  const last = check.lastInboundAt;
  const hours = ruleAt(whatsappPolicy.rows, "window", check.now)?.value.hours ?? 0;
  const open = last !== undefined && check.now < last + hours * HOUR;
  const said = last === undefined ? {} : { last };
  const { template, free = true } = check.forms ?? {};
  // outside it, and where there is no free text, a workflow of the CRM sends what WhatsApp has approved
  if (template !== undefined && !(open && free))
    return [{ code: BY_TEMPLATE, ok: true, values: { ...said, template } }];
  const values = last === undefined ? {} : { values: said };
  return [{ code: open ? "window.ok" : "window.closed", ok: open, ...values }];
}

// Silence: someone asked for quiet -----------------------------------------------------------------------------------

function unclear(check: Check, fact: AddressFact | undefined): Verdict[] {
  const since = fact?.optedOutAt === undefined ? fact?.optOut?.askedAt : undefined;
  if (since === undefined) return [];
  const reason = unclearAsk(fact?.optOut?.matched);
  return [
    { code: "paused.run", ok: false, until: check.now + HORIZON, values: { who: "Latchkey", when: since, reason } },
  ];
}

function paused(check: Check): Verdict[] {
  if (check.paused === undefined) return [];
  const { what, who, at, reason, until } = check.paused;
  if (until !== undefined && until <= check.now) return [];
  return [
    { code: `paused.${what}`, ok: false, until: until ?? check.now + HORIZON, values: { who, when: at, reason } },
  ];
}

function agent(check: Check): Verdict[] {
  const active = check.agentActive;
  if (active === undefined || check.now >= active.until || check.purpose !== "marketing") return [];
  const values = { agent: active.agent ?? "someone of the team", at: active.at, until: active.until };
  return [{ code: "agent.active", ok: false, until: active.until, values }];
}

/** Receivers refuse the sender: to go on would have them refuse it for longer. */
function refused({ refused: one, purpose, now }: Check): Verdict[] {
  if (one === undefined || now >= one.until || purpose !== "marketing") return [];
  const { domain, since, until, detail } = one;
  return [{ code: "sender.refused", ok: false, until, values: { domain, when: since, until, detail } }];
}

/** The platform calls from 8 to 20 on the clock of the number. @source its help pages, 2026 */
const CALLING_NIGHT: LocalRange = { from: 20 * 60, to: 8 * 60 };

/** Held because no rules of ours are for the lead's country: a person is asked. */
export const NO_RULES = "hours.no_rules";

// Hours ---------------------------------------------------------------------------------------------------------------

/** The constraints that bind, none where no hours apply, or undefined where no rule of ours covers the lead's country. */
function openHours(check: Check): readonly Constraint[] | undefined {
  const { channel, house, places } = check;
  const quiet = [...house.quietHours, ...(check.quietHours === undefined ? [] : [check.quietHours])];
  if (channel === "voice") quiet.push(CALLING_NIGHT);
  if (channel === "email") {
    if (!house.emailQuietHours) return [];
    const here = places.places.length > 0 ? places.places : [{ zone: places.clockZone, evidence: "location" as const }];
    return team(constraints(here, { pack: house.pack, media: [], quiet, margin: 0 }));
  }
  const here = placesOf(check);
  if (here.length === 0) return undefined;
  const media: readonly Medium[] = channel === "voice" ? ["call", "prerecorded"] : ["text"];
  const holds = check.purpose === "marketing" ? binding(check, [...SHIPPED_HOLDS, ...(house.holds ?? [])]) : [];
  const free = [...lifted(check, statesOf(check)).keys()];
  const all = constraints(here, { pack: house.pack, media, quiet, margin: MARGIN, holds, lifted: free });
  return isPromptReply(check) ? team(all) : all;
}

/** Abroad only what the lead asked for goes, by a zone that somebody named: the house's hours and the team's on its clock. */
const placesOf = ({ places: { places, told }, purpose }: Check): readonly Place[] =>
  told === undefined || purpose === "marketing" ? places : [told];

const statesOf = ({ places }: Check): readonly string[] => places.places.flatMap(({ state }) => state ?? []);

const team = (all: readonly Constraint[]): Constraint[] => all.filter((one) => one.by === "team");

/** No automated voice at night, not even as an answer. */
const isPromptReply = ({ purpose, channel, lastInboundAt, now }: Check): boolean =>
  purpose === "reply" && channel !== "voice" && lastInboundAt !== undefined && now - lastInboundAt <= REPLY_WINDOW;

function hours(check: Check, open: readonly Constraint[] | undefined): Verdict {
  const { places, now } = check;
  if (open === undefined) {
    const values = { country: places.foreign ?? "", purpose: check.purpose };
    return { code: NO_RULES, ok: false, values };
  }
  if (open.length === 0) return { code: "hours.not_needed", ok: true };
  const here = placesOf(check);
  const zones = [...new Set(here.map((place) => place.zone))];
  const evidence = [...new Set(here.map((place) => place.evidence))].join(", ");
  const free = [...lifted(check, statesOf(check))].map(([one, why]) => `${one} by ${why}`);
  const rules = { pack: check.house.pack, rules: RULES_DATE, ...(free.length === 0 ? {} : { lifted: free }) };
  const state = opening(open, now);
  const closer = state.closedBy.find((one) => one.by === "hold") ?? state.closedBy[0];
  if (closer === undefined) {
    const { from, to } = windowAt(open, now);
    const clock = (at: Instant) => clockAt(at, places.clockZone);
    const window = { local: clock(now), from: clock(from), to: clock(to) };
    return {
      code: "hours.ok",
      ok: true,
      values: { at: now, ...window, zones, evidence, places: here.map(named), ...rules },
    };
  }
  const until = state.next === undefined ? {} : { until: state.next };
  const next = state.next === undefined ? {} : { next: state.next };
  if (closer.by === "hold") {
    const values = { state: closer.state ?? "", reason: closer.reason ?? "", ...rules, ...next };
    return { code: "hours.hold", ok: false, ...until, values };
  }
  // a team may close all of a day, and that is no holiday
  if (closer.by !== "team" && isClosedAllDay(closer, now)) {
    const values = {
      day: dayName(closer, now),
      state: closer.state ?? closer.zone,
      zone: closer.zone,
      ...rules,
      ...next,
    };
    return { code: "hours.day", ok: false, ...until, values };
  }
  // Unsure matters only where another plausible clock would have let it go.
  const elsewhere = zones.some((zone) => !state.closedBy.some((one) => one.zone === zone));
  if (elsewhere)
    return { code: "hours.unsure_zone", ok: false, ...until, values: { zones, evidence, ...rules, ...next } };
  const place = closer.state ?? closer.zone;
  return {
    code: "hours.quiet",
    ok: false,
    ...until,
    values: { ...quietAround(closer, now), place, zone: closer.zone, by: closer.by, ...rules, ...next },
  };
}

/** The window that begins at this very instant. */
function opensAt(open: readonly Constraint[], at: Instant): { readonly to: Instant } | undefined {
  if (open.length === 0 || !allowed(open, at)) return undefined;
  const window = windowAt(open, at);
  return window.from === at ? window : undefined;
}

/** `14:05`, on a zone's clock. */
function clockAt(at: Instant, zone: string): string {
  const { minute } = localTime(at, zone);
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** `FL America/Chicago by area_code`: for the proof of how a place was derived. */
const named = ({ state, zone, evidence }: Place): string =>
  `${state === undefined ? "" : `${state} `}${zone} by ${evidence}`;

// When it may be otherwise --------------------------------------------------------------------------------------------

function firstRoom(
  check: Check,
  silence: readonly Verdict[],
  open: readonly Constraint[] | undefined,
  caps: readonly BoundCap[],
): Instant {
  const unknown = check.now + HORIZON;
  if (open === undefined) return unknown;
  let at = Math.max(check.now, ...silence.map((verdict) => verdict.until ?? unknown));
  for (;;) {
    const before = at;
    for (const cap of caps) {
      const room = roomAt(cap, at);
      if (room === undefined) return unknown;
      at = room;
    }
    const opens = nextAllowed(open, at);
    if (opens === undefined) return Math.max(unknown, at);
    at = opens;
    if (at === before) return at;
  }
}
