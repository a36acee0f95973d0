// What a condition may ask about a lead, at one instant. Everything is read from the turn's own copy; nothing is looked up.

import { engagement, history, idle, nextExpiry, qualification, recentSince } from "../behavior/index.ts";
import type { Instant } from "../kernel/time.ts";
import { localTime } from "../kernel/zone.ts";
import { contactFact } from "../leads/index.ts";
import { bestChannel } from "../outreach/index.ts";
import type { ConditionFacts, RunFacts, Value } from "../workflows/index.ts";
import { bestTimeOf } from "./best-time.ts";
import type { Desk } from "./desk.ts";
import { mayWrite, optedOut } from "./rights.ts";
import { renderLine } from "./texts.ts";
import { variantOf } from "./variant.ts";

const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** The lead's facts as of the desk's clock. */
export function factsOf(desk: Desk): ConditionFacts {
  const now = desk.clock;
  return {
    now,
    zone: desk.zone,
    value(subject) {
      const dot = subject.indexOf(".");
      const name = subject.slice(dot + 1);
      switch (subject.slice(0, dot)) {
        case "lead":
          return ofLead(desk, name, now);
        case "time":
          return ofTime(desk, name, now);
        default:
          return contactFact(desk.lead, subject, now, desk.scene.catalog);
      }
    },
    history: (question, from) => history(desk.behavior, question, now, from),
    nextExpiry: (question) => nextExpiry(desk.behavior, question, now),
  };
}

/** What a run may know: the lead's facts, the turn's events, and how text is made. */
export function runFactsOf(desk: Desk): RunFacts {
  const { settings } = desk.scene.publication;
  return {
    now: desk.clock,
    seed: desk.scene.seed,
    zone: desk.zone,
    lead: factsOf(desk),
    eventsSince(type, from) {
      const own = desk.seen.filter((event) => event.type === type && event.at >= from);
      const known = new Set(own.map((event) => event.at));
      const earlier = recentSince(desk.behavior, type, from).filter((at) => !known.has(at));
      return [...earlier.map((at) => ({ at })), ...own.map((event) => ({ at: event.at, event }))].sort(
        (a, b) => a.at - b.at,
      );
    },
    render: (text, run) => renderLine(desk, text, run),
    businessHours: settings.businessHours,
    holidays: settings.holidays,
    variant: (experiment) => variantOf(desk, experiment),
    bestTime: (spans) => bestTimeOf(desk, spans),
  };
}

function ofLead(desk: Desk, name: string, now: Instant): Value | undefined {
  switch (name) {
    case "score":
      return desk.score?.score;
    case "tier":
      return desk.score?.tier;
    case "chance":
      return desk.score?.chance;
    case "churn":
      return desk.score?.churn;
    case "engagement":
      return engagement(desk.behavior, now);
    case "qualification":
      return qualification(desk.behavior);
    case "idle":
      return idle(desk.behavior, now);
    case "age":
      return desk.lead.createdAt === undefined ? undefined : Math.max(0, now - desk.lead.createdAt);
    case "best_channel":
      return bestChannel({ habits: desk.habits, wrote: desk.inbound }, now);
    case "opted_out":
      return optedOut(desk);
    case "consent.sms":
      return mayWrite(desk, "sms");
    case "consent.email":
      return mayWrite(desk, "email");
    default:
      return undefined;
  }
}

function ofTime(desk: Desk, name: string, now: Instant): Value | undefined {
  const local = localTime(now, desk.zone);
  const date = `${local.year}-${String(local.month).padStart(2, "0")}-${String(local.day).padStart(2, "0")}`;
  switch (name) {
    case "local":
      return local.minute;
    case "weekday":
      return WEEKDAYS[local.weekday - 1];
    case "date":
      return date;
    case "business_hours": {
      const { businessHours, holidays } = desk.scene.publication.settings;
      const { weekday, minute } = local;
      if (holidays.includes(date)) return false;
      return businessHours.some(({ days, from, to }) => days.includes(weekday) && minute >= from && minute < to);
    }
    default:
      return undefined;
  }
}
