// What the Messages page says of counts and states. Pure: the sections only draw it.

import type { LegView, Measure, MessageState, Stages } from "../../src/insights/index.ts";
import type { KeptBack } from "./api.ts";
import { number } from "./format.ts";

export const SPANS = ["1d", "7d", "30d"] as const;
export type Span = (typeof SPANS)[number];
export const DAYS: Readonly<Record<Span, number>> = { "1d": 1, "7d": 7, "30d": 30 };

export const CHANNELS = ["sms", "email", "whatsapp", "voice"] as const;
export const CHANNEL_WORDS: Readonly<Record<(typeof CHANNELS)[number], string>> = {
  sms: "Text",
  email: "Email",
  whatsapp: "WhatsApp",
  voice: "Call",
};

/** Every state, as the list is asked for it: one without a word does not compile. */
export const STATES: Readonly<Record<MessageState, string>> = {
  queued: "About to go",
  held: "Held",
  sending: "Going out",
  unconfirmed: "Unconfirmed",
  undecided: "Undecided",
  accepted: "Sent, no receipt yet",
  delivered: "Delivered",
  failed: "Failed",
  blocked: "Refused",
  expired: "Expired",
  withdrawn: "Withdrawn",
  shadow: "Rehearsed",
};

/** What rules did, as decisions call it. */
export const VERDICTS = ["held", "blocked", "expired"] as const;

/** One bar of the funnel: how many, of how many of which stage. */
export interface Bar {
  readonly name: string;
  readonly n: number;
  readonly of?: { readonly n: number; readonly name: string };
}

/** Fewer than this say nothing of a share. */
export const ENOUGH = 30;

/** The way of messages, or of attempts on a channel: these begin by being tried there. */
export function barsOf(counts: Measure, stages: Stages): readonly Bar[] {
  const { decided, accepted, delivered, opened, clicked, replied } = stages;
  const first = counts === "messages" ? "decided" : "tried";
  return [
    { name: first, n: decided },
    { name: "sent", n: accepted, of: { n: decided, name: first } },
    { name: "delivered", n: delivered, of: { n: accepted, name: "sent" } },
    { name: "opened by people", n: opened, of: { n: delivered, name: "delivered" } },
    { name: "clicked", n: clicked, of: { n: delivered, name: "delivered" } },
    { name: "replied to", n: replied, of: { n: delivered, name: "delivered" } },
  ];
}

/** `96% of 318 sent`; a share only where there is a base for one. What was told later may exceed what was sent. */
export function shareOf({ n, of }: Bar): string {
  if (of === undefined) return "";
  const base = `of ${number(of.n)} ${of.name}`;
  if (of.n < ENOUGH || n > of.n) return base;
  return `${Math.round((n / of.n) * 100)}% ${base}`;
}

/** What went otherwise, with the words of people. */
export function asidesOf(counts: Measure, stages: Stages): readonly (readonly [string, number, string])[] {
  const failed: readonly (readonly [string, number, string])[] =
    counts === "messages"
      ? [["Failed", stages.failed, "no channel got through"]]
      : [
          ["Failed", stages.failed, "the CRM or carrier said no"],
          ["Bounced", stages.bounced, "no such mailbox"],
        ];
  return [
    ["Held", stages.held, "waited at least once"],
    ["Refused", stages.refused, "by rule, or no number or address"],
    ["Expired", stages.expired, "their time was over"],
    ["Withdrawn", stages.withdrawn, "their run ended before"],
    ...failed,
    ["Opted out", stages.opted_out, "left after one of these"],
    ["Next channel", stages.failover, "tried another way"],
  ];
}

/** What the column Failed shows; of attempts, those that bounced too. */
export const failedOf = (counts: Measure, { failed, bounced }: Stages): number =>
  counts === "messages" ? failed : failed + bounced;

/** Days together: each rule once, the most messages first. */
export function byRule(days: readonly KeptBack[]): KeptBack[] {
  const rules = new Map<string, KeptBack>();
  for (const one of days) {
    const key = `${one.verdict} ${one.code}`;
    const known = rules.get(key);
    rules.set(key, { ...one, messages: one.messages + (known?.messages ?? 0), leads: one.leads + (known?.leads ?? 0) });
  }
  return [...rules.values()].sort((a, b) => b.messages - a.messages || (a.code < b.code ? -1 : 1));
}

export const LEG_WORDS: Readonly<Record<LegView["state"], string>> = {
  pending: "not sent yet",
  sent: "sent",
  delivered: "delivered",
  opened: "opened",
  clicked: "clicked",
  replied: "answered",
  failed: "failed",
  bounced: "bounced",
};

export const TOLD_WORDS: Readonly<Record<LegView["facts"][number]["told"], string>> = {
  held: "first held",
  refused: "not sent",
  expired: "its time was over",
  accepted: "taken by the CRM",
  delivered: "delivered",
  opened: "opened by a person",
  clicked: "clicked by a person",
  replied: "answered",
  failed: "failed",
  bounced: "bounced",
  opted_out: "they opted out",
  failover: "left for the next channel",
  machine_opened: "opened by a mail proxy, which counts as nobody",
  machine_clicked: "clicked by a link scanner, which counts as nobody",
};

const BY: Readonly<Record<string, string>> = {
  answer: "the CRM’s answer",
  webhook: "a webhook",
  email_stats: "email statistics",
  recipient: "email statistics, known by the recipient alone",
  poll: "we asked the CRM",
  lookup: "found in the conversation",
  lead: "the lead",
  person: "a person of the team",
  rules: "our rules",
  hold: "assumed: nobody could say",
};
export const byWords = (by: string): string => BY[by] ?? by;

/** `email → text`: the way a message took. */
export const wayOf = (legs: readonly LegView[]): string =>
  legs.map(({ channel }) => CHANNEL_WORDS[channel].toLowerCase()).join(" → ");
