// What a team may do about a lead that may go cold: how soon by its risk, what by the reasons that weigh most. These are
// suggestions of ours. What one of them brings stands beside it only where an experiment of the location has measured it.
// A high risk is a reason to attend to a lead sooner, never to serve it less.

import { own } from "../../kernel/json.ts";
import { DAY, HOUR, type Instant, type Millis } from "../../kernel/time.ts";
import type { Interval } from "../learn/intervals.ts";

export const INTERVENTIONS = [
  "immediate_call",
  "personalized_email",
  "special_offer",
  "schedule_meeting",
  "property_recommendation",
  "market_update",
  "agent_escalation",
  "re_engagement_campaign",
] as const;
export type Intervention = (typeof INTERVENTIONS)[number];

export const INTERVENTION_WORDS: Readonly<Record<Intervention, string>> = {
  immediate_call: "call the lead",
  personalized_email: "write an e-mail about what it has asked and looked at",
  special_offer: "tell it of price changes and new listings in its range",
  schedule_meeting: "offer a time to meet",
  property_recommendation: "send homes like those it looked at",
  market_update: "send the market update",
  agent_escalation: "ask another of the team to take it on",
  re_engagement_campaign: "start the workflow that wins back quiet leads",
};

export type RiskLevel = "critical" | "high" | "medium" | "low";

/** Of a chance of going cold. */
export const RISK_FROM: Readonly<Record<Exclude<RiskLevel, "low">, number>> = { critical: 0.9, high: 0.7, medium: 0.4 };

export function riskLevel(chance: number): RiskLevel {
  if (chance >= RISK_FROM.critical) return "critical";
  if (chance >= RISK_FROM.high) return "high";
  return chance >= RISK_FROM.medium ? "medium" : "low";
}

const PRIORITY: Readonly<Record<RiskLevel, { readonly priority: Priority; readonly within: Millis }>> = {
  critical: { priority: "urgent", within: 2 * HOUR },
  high: { priority: "high", within: DAY },
  medium: { priority: "medium", within: 3 * DAY },
  low: { priority: "low", within: 7 * DAY },
};

export type Priority = "urgent" | "high" | "medium" | "low";

/** What an experiment of the location found of an intervention: a difference of shares, with the interval it holds in. */
export interface MeasuredEffect extends Interval {
  readonly experiment: string;
  /** What was counted: "appointment.booked". */
  readonly metric: string;
}

export type MeasuredEffects = Readonly<Partial<Record<Intervention, MeasuredEffect>>>;

export interface Suggestion {
  readonly intervention: Intervention;
  readonly words: string;
  readonly priority: Priority;
  readonly dueBy: Instant;
  /** The group of reasons it answers; absent: it is for the level of risk. */
  readonly because?: string;
  readonly effect: MeasuredEffect | "not measured";
}

/** By group of features (the registry's): what there is to do about a lead at risk for it. */
const BY_GROUP: Readonly<Record<string, Intervention>> = {
  arrival: "personalized_email",
  silence: "re_engagement_campaign",
  activity: "market_update",
  homes: "property_recommendation",
  price: "special_offer",
  forms: "personalized_email",
  words: "personalized_email",
  calls: "immediate_call",
  mail: "market_update",
  team: "agent_escalation",
  stated: "schedule_meeting",
  meetings: "schedule_meeting",
};

/** What each level asks for by itself. A person's time is not asked for at little risk. */
const BY_LEVEL: Readonly<Record<RiskLevel, readonly Intervention[]>> = {
  critical: ["immediate_call", "agent_escalation"],
  high: ["immediate_call"],
  medium: ["personalized_email"],
  low: [],
};
const PERSONAL: ReadonlySet<Intervention> = new Set(["immediate_call", "schedule_meeting", "agent_escalation"]);
const MOST = 3;

/**
 * At most three, the level's own first.
 *
 * @param reasons groups that go with a higher risk, strongest first
 * @param measured what experiments of the location have found
 */
export function interventionsFor(
  chance: number,
  reasons: readonly string[],
  now: Instant,
  measured: MeasuredEffects = {},
): Suggestion[] {
  const level = riskLevel(chance);
  const { priority, within } = PRIORITY[level];
  const chosen = new Map<Intervention, string | undefined>(BY_LEVEL[level].map((one) => [one, undefined]));
  for (const group of reasons) {
    const one = own(BY_GROUP, group);
    if (one === undefined || (level === "low" && PERSONAL.has(one))) continue;
    if (chosen.get(one) === undefined) chosen.set(one, group);
  }
  return [...chosen].slice(0, MOST).map(([intervention, because]) => ({
    intervention,
    words: INTERVENTION_WORDS[intervention],
    priority,
    dueBy: now + within,
    ...(because === undefined ? {} : { because }),
    effect: measured[intervention] ?? "not measured",
  }));
}
