// One lead's life: a state that decays, days that begin, visits, and what messages cause. Everything is a function of
// the seed, the lead and the messages it got; `advance` is additive, so stepping by an hour or a month is the same.

import { DAY, type Instant, MINUTE } from "../../src/kernel/time.ts";
import { openAgenda } from "./agenda.ts";
import type { Lead } from "./birth.ts";
import { openBrowsing } from "./browsing.ts";
import { REPLIES } from "./catalog.ts";
import { CALM, type Climate } from "./climate.ts";
import type { TownAct, TownEvent, TownMessage } from "./event.ts";
import { Fading } from "./fading.ts";
import { logistic, SOURCES } from "./parameters.ts";
import { type Mood, react } from "./reactions.ts";
import { atHour, dayAfter, dayOf, type LocalDay } from "./rhythm.ts";
import type { Standing } from "./standing.ts";

export interface Life {
  readonly lead: Lead;
  advance(to: Instant): void;
  /** A message arrives, at or after the last instant advanced to. @returns whether it was delivered */
  receive(message: TownMessage): boolean;
  next(): Instant;
  standing(): Standing;
  /**
   * From here on another of its possible futures: all draws are those of the replica, and what was drawn to be passed
   * one day is drawn anew beyond what has summed up by now. What is planned already stays.
   */
  divert(replica: number): void;
}

export interface LifeOptions {
  /** What drifts in the town around it. */
  readonly climate?: (at: Instant) => Climate;
  /** It never books: its hazard goes on summing up, which is what the truth about booking is read from. */
  readonly unbooked?: boolean;
}

/** Chances that sum up until they pass a number drawn once: more of them can only bring the event forward. */
interface Threshold {
  sum: number;
  at: number;
}

export function openLife(
  lead: Lead,
  emit: (event: TownEvent) => void,
  { climate = () => CALM, unbooked = false }: LifeOptions = {},
): Life {
  const { truth, profile } = lead;
  let { chance } = lead;
  let shifts = chance.of("shift/");
  let visits = chance.of("visits/");
  let messages = chance.of("message/");
  const from = SOURCES[lead.source];
  const agenda = openAgenda();
  const { zone } = profile;

  const excitement = new Fading(1 / 3, 2.5, lead.born);
  const fatigue = new Fading(Math.LN2 / 7, 0, lead.born);
  const contact = new Fading(1 / 10, 0, lead.born);
  let awake = true;
  let bought = false;
  let stopped = false;
  let unsubscribed = false;
  let lnBudget = truth.lnBudget;
  let firstAnswer: Instant | undefined;
  let reached: Instant | undefined;
  let booked: Instant | undefined;
  let goodUntil: Instant = 0;
  let spell = 0;
  let today: LocalDay | undefined;
  const cold: Threshold = { sum: 0, at: chance.exponential("cold", 0) };
  const waking: Threshold = { sum: 0, at: chance.exponential("wake", 0) };
  const elsewhere: Threshold = { sum: 0, at: chance.exponential("elsewhere") };
  const booking: Threshold = { sum: 0, at: unbooked ? Number.POSITIVE_INFINITY : chance.exponential("book") };
  const stopping: Threshold = { sum: 0, at: chance.exponential("stop") };
  const leaving: Threshold = { sum: 0, at: chance.exponential("unsubscribe") };

  const tell = (at: Instant, purpose: string, act: TownAct) => {
    // each act is told once, and is the event from then on
    const event = act as TownAct & { at: Instant; lead: number; purpose: string };
    event.at = at;
    event.lead = lead.key;
    event.purpose = purpose;
    emit(event);
  };
  const later = (at: Instant, purpose: string, act: TownAct) => agenda.add(at, purpose, () => tell(at, purpose, act));

  const readiness = (at: Instant) => {
    const days = (at - lead.born) / DAY;
    return (truth.buyer ? 1 : 0.12) * logistic((days - truth.timeline + 50) / 18);
  };
  const isLost = (at: Instant) => ((firstAnswer ?? at) - lead.born) / MINUTE > truth.lostAfter;
  const mood = (at: Instant): Mood => ({
    awake,
    bought,
    readiness: readiness(at),
    excitement: excitement.at(at),
    fatigue: fatigue.at(at) / truth.tolerance,
    firstAfter: firstAnswer === undefined ? (at - lead.born) / MINUTE : undefined,
  });

  const browsing = openBrowsing({
    lead,
    agenda,
    chance: () => chance,
    visits: () => visits,
    awake: () => awake,
    bought: () => bought,
    readiness,
    excitement: (at) => excitement.at(at),
    excite,
    lnBudget: () => lnBudget,
    emit,
  });

  function excite(at: Instant, by: number) {
    excitement.set(excitement.at(at) + by, at);
  }
  function touch(at: Instant) {
    contact.set(Math.min(2.5, contact.at(at) + 1), at);
    reached ??= at;
    excite(at, 1.2);
  }

  /** Days and what lies ahead, in order. No entry is made of a day: there always is a next one. */
  function runTo(to: Instant) {
    for (let dawn = nextDay(); dawn <= to; dawn = nextDay()) {
      agenda.runTo(dawn, "day");
      today = today === undefined ? dayOf(dawn, zone) : dayAfter(today, zone);
      beginDay(today);
    }
    agenda.runTo(to);
  }
  const nextDay = (): Instant => today?.end ?? lead.born;

  function beginDay(day: LocalDay) {
    const at = Math.max(day.start, lead.born);
    const r = readiness(at);
    const z = truth.intent;
    if (shifts.under(day.name).u() < 1 / 120) lnBudget += 0.12 * chance.normal(`shift/by/${day.name}`);
    turnColdOrWarm(at, r, z);
    buyElsewhere(at, r);
    book(at, day, r, z);
    browsing.plan(at, day, r);
  }

  function turnColdOrWarm(at: Instant, r: number, z: number) {
    if (awake) {
      const calm = -0.25 * z - 0.9 * r - 0.35 * Math.min(excitement.at(at), 4) - 0.6 * contact.at(at);
      cold.sum += 0.034 * Math.exp(calm) + 0.004 * Math.max(0, fatigue.at(at) / truth.tolerance - 4);
      if (cold.sum < cold.at) return;
      awake = false;
      spell += 1;
      waking.sum = 0;
      waking.at = chance.exponential("wake", spell);
      tell(at, "cooled", { type: "cooled" });
      return;
    }
    waking.sum += 0.0035 * Math.exp(0.25 * z + 1.8 * r) * (at < goodUntil ? 6 : 1);
    if (waking.sum < waking.at) return;
    awake = true;
    cold.sum = 0;
    cold.at = chance.exponential("cold", spell);
    excite(at, 1);
    tell(at, "woke", { type: "woke" });
  }

  function buyElsewhere(at: Instant, r: number) {
    if (bought || !truth.buyer || booked !== undefined) return;
    elsewhere.sum += 0.011 * r;
    if (elsewhere.sum < elsewhere.at) return;
    bought = true;
    tell(at, "bought", { type: "bought_elsewhere" });
  }

  function book(at: Instant, day: LocalDay, r: number, z: number) {
    if (bought || booked !== undefined) return;
    const log =
      -8.95 +
      climate(at).base +
      from.trust +
      0.55 * z +
      2 * r +
      0.55 * Math.log(1 + excitement.at(at)) +
      truth.persuasion * contact.at(at) -
      (isLost(at) ? 1.2 : 0);
    booking.sum += Math.min(0.35, Math.exp(log) * (awake ? 1 : 0.15));
    if (booking.sum < booking.at) return;
    const when = Math.max(at, atHour(day, 9 + 9 * chance.u("book/hour"), zone));
    booked = when;
    agenda.add(when, "book", () => bookNow(when));
  }

  function bookNow(at: Instant) {
    const visit = dayOf(at + (1 + Math.floor(4 * chance.u("book/days"))) * DAY, zone);
    const start = atHour(visit, 10 + Math.floor(8 * chance.u("book/slot")), zone);
    touch(at);
    tell(at, "book", { type: "booked", start });
    const held = chance.u("book/held") < 0.68;
    later(start + 45 * MINUTE, "book/held", { type: held ? "held" : "stood_up", start });
    if (!held || chance.u("book/signed") >= 0.6) return;
    const value = Math.round(Math.exp(lnBudget) / 1_000) * 1_000;
    const signed = start + Math.floor((1 + 4 * chance.u("book/sign")) * DAY);
    later(signed, "book/signed", { type: "signed", value });
    if (chance.u("book/closed") >= (lead.source === "referral" ? 0.8 : 0.55)) return;
    later(signed + Math.floor((45 + chance.gamma("book/closing", 2, 60)) * DAY), "book/closed", {
      type: "closed",
      value,
    });
  }

  function receive(message: TownMessage): boolean {
    const { at, channel } = message;
    runTo(at);
    if (channel === "sms" && stopped) return false;
    if (channel === "email" && unsubscribed) return false;
    const { delivered, acts } = react({
      lead,
      message,
      mood: mood(at),
      climate: climate(at),
      day: today,
      draws: messages.under(message.id).under("/"),
    });
    firstAnswer ??= at;
    if (!delivered) return false;
    fatigueBy(at, channel === "email" ? 0.5 : 1, message.id, channel);
    let isGood = false;
    for (const { act, after } of acts) {
      const when = at + after;
      const purpose = `message/${message.id}/${act.type}/${"link" in act ? act.link : ""}`;
      agenda.add(when, purpose, () => {
        if (act.type === "replied" && stopped && channel === "sms") return;
        tell(when, purpose, act);
        const isAnswer = act.type === "replied" || act.type === "answered";
        if (isAnswer) touch(when);
        if (act.type === "clicked" && act.by === "person") excite(when, 1.2);
        else if (!isAnswer) return;
        goodUntil = Math.max(goodUntil, when + DAY);
        if (!isGood && message.relevance >= 0) browsing.beget(when, `message/${message.id}`, 0.3);
        isGood = true;
      });
    }
    return true;
  }

  /** The message's weight, read before it counts for its own stop. */
  function fatigueBy(at: Instant, by: number, id: string, channel: TownMessage["channel"]) {
    const f = fatigue.at(at) / truth.tolerance;
    fatigue.set(fatigue.at(at) + by, at);
    const hazard = Math.exp(0.2 * f - 0.3 * truth.intent + (channel === "sms" ? climate(at).optOut : 0));
    if (channel === "sms") {
      stopping.sum += 0.0065 * hazard;
      if (stopping.sum < stopping.at || stopped) return;
      stopAfter(at, id);
    } else if (channel === "email") {
      leaving.sum += 0.0017 * hazard;
      if (leaving.sum < leaving.at || unsubscribed) return;
      const when = at + 2 * MINUTE + Math.floor(chance.u(`message/${id}/leave`) * 8 * MINUTE);
      leaving.at = Number.POSITIVE_INFINITY;
      agenda.add(when, `message/${id}/leave`, () => {
        unsubscribed = true;
        tell(when, `message/${id}/leave`, { type: "unsubscribed", message: id });
      });
    }
  }

  function stopAfter(at: Instant, id: string) {
    const when = at + MINUTE + Math.floor(chance.u(`message/${id}/stop`) * 9 * MINUTE);
    stopping.at = Number.POSITIVE_INFINITY;
    agenda.add(when, `message/${id}/stop`, () => {
      stopped = true;
      const text = chance.pick(`message/${id}/stop`, REPLIES.stop, 1);
      tell(when, `message/${id}/stop`, { type: "replied", channel: "sms", message: id, text });
    });
  }

  // who comes by the site or by a portal was looking at homes when they left their name
  if (lead.source === "idx" || lead.source === "portal")
    agenda.add(lead.born, "visit/first", () => browsing.visit(lead.born, "visit/first"));
  return {
    lead,
    advance: runTo,
    receive,
    next: () => Math.min(nextDay(), agenda.next()),
    standing() {
      return {
        awake,
        bought,
        booked,
        reached,
        stopped,
        unsubscribed,
        excitement: excitement.last,
        fatigue: fatigue.last,
        hazard: booking.sum,
      };
    },
    divert(replica) {
      chance = lead.chance.under(`future/${replica}/`);
      shifts = chance.of("shift/");
      visits = chance.of("visits/");
      messages = chance.of("message/");
      const anew = (threshold: Threshold, purpose: string) => {
        if (Number.isFinite(threshold.at)) threshold.at = threshold.sum + chance.exponential(purpose);
      };
      anew(cold, "cold/on");
      anew(waking, "wake/on");
      anew(elsewhere, "elsewhere");
      anew(booking, "book");
      anew(stopping, "stop");
      anew(leaving, "unsubscribe");
    },
  };
}
