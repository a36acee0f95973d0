// What somebody agreed to, weighed against what a message needs; and which hours that lifts. Pure. Source: compliance
// facts 1.2 to 1.4 and 8.

import { type JsonObject, own } from "../../kernel/json.ts";
import type { Instant } from "../../kernel/time.ts";
import type { ChannelName, ConsentLevel, ConsentRecord } from "../../leads/index.ts";
import type { AddressFact, Verdict } from "../message.ts";
import type { Check } from "./policy.ts";
import { type Hold, type LiftedBy, liftOf } from "./rules.ts";

/** The least that a location asks for, by purpose and channel; what is not named takes a claim. */
export type ConsentNeeds = Readonly<
  Partial<Record<"marketing" | "transactional", Readonly<Partial<Record<ChannelName, ConsentLevel>>>>>
>;

const RANK: Readonly<Record<ConsentLevel, number>> = { claim: 0, given: 1, written: 2 };
const KIND: Readonly<Record<ConsentLevel, string>> = {
  claim: "a claim",
  given: "consent",
  written: "written consent",
};

/** The right by consent: an opt-out ends it, whatever was agreed; else the best agreement that covers this message. */
export function consentVerdict(check: Check, fact: AddressFact | undefined): Verdict {
  if (fact?.optedOutAt !== undefined) {
    const { by, matched } = fact.optOut ?? {};
    return {
      code: "consent.opted_out",
      ok: false,
      values: { when: fact.optedOutAt, word: matched ?? by ?? "opt-out" },
    };
  }
  const marketing = check.channel === "email" && check.purpose === "marketing";
  const muted = marketing ? own(fact?.muted ?? {}, check.workflow) : undefined;
  if (muted !== undefined)
    return { code: "consent.muted", ok: false, values: { when: muted, workflow: check.workflow } };
  const relied = reliedOn(check);
  const need = check.purpose === "reply" ? "claim" : (check.house.consent?.[check.purpose]?.[check.channel] ?? "claim");
  const have = relied?.level ?? "claim";
  const lift = fact?.lifted;
  const again = lift && { lifted: lift.at, lifted_why: lift.why, lifted_by: lift.by };
  const consent: JsonObject =
    relied === undefined
      ? {
          kind: "contact in the CRM",
          ...(check.knownSince === undefined ? {} : { date: check.knownSince }),
          source: check.source ?? "the CRM",
        }
      : { kind: KIND[relied.level], date: relied.at, source: relied.source, consent: relied.id };
  const evidence: JsonObject = { ...consent, ...again };
  if (RANK[have] >= RANK[need]) return { code: "consent.ok", ok: true, values: evidence };
  const code = have === "claim" && relied?.source === "import" ? "consent.import_only" : "consent.none";
  return { code, ok: false, values: { need, have, ...evidence } };
}

/**
 * The strongest agreement, and of those the latest, that covers this channel, purpose and number or address. An opt-out ends
 * those of every record with that number or address, also those that are heard of only once it is taken back.
 */
export function reliedOn({ consents, channel, purpose, to, now, addresses }: Check): ConsentRecord | undefined {
  const { leftAt = Number.NEGATIVE_INFINITY } = (channel === "email" ? addresses.email : addresses.phone) ?? {};
  const covers = (one: ConsentRecord): boolean =>
    one.withdrawnAt === undefined &&
    one.at <= now &&
    one.at > leftAt &&
    one.channels.includes(channel) &&
    (purpose === "reply" || one.purposes.includes(purpose)) &&
    isFor(one, channel, to);
  return (consents ?? [])
    .filter(covers)
    .toSorted((a, b) => RANK[b.level] - RANK[a.level] || b.at - a.at || (a.id < b.id ? -1 : 1))[0];
}

/** Consent is for the number it was given for: another number needs its own. */
function isFor({ phone, email }: ConsentRecord, channel: ChannelName, to: string | undefined): boolean {
  if (channel === "email") return email === undefined || email.trim().toLowerCase() === to;
  const digits = (text: string) => text.replace(/\D/g, "").slice(-10);
  return phone === undefined || (to !== undefined && digits(phone) === digits(to));
}

// What it lifts ------------------------------------------------------------------------------------------------------

/** Of the states an owner has switched on, those whose own hours this lead's consent or dealings lift; with the reason. */
export function lifted(check: Check, states: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const state of states) {
    if (check.house.lift?.includes(state) !== true) continue;
    const why = liftedBy(check, liftOf(state, check.now));
    if (why !== undefined) found.set(state, why);
  }
  return found;
}

/** Emergencies that bind this lead: one of whose exceptions holds does not. */
export const binding = (check: Check, holds: readonly Hold[]): readonly Hold[] =>
  holds.filter(({ exceptions }) => liftedBy(check, exceptions) === undefined);

function liftedBy(check: Check, by: LiftedBy | undefined): string | undefined {
  if (by === undefined) return undefined;
  const relied = by.consent === true ? reliedOn(check) : undefined;
  if (relied !== undefined && relied.level !== "claim") return `consent ${relied.id}`;
  const { transactionAt, inquiredAt } = check;
  if (within(transactionAt, by.transactionMonths, check.now)) return `a transaction of ${day(transactionAt)}`;
  if (within(inquiredAt, by.inquiryMonths, check.now)) return `their inquiry of ${day(inquiredAt)}`;
  return undefined;
}

const within = (at: Instant | undefined, months: number | undefined, now: Instant): at is Instant =>
  at !== undefined && months !== undefined && at <= now && now < monthsAfter(at, months);

/** Calendar months later; of a day that the month does not have, its last. */
export function monthsAfter(at: Instant, months: number): Instant {
  const date = new Date(at);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 0)).getUTCDate();
  const day = Math.min(date.getUTCDate(), last);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, day) + (at % 86_400_000);
}

const day = (at: Instant): string => new Date(at).toISOString().slice(0, 10);
