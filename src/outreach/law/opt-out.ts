// What follows from a lead's own words: our suppression, by number or address, in the turn that reads them.

import type { LeadEvent } from "../../events/index.ts";
import type { Link } from "../../insights/index.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Instant } from "../../kernel/time.ts";
import type { AddressChange, AddressFact, AddressFacts } from "../message.ts";
import { afterChange, BY_START, BY_START_ELSEWHERE } from "./causes.ts";
import { type Former, type OwedOptOut, type OwedStart, owedOf } from "./owed.ts";
import { saidIn } from "./said.ts";
import { type Family, scopeOf } from "./scope.ts";
import type { Judgment } from "./words.ts";

export interface OptOutDecision {
  readonly judgment: Judgment;
  readonly addresses: readonly AddressChange[];
  /** What it ends by the contact alone, no number or address being named: `placed` makes it of those that the CRM names. */
  readonly owed?: readonly OwedOptOut[];
  /** START that names no number or address: it lifts nothing before the CRM has said that the contact still has this one. */
  readonly start?: OwedStart;
  /** Events of our own that end runs: `message.opted_out`, `consent.changed`. */
  readonly emits: readonly { readonly type: string; readonly data: JsonObject }[];
  /** A person of the team should look: unclear words, or a threat. */
  readonly ask?: string;
  readonly links: readonly Link[];
}

/** The number or address, by its keyed hash, from which the words came. */
export interface SaidAt {
  readonly family: Family;
  readonly hash: string;
  /** It is the lead's as we know it. */
  readonly theirs: boolean;
  /** Another network's id for its writer, which looks like somebody's number. */
  readonly guessed?: true;
}

export interface SaidWhere {
  /** What the words name: there they were said, whatever the contact turns out to have. */
  readonly from?: SaidAt | undefined;
  /** Where they may have been said if they name nothing. */
  readonly formerly?: readonly Former[];
  /** The turn's. Absent: when they were said. */
  readonly now?: Instant;
}

/**
 * Reads the lead's words, wherever they were said: in a message, on a call, in a form. An opt-out ends what the rules of
 * that day say (see `scopeOf`), for the whole location. START lifts an opt-out, or a doubt, that words, the carrier or a person's judgment made;
 * YES, and anything else, lifts nothing; START that names no number or address waits until the CRM has said what the contact has.
 *
 * @param to the lead's number and address, normalized
 */
export function optOut(
  event: LeadEvent,
  to: { readonly phone?: string; readonly email?: string },
  addresses: AddressFacts,
  { from, formerly = [], now = event.at }: SaidWhere = {},
): OptOutDecision {
  const { judgment, family, channel } = saidIn(event);
  // what may be meant is ended there, too, and nothing is lifted there
  const named = from?.guessed === true ? undefined : from;
  const nothing: OptOutDecision = { judgment, addresses: [], emits: [], links: [] };
  const values: JsonObject = { family, rule: judgment.rule, word: judgment.matched ?? "", when: event.at };
  const address = to[family];
  const fact = addresses[family];
  switch (judgment.verdict) {
    case "opt_out": {
      const ended = scopeOf(judgment, family, event.at);
      const elsewhere = elsewhereOf(from);
      return {
        judgment,
        addresses: [
          ...ended.flatMap((one) => suppressed(one, to[one], addresses[one], judgment, event)),
          ...(elsewhere === undefined
            ? []
            : [{ ...elsewhere, optedOutAt: event.at, optOut: evidenceOf(judgment, event) }]),
          ...formerly
            .filter(({ family: one, until }) => ended.includes(one) && named?.family !== one && event.at <= until)
            .map((one) => ({
              ...{ family: one.family, address: one.address },
              ...{ optedOutAt: event.at, optOut: evidenceOf(judgment, event) },
            })),
        ],
        owed: ended
          .filter((one) => to[one] === undefined || named?.family !== one)
          .map((one) => owedOf({ family: one, at: event.at, optOut: evidenceOf(judgment, event) }, to[one], now)),
        emits: [
          ...ended.map((one) => ({
            type: "message.opted_out",
            data: { ...values, family: one, channel: one === family ? channel : one === "email" ? "email" : "sms" },
          })),
          ...ended.map((one) => ({ type: "consent.changed", data: { family: one, to: "opted_out" } })),
        ],
        ...(judgment.alert ? { ask: "a threat of legal action" } : {}),
        links: [link("off", "consent.opted_out", { ...values, ends: [...ended] }, event)],
      };
    }
    case "hold_and_ask": {
      if (address === undefined) return nothing;
      const asked = {
        family,
        address,
        optOut: { ...evidenceOf(judgment, event), lead: event.lead, askedAt: event.at },
      } as const;
      // who has left is asked about once that is lifted
      if (fact?.optedOutAt !== undefined) return { ...nothing, addresses: [asked] };
      // a person is asked once, and judges the last as well
      if (fact?.optOut?.askedAt !== undefined) return { ...nothing, addresses: [asked] };
      const ask = unclearAsk(judgment.matched);
      return {
        judgment,
        addresses: [asked],
        emits: [],
        ask,
        links: [link("held", "paused.run", { ...values, reason: ask }, event)],
      };
    }
    case "opt_in": {
      const elsewhere = elsewhereOf(named);
      // whoever closed the contact's own number may be somebody else
      if (elsewhere !== undefined)
        return { ...nothing, addresses: [{ ...elsewhere, takes: { kinds: BY_START_ELSEWHERE, at: event.at } }] };
      if (address === undefined || fact === undefined) return nothing;
      const start = { family, address, at: event.at, word: judgment.matched ?? "START", event: event.id };
      if (afterChange(fact, takenBy(start)) === fact) return nothing;
      if (named === undefined) return { ...nothing, start: { ...start, ask: { at: now, times: 0 } } };
      return { judgment, ...optIn(start, fact) };
    }
    case "help":
    case "none":
      return nothing;
  }
}

const takenBy = ({ family, address, at }: Omit<OwedStart, "ask">) => ({
  ...{ family, address, takes: { kinds: BY_START, at } },
});

/** What START lifts at a number or address that is the contact's for certain. */
export function optIn(
  start: Omit<OwedStart, "ask">,
  fact: AddressFact | undefined,
): Pick<OptOutDecision, "addresses" | "emits" | "links"> {
  const { family, at, word, event } = start;
  const nothing = { addresses: [], emits: [], links: [] };
  if (fact === undefined) return nothing;
  const here = takenBy(start);
  const after = afterChange(fact, here);
  if (after === fact) return nothing;
  // a link or a complaint ended it, too: those stand
  if (after.optedOutAt !== undefined) return { ...nothing, addresses: [here] };
  const channels = family === "email" ? ["email"] : ["sms", "whatsapp", "voice"];
  return {
    addresses: [here],
    emits: [
      { type: "consent.changed", data: { family, to: "opted_in" } },
      { type: "consent.given", data: { channels, level: "given", act: "word", source: word } },
    ],
    links: [link("done", "consent.ok", { kind: "their own word", source: word, date: at }, { id: event, at })],
  };
}

/** What a person is asked about unclear words. */
export const unclearAsk = (matched: string | undefined): string =>
  `may have asked us to stop: ${matched ?? "unclear words"}`;

const elsewhereOf = (from: SaidAt | undefined): Pick<SaidAt, "family" | "hash"> | undefined =>
  from === undefined || from.theirs ? undefined : { family: from.family, hash: from.hash };

const evidenceOf = ({ rule, matched }: Judgment, event: LeadEvent) => ({
  by: "words" as const,
  rule,
  ...(matched === undefined ? {} : { matched }),
  event: event.id,
});

/** Of an address that has left already, what a lift must know of is kept beside it. */
function suppressed(
  family: Family,
  address: string | undefined,
  fact: AddressFact | undefined,
  judgment: Judgment,
  event: LeadEvent,
): AddressChange[] {
  if (address === undefined) return [];
  const change = { family, address, optedOutAt: event.at, optOut: evidenceOf(judgment, event) };
  return fact !== undefined && afterChange(fact, change) === fact ? [] : [change];
}

interface Judged {
  readonly as: "opted_out" | "go_on";
  readonly at: Instant;
  readonly by: string;
  /** The last words that the person had read (`lastWords`). */
  readonly seen: string;
}

/** A person has judged the unclear words that they had read: they lift the hold, or make it an opt-out. */
export function judged(family: "phone" | "email", address: string, { as, at, by, seen }: Judged): AddressChange {
  if (as === "go_on") return { family, address, goOn: true, seen };
  return { family, address, optedOutAt: at, optOut: { by: "person", matched: by }, seen };
}

function link(status: Link["status"], code: string, values: JsonObject, event: Pick<LeadEvent, "id" | "at">): Link {
  return { kind: "permission", status, code, values, at: event.at, evidence: { type: "event", id: event.id } };
}
