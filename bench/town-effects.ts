// What treatment does in the town: by twins, who differ in it alone, and as somebody would read it off a log of treatments that
// were drawn by lot (the policy) or were not (how soon the first answer came).

import { birth, type Lead } from "../simulator/town/birth.ts";
import type { TownEvent } from "../simulator/town/event.ts";
import { openLife } from "../simulator/town/life.ts";
import { chanceUnder } from "../simulator/town/oracle.ts";
import { drawn, messageOf, type Policy, planOf, treat } from "../simulator/town/policies.ts";
import { atHour, dayOf } from "../simulator/town/rhythm.ts";
import { DAY, type Instant, MINUTE, type Millis } from "../src/kernel/time.ts";
import { bornOf, check, LEADS, TWINS, ZONE } from "./town-bands.ts";

const SEED = 1;
const mean = (values: readonly number[]) => values.reduce((all, value) => all + value, 0) / values.length;
const variance = (values: readonly number[]) => mean(values.map((value) => value ** 2)) - mean(values) ** 2;
const keys = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

export function effects(): void {
  const tau = uplift();
  const log = logged();
  randomized(tau, log);
  answers(log);
  goodMessages();
}

/** @returns what standard gives over light, of each twin */
function uplift(): number[] {
  const under = (policy: Policy) =>
    keys(TWINS).map((key) =>
      chanceUnder(policy, { seed: SEED, key, born: bornOf(key), zone: ZONE, days: 90, replicas: 6 }),
    );
  const [base, treated] = [under("light"), under("standard")];
  const tau = treated.map((chance, i) => chance - (base[i] as number));
  check("standard less light, booked by day 90 (twins)", mean(tau), 0.015, 0.045);
  check("harmed by standard, of twins", mean(tau.map((effect) => Number(effect < -0.001))), 0.005, 0.12);
  const together = mean(tau.map((effect, i) => effect * (base[i] as number))) - mean(tau) * mean(base);
  check("correlation of the effect with the chance", together / Math.sqrt(variance(base) * variance(tau)), -1, 0.7);
  const again = under("light");
  check("largest effect of a policy over itself", Math.max(...again.map((one, i) => one - (base[i] as number))), 0, 0);
  return tau;
}

/** Of a lead in the log: what it got by lot, when it was first answered, and what became of it. */
interface Logged {
  readonly policy: Policy;
  readonly answer: Millis;
  readonly booked: boolean;
  /** Of booking within thirty days: read in place of the bookings, of which there are few. */
  readonly chance: number;
}

function logged(): Logged[] {
  return keys(LEADS).map((key) => {
    const born = bornOf(key);
    const lead = birth(SEED, key, born, ZONE);
    const plan = planOf(lead, born, "", { until: born + 90 * DAY });
    const lived = (days: number, unbooked: boolean) => {
      const life = openLife(lead, () => undefined, { unbooked });
      for (const step of plan.steps) if (step.after < days * DAY) treat(life, messageOf(step, plan));
      life.advance(born + days * DAY);
      return life.standing();
    };
    const { policy, answer } = plan;
    const chance = 1 - Math.exp(-lived(30, true).hazard);
    return { policy, answer, booked: lived(90, false).booked !== undefined, chance };
  });
}

function randomized(tau: readonly number[], log: readonly Logged[]): void {
  const under = (policy: Policy) => log.filter((one) => one.policy === policy).map(({ booked }) => Number(booked));
  const [standard, light] = [under("standard"), under("light")];
  const error = Math.sqrt(
    variance(standard) / standard.length + variance(light) / light.length + variance(tau) / tau.length,
  );
  const estimate = mean(standard) - mean(light);
  check("the same read off the lot, less the twins', in standard errors", (estimate - mean(tau)) / error, -3, 3);
}

/** The causes are of twins who are answered after so long; the naive reading is of who was. */
function answers(log: readonly Logged[]): void {
  const after = (answer: Millis) =>
    mean(
      keys(TWINS).map((key) => {
        const born = bornOf(key);
        const { policy } = drawn(birth(SEED, key, born, ZONE).chance);
        return chanceUnder(policy, { seed: SEED, key, born, zone: ZONE, days: 30, replicas: 4, answer });
      }),
    );
  const [soon, later, nextDay] = [after(5 * MINUTE), after(30 * MINUTE), after(DAY)];
  check("answered after 5 minutes over 30, booked by day 30 (twins)", soon / later, 1, 1.12);
  check("a day's delay costs, of what 5 minutes give (twins)", 1 - nextDay / soon, 0.15, 0.4);
  const between = (from: number, to: number) =>
    mean(log.filter(({ answer }) => answer >= from * MINUTE && answer < to * MINUTE).map(({ chance }) => chance));
  check("who was answered in 3 to 8 minutes over 20 to 45, naively", between(3, 8) / between(20, 45), 1.1, 1.6);
  check("the naive reading, less the twins'", between(3, 8) / between(20, 45) - soon / later, 0.01, 1);
}

/**
 * The same leads, called at each hour of one day: in a log each hour's calls are of other leads, and what they differ in would
 * pass for the hour.
 */
export function callHours(): void {
  const leads = keys(2 * TWINS)
    .map((key) => birth(SEED, key, bornOf(key), ZONE))
    .filter(({ truth, profile }) => !truth.badPhone && profile.zone === ZONE);
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  const answered = leads.map((lead) => {
    const day = dayOf(lead.born + (2 + (lead.key % 7)) * DAY, ZONE);
    return hours.map((hour) => Number(isAnswered(lead, atHour(day, hour + 0.5, ZONE))));
  });
  const rates = hours.map((hour) => mean(answered.map((own) => own[hour] as number)));
  const day = rates.slice(9, 20);
  check("calls from 9 to 20, the same leads: best hour less worst", Math.max(...day) - Math.min(...day), 0.01, 0.06);
  const best = leads.flatMap(({ truth, born, key }, i) => {
    const { weekday } = dayOf(born + (2 + (key % 7)) * DAY, ZONE);
    const weight = (hour: number) => truth.week[weekday * 24 + hour] as number;
    return [...hours]
      .sort((a, b) => weight(b) - weight(a))
      .slice(0, 2)
      .map((hour) => answered[i]?.[hour] as number);
  });
  check("calls in a lead's own best two hours, over all hours", mean(best) / mean(rates), 1.15, 1.4);
}

function isAnswered(lead: Lead, at: Instant): boolean {
  let is = false;
  const life = openLife(lead, ({ type }) => {
    is ||= type === "answered";
  });
  life.advance(at);
  life.receive({ id: "call-0", channel: "call", at, relevance: 0, links: [] });
  life.advance(at);
  return is;
}

/** Visits in the three days after a click, a reply or an answered call, over those of a twin who was sent nothing. */
function goodMessages(): void {
  const visits = { after: 0, without: 0 };
  for (const key of keys(8 * TWINS)) {
    const born = bornOf(key);
    const lead = birth(SEED, key, born, ZONE);
    const lived = (isSent: boolean) => {
      const events: TownEvent[] = [];
      const life = openLife(lead, (event) => events.push(event));
      const at = born + (3 + (key % 25)) * DAY;
      const channel = (["email", "sms", "call"] as const)[key % 3] ?? "email";
      const plan = { entered: born, prefix: "", relevance: 0.2 };
      if (isSent) treat(life, messageOf({ channel, after: at - born, n: 0 }, plan));
      life.advance(at + 8 * DAY);
      return events;
    };
    const events = lived(true);
    const good = events.find(
      (event) =>
        event.type === "replied" || event.type === "answered" || (event.type === "clicked" && event.by === "person"),
    );
    if (good === undefined) continue;
    const after = ({ type, at }: TownEvent) => type === "visited" && at > good.at && at <= good.at + 3 * DAY;
    visits.after += events.filter(after).length;
    visits.without += lived(false).filter(after).length;
  }
  check("visits in the three days after a good message, over a twin's", visits.after / visits.without, 1.15, 3);
}
