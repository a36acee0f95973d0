// How a team treats its leads: the reference policies, who gets which, and how soon the first answer comes.

import { DAY, HOUR, type Instant, MINUTE, type Millis } from "../../src/kernel/time.ts";
import type { Chance } from "../chance.ts";
import type { Lead } from "./birth.ts";
import type { TownMessage } from "./event.ts";
import type { Life } from "./life.ts";
import { hourOfWeek } from "./rhythm.ts";

export type Policy = "light" | "standard" | "intensive";

export interface Step {
  readonly channel: TownMessage["channel"];
  /** After birth. */
  readonly after: Millis;
  /** The how-manieth of its channel: policies that differ share the draws of their first text, first call, first mail. */
  readonly n: number;
}

/** Who treats whom otherwise than chance says, by where they live. All off in a town without bias. */
export interface Biases {
  /** Codes with mostly group G are answered five times slower, and six in ten of them lightly. */
  readonly treatment?: boolean;
  /** Half of their bookings are never recorded. */
  readonly record?: boolean;
  /** Their mails suit them less. */
  readonly content?: boolean;
}

export const isDisfavored = ({ truth }: Lead): boolean => truth.zipShare > 0.5;

const SHARES: readonly (readonly [Policy, number])[] = [
  ["light", 0.3],
  ["standard", 0.4],
  ["intensive", 0.3],
];
const LIGHTLY = 0.6;

/** A policy by lot, and the chance with which this one was drawn. */
export function drawn(chance: Chance, disfavored = false): { readonly policy: Policy; readonly propensity: number } {
  const share = ([policy, given]: readonly [Policy, number]): number =>
    disfavored ? (1 - LIGHTLY) * given + (policy === "light" ? LIGHTLY : 0) : given;
  let rest = chance.u("policy");
  for (const each of SHARES) {
    if (rest < share(each)) return { policy: each[0], propensity: share(each) };
    rest -= share(each);
  }
  return { policy: "intensive", propensity: share(SHARES[2] as readonly [Policy, number]) };
}

/** In order of time. @param first how long the first answer takes */
export function scheduleOf(policy: Policy, days: number, first: Millis = 20 * MINUTE): Step[] {
  const counts = { call: 0, sms: 0, email: 0, whatsapp: 0 };
  const steps: Step[] = [];
  const add = (channel: Step["channel"], after: Millis) => {
    steps.push({ channel, after, n: counts[channel] });
    counts[channel] += 1;
  };
  const every = (channel: Step["channel"], from: number, step: number) => {
    for (let day = from; day < days; day += step) add(channel, Math.floor(day * DAY) + 15 * HOUR);
  };
  const on = (channel: Step["channel"], list: readonly number[]) => {
    for (const day of list)
      if (day < days) add(channel, day === 0 ? first : Math.max(first + HOUR, day * DAY + 20 * MINUTE));
  };
  switch (policy) {
    case "light":
      on("sms", [0]);
      every("email", 1, 10);
      break;
    case "standard":
      on("call", [0, 1, 3, 7]);
      on("sms", [0, 1, 4, 8]);
      every("sms", 22, 14);
      every("email", 2, 7);
      break;
    case "intensive":
      on("call", [0, 1, 2, 3, 5, 7, 10, 14, 21]);
      on("sms", [0]);
      every("sms", 6, 6);
      every("email", 1, 4);
  }
  return steps.sort((a, b) => a.after - b.after);
}

const WORKDAY = { from: 9, to: 18 };

/**
 * How long the first answer takes: median 20 minutes in office hours, four times that outside, sooner for who looks good.
 * The look is half intent, so that those who are answered fast book more than the speed alone explains: assumed, and planted.
 */
function answerTime(lead: Lead, entered: Instant, slowly: boolean): Millis {
  const hour = hourOfWeek(entered, lead.profile.zone) % 24;
  const isOpen = hour >= WORKDAY.from && hour < WORKDAY.to;
  const log = Math.log(20) - 0.4 * lead.truth.look + lead.chance.normal("answer");
  const minutes = Math.exp(log) * (isOpen ? 1 : 4) * (slowly ? 5 : 1);
  return Math.floor(Math.min(3 * DAY, minutes * MINUTE));
}

/** What a record of a lead is sent, and how it came to that. */
export interface Plan {
  readonly policy: Policy;
  readonly propensity: number;
  /** To the first answer. */
  readonly answer: Millis;
  readonly entered: Instant;
  /** Before the name of each message: of a second record. */
  readonly prefix: string;
  readonly relevance: number;
  readonly steps: readonly Step[];
}

export interface PlanOptions {
  /** Nothing is sent after it. */
  readonly until: Instant;
  readonly biases?: Biases;
  /** Treats every lead so; absent: by lot. */
  readonly policy?: Policy;
  /** Answers every lead first after so long; absent: as its look and the hour have it. */
  readonly answer?: Millis;
}

export function planOf(lead: Lead, entered: Instant, prefix: string, options: PlanOptions): Plan {
  const { until, biases = {} } = options;
  const disfavored = isDisfavored(lead);
  const slowly = disfavored && biases.treatment === true;
  const lot = drawn(prefix === "" ? lead.chance : lead.chance.under(prefix), slowly);
  const { policy, propensity } = options.policy === undefined ? lot : { policy: options.policy, propensity: 1 };
  const answer = options.answer ?? answerTime(lead, entered, slowly);
  const steps = scheduleOf(policy, (until - entered) / DAY, answer).filter(({ after }) => entered + after <= until);
  const relevance = disfavored && biases.content === true ? -0.6 : 0;
  return { policy, propensity, answer, entered, prefix, relevance, steps };
}

/** What a step sends, with the name by which its draws are known. */
export const messageOf = ({ channel, after, n }: Step, plan: Pick<Plan, "entered" | "prefix" | "relevance">) => ({
  id: `${plan.prefix}${channel}-${n}`,
  channel,
  at: plan.entered + after,
  relevance: plan.relevance,
  links: LINKS,
});

const LINKS = ["https://homes.example.com/a", "https://homes.example.com/b"] as const;

/** @returns whether it arrived; undefined when it was not sent: who has opted out is not written to */
export function treat(life: Life, message: TownMessage): boolean | undefined {
  life.advance(message.at);
  const { stopped, unsubscribed } = life.standing();
  if (message.channel === "sms" ? stopped : message.channel === "email" && unsubscribed) return undefined;
  return life.receive(message);
}
