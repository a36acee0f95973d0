// Every feature. Base: the 38 of the system Latchkey follows, without those that stand in for a protected trait, that an agent
// writes, or that nothing observes; docs/decisions/features.md names each and says why.

import { DAY } from "../../kernel/time.ts";
import type { Feature, Unit, Use, Value } from "./feature.ts";
import { answeredAfter, type Known, sinceItsWord } from "./known.ts";
import { SOURCES } from "./stated.ts";
import type { Total } from "./tally.ts";
import { ago, amount, days, hours, percent, times } from "./words.ts";

const BOTH: readonly Use[] = ["score", "churn"];
const AUDIT_ONLY: readonly Use[] = [];

type Draft = Omit<Feature, "use" | "kind"> & { readonly use?: readonly Use[]; readonly kind?: Feature["kind"] };
const feature = (draft: Draft): Feature => ({ kind: "number", use: BOTH, ...draft });

/** A decayed count: `window` is its half-life. */
const fading = (
  name: string,
  of: Parameters<Known["faded"]>[0],
  halfLife: number,
  group: Feature["group"],
  noun: readonly [string, string],
  more: Partial<Draft> = {},
): Feature =>
  feature({
    name,
    unit: "count",
    window: halfLife * DAY,
    fades: true,
    group,
    read: ({ faded }) => faded(of),
    say: (value) => amount(value, noun, halfLife),
    ...more,
  });

/** Days since; the shorter, the better or as good. */
const since = (name: string, read: Feature["read"], group: Feature["group"], did: string, never: string): Feature =>
  feature({ name, unit: "days", group, monotone: -1, read, say: (value) => ago(value, did, never) });

const share = (
  name: string,
  group: Feature["group"],
  of: readonly [done: (known: Known) => number, asked: (known: Known) => number],
  say: (share: string) => string,
  none: string,
): Feature =>
  feature({
    name,
    unit: "share",
    group,
    monotone: 1,
    read: (known) => (of[1](known) === 0 ? undefined : Math.min(1, (of[0](known) + 0.1) / (of[1](known) + 1))),
    say: (value) => (typeof value === "number" ? say(percent(value)) : none),
  });

const count = (name: string, total: Total, noun: readonly [string, string], more: Partial<Draft> = {}): Feature =>
  feature({
    name,
    unit: "count",
    group: "meetings",
    read: (known) => known.total(total),
    say: (value) => times(value, noun),
    ...more,
  });

const total =
  (name: Total) =>
  (known: Known): number =>
    known.total(name);

const plain = (value: Value, digits = 1): string =>
  typeof value === "number" ? String(Number(value.toFixed(digits))) : "?";
const YES_NO: Unit = "yes or no";

export const FEATURES: readonly Feature[] = [
  // arrival
  feature({
    name: "known_days",
    unit: "days",
    group: "arrival",
    read: ({ knownDays }) => knownDays,
    say: (value) => (typeof value === "number" ? `came ${days(value)} ago` : "nothing known yet"),
  }),
  feature({
    name: "source",
    kind: "category",
    levels: SOURCES,
    unit: "level",
    group: "arrival",
    read: ({ tally }) => tally.source?.[1],
    say: (value) => (value === undefined ? "came from nobody says where" : `came by ${value}`),
  }),

  // silence
  since("idle_days", ({ idleDays }) => idleDays, "silence", "did something", "has done nothing yet"),
  since(
    "view_days",
    ({ tally, daysSince }) => daysSince(tally.last?.view),
    "silence",
    "looked at a home",
    "has looked at no home",
  ),
  since(
    "word_days",
    ({ tally, daysSince }) => daysSince(tally.last?.word),
    "silence",
    "wrote or talked to us",
    "has never written or talked to us",
  ),
  since(
    "mail_days",
    ({ tally, daysSince }) => daysSince(tally.last?.mail),
    "silence",
    "opened or clicked a message",
    "has opened or clicked no message",
  ),
  feature({
    name: "idle_by_rhythm",
    unit: "ratio",
    group: "silence",
    monotone: -1,
    read: ({ idleDays, rhythm }) =>
      idleDays === undefined || rhythm === undefined ? undefined : idleDays / Math.max(1, rhythm),
    say: (value) =>
      value === undefined ? "has no rhythm yet" : `quiet for ${plain(value)} times its usual gap between visits`,
  }),

  // activity
  fading("acts_2d", "acts_2d", 2, "activity", ["act", "acts"]),
  fading("acts_7d", "acts_7d", 7, "activity", ["act", "acts"]),
  fading("acts_30d", "acts_30d", 30, "activity", ["act", "acts"]),
  feature({
    name: "trend",
    unit: "ratio",
    window: 30 * DAY,
    fades: true,
    group: "activity",
    // what a steady lead has in 2 days' half-life against 30 days', made 0 where they agree
    read: ({ faded }) => Math.log2((faded("acts_2d") / 2 + 0.05) / (faded("acts_30d") / 30 + 0.05)),
    say: (value) =>
      typeof value !== "number" || Math.abs(value) < 0.3
        ? "as active as usual"
        : value > 0
          ? "more active than usual"
          : "less active than usual",
  }),
  feature({
    name: "active_days",
    unit: "days",
    window: 30 * DAY,
    group: "activity",
    read: ({ activeDays }) => activeDays,
    say: (value) => `active on ${plain(value, 0)} of 30 days`,
  }),
  feature({
    name: "rhythm_days",
    unit: "days",
    group: "activity",
    read: ({ rhythm }) => rhythm,
    say: (value) => (typeof value === "number" ? `comes about every ${days(value)}` : "has no rhythm yet"),
  }),
  fading("visits", "visits_7d", 7, "activity", ["site visit", "site visits"]),
  fading("minutes", "minutes_7d", 7, "activity", ["minute on the site", "minutes on the site"], { unit: "minutes" }),

  // homes
  fading("views_7d", "views_7d", 7, "homes", ["property view", "property views"]),
  fading("views_30d", "views_30d", 30, "homes", ["property view", "property views"]),
  feature({
    name: "homes",
    unit: "count",
    window: 30 * DAY,
    group: "homes",
    read: ({ homes }) => homes.distinct,
    say: (value) => `${times(value, ["different home", "different homes"])} in 30 days`,
  }),
  feature({
    name: "again_share",
    unit: "share",
    window: 30 * DAY,
    group: "homes",
    read: ({ homes }) => (homes.views === 0 ? undefined : 1 - homes.distinct / homes.views),
    say: (value) =>
      typeof value === "number"
        ? `${percent(value)} of its views are of homes it had seen`
        : "has looked at no home in 30 days",
  }),
  feature({
    name: "same_home",
    unit: "count",
    window: 30 * DAY,
    group: "homes",
    read: ({ homes }) => homes.most,
    say: (value) => `looked at one home ${times(value, ["time", "times"])} in 30 days`,
  }),

  // price: how wide and how near its budget, never how high, since prices stand in for places and for who lives there
  feature({
    name: "price_spread",
    unit: "ratio",
    window: 30 * DAY,
    group: "price",
    read: ({ homes }) => homes.price?.spread,
    say: (value) =>
      typeof value === "number"
        ? `prices it looks at differ by about ${percent(value)}`
        : "too few prices seen to say how they spread",
  }),
  feature({
    name: "off_budget",
    unit: "ratio",
    window: 30 * DAY,
    group: "price",
    read: ({ homes, tally }) => {
      const budget = tally.budget?.[1];
      return homes.price === undefined || typeof budget !== "number"
        ? undefined
        : Math.abs(homes.price.mean - Math.log(budget));
    },
    say: (value) =>
      typeof value === "number"
        ? `looks at prices about ${percent(Math.exp(value) - 1)} off its stated budget`
        : "budget or prices not known",
  }),
  feature({
    name: "price_level",
    unit: "ratio",
    window: 30 * DAY,
    group: "price",
    use: AUDIT_ONLY,
    read: ({ homes }) => homes.price?.mean,
    say: (value) =>
      typeof value === "number" ? `prices around ${Math.round(Math.exp(value) / 1_000)},000` : "too few prices seen",
  }),

  // forms
  fading("favorites", "favorites", 30, "forms", ["favorite", "favorites"]),
  fading("searches", "searches", 30, "forms", ["saved search", "saved searches"]),
  fading("forms", "forms", 30, "forms", ["form sent", "forms sent"]),
  fading("started", "started", 30, "forms", ["form begun", "forms begun"]),
  fading("documents", "documents", 30, "forms", ["document downloaded", "documents downloaded"]),

  // words
  fading("words", "words", 14, "words", ["message from it", "messages from it"], { monotone: 1 }),
  feature({
    name: "words_ever",
    unit: "count",
    group: "words",
    monotone: 1,
    read: total("words"),
    say: (value) => `wrote ${times(value, ["message", "messages"])} so far`,
  }),
  share(
    "text_answers",
    "words",
    [
      (known) => known.total("replied_sms") + known.total("replied_whatsapp"),
      (known) => known.total("sent_sms") + known.total("sent_whatsapp"),
    ],
    (part) => `answers about ${part} of our texts`,
    "no text sent yet",
  ),
  share(
    "mail_answers",
    "words",
    [total("replied_email"), total("sent_email")],
    (part) => `answers about ${part} of our e-mails`,
    "no e-mail sent yet",
  ),
  feature({
    name: "answer_hours",
    unit: "hours",
    group: "words",
    read: ({ tally: { delays } }) => (delays === undefined ? undefined : 2 ** (delays.sum / delays.n) - 1),
    say: (value) =>
      typeof value === "number" ? `takes about ${hours(value)} to answer` : "has answered no message of ours",
  }),

  // calls
  fading("calls", "calls", 30, "calls", ["call it took", "calls it took"], { monotone: 1 }),
  fading("called", "called", 30, "calls", ["call it made", "calls it made"], { monotone: 1 }),
  fading("calls_unanswered", "unanswered", 14, "calls", ["call it did not take", "calls it did not take"]),
  share(
    "call_answers",
    "calls",
    [total("answered"), (known) => known.total("answered") + known.total("unanswered")],
    (part) => `takes about ${part} of calls`,
    "nobody has called it",
  ),

  // mail
  fading("opened", "opened", 14, "mail", ["e-mail opened", "e-mails opened"]),
  fading("clicked", "clicked", 14, "mail", ["link clicked", "links clicked"]),
  share(
    "click_answers",
    "mail",
    [total("clicked"), (known) => known.total("sent_email") + known.total("sent_sms")],
    (part) => `clicks a link in about ${part} of our messages`,
    "no message sent yet",
  ),

  // team
  feature({
    name: "first_answer_hours",
    unit: "hours",
    group: "team",
    read: ({ tally }) => answeredAfter(tally),
    say: (value) =>
      typeof value === "number" ? `first heard from us after ${hours(value)}` : "has not heard from us yet",
  }),
  fading("agent_contacts", "agent", 14, "team", ["contact by a person of the team", "contacts by people of the team"]),
  feature({
    name: "agent_days",
    unit: "days",
    group: "team",
    read: ({ tally, daysSince }) => daysSince(tally.last?.agent),
    say: (value) => ago(value, "a person of the team wrote or talked", "no person of the team has written or talked"),
  }),
  fading("sent", "sent", 14, "team", ["message we sent", "messages we sent"]),
  feature({
    name: "sent_in_vain",
    unit: "count",
    group: "team",
    read: ({ tally }) => sinceItsWord(tally),
    say: (value) => `${times(value, ["message", "messages"])} since its last word`,
  }),

  // stated
  feature({
    name: "months_to_move",
    unit: "months",
    group: "stated",
    read: ({ tally: { timeline }, now }) =>
      timeline === undefined || timeline[1] === null
        ? undefined
        : timeline[1] - Math.max(0, now - timeline[2]) / (30.44 * DAY),
    say: (value) =>
      typeof value !== "number"
        ? "has stated no time line"
        : value <= 0
          ? "wanted to move by now"
          : `wants to move in about ${times(value, ["month", "months"])}`,
  }),
  feature({
    name: "pre_approved",
    kind: "flag",
    unit: YES_NO,
    group: "stated",
    monotone: 1,
    read: ({ tally: { approved } }) => (approved === undefined || approved[1] === null ? undefined : approved[1] === 1),
    say: (value) =>
      value === undefined ? "pre-approval not known" : value === 1 ? "is pre-approved" : "is not pre-approved",
  }),
  feature({
    name: "told_budget",
    kind: "flag",
    unit: YES_NO,
    group: "stated",
    read: ({ tally: { budget } }) => budget !== undefined && budget[1] !== null,
    say: (value) => (value === 1 ? "told us a budget" : "has told us no budget"),
  }),
  feature({
    name: "closed_to_us",
    kind: "flag",
    unit: YES_NO,
    group: "stated",
    read: ({ tally: { closed } }) => closed?.phone?.[1] === true || closed?.email?.[1] === true,
    say: (value) => (value === 1 ? "has asked us not to text or mail" : "may be written to"),
  }),

  // meetings
  count("appointments", "appointments_booked", ["appointment booked so far", "appointments booked so far"]),
  count("appointments_held", "appointments_held", ["appointment held", "appointments held"]),
  count("appointments_missed", "appointments_missed", ["appointment missed", "appointments missed"]),
  count("appointments_canceled", "appointments_canceled", ["appointment canceled", "appointments canceled"]),
];
