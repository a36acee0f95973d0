// What would be known with every latent in hand: the chance of a booking, and what one policy gives over another. Read from
// the hazard of lives that never book, averaged over their possible futures.

import { DAY, type Instant } from "../../src/kernel/time.ts";
import { birth, type Lead } from "./birth.ts";
import { CALM } from "./climate.ts";
import { type Life, openLife } from "./life.ts";
import { messageOf, type Plan, type Policy, planOf, treat } from "./policies.ts";
import type { ToldOptions } from "./told.ts";

const NOBODY = () => undefined;

interface Asked extends Omit<ToldOptions, "until"> {
  readonly key: number;
  readonly born: Instant;
  /** How far ahead is asked. */
  readonly days: number;
  /** Futures to average over. */
  readonly replicas: number;
}

/** P(books within `days` of `at`), given that it has not by then, all latents and the state at `at`. */
export function oracle({ at, ...asked }: Asked & { readonly at: Instant }): number {
  const { born, days, replicas } = asked;
  const lead = leadOf(asked);
  const plan = planOf(lead, born, "", { ...asked, until: at + days * DAY });
  const upTo = plan.steps.findIndex(({ after }) => born + after > at);
  const before = upTo < 0 ? plan.steps.length : upTo;
  let none = 0;
  for (let replica = 0; replica < replicas; replica += 1) {
    const life = unbooked(lead, asked);
    carryOut(life, plan, 0, before, at);
    life.divert(replica);
    const until = life.standing().hazard;
    carryOut(life, plan, before, plan.steps.length, at + days * DAY);
    none += Math.exp(until - life.standing().hazard);
  }
  return 1 - none / replicas;
}

/** P(books within `days` of birth) under a policy. The same futures under every policy: a difference is its effect. */
export function chanceUnder(policy: Policy, asked: Asked): number {
  const { born, days, replicas } = asked;
  const lead = leadOf(asked);
  const until = born + days * DAY;
  const plan = planOf(lead, born, "", { ...asked, policy, until });
  let none = 0;
  for (let replica = 0; replica < replicas; replica += 1) {
    const life = unbooked(lead, asked);
    life.divert(replica);
    carryOut(life, plan, 0, plan.steps.length, until);
    none += Math.exp(-life.standing().hazard);
  }
  return 1 - none / replicas;
}

const leadOf = ({ seed, key, born, zone, climate = () => CALM }: Asked): Lead =>
  birth(seed, key, born, zone, climate(born));

const unbooked = (lead: Lead, { climate = () => CALM }: Asked): Life =>
  openLife(lead, NOBODY, { climate, unbooked: true });

function carryOut(life: Life, plan: Plan, from: number, to: number, until: Instant): void {
  for (let i = from; i < to; i += 1) treat(life, messageOf(plan.steps[i] as Plan["steps"][number], plan));
  life.advance(until);
}
