// One lead's life: a state that decays, days that begin, visits, and what messages cause. Everything is a function of
// the seed, the lead and the messages it got; `advance` is additive, so stepping by an hour or a month is the same.

import { DAY, type Instant, MINUTE, SECOND } from "../../src/kernel/time.ts";
import { openAgenda } from "./agenda.ts";
import type { Lead } from "./birth.ts";
import { type Listing, listingAt, PAGES, REPLIES } from "./catalog.ts";
import type { TownAct, TownEvent, TownMessage } from "./event.ts";
import { logistic, SEASON, SOURCES } from "./parameters.ts";
import { type Mood, react } from "./reactions.ts";
import { atHour, dayOf, type LocalDay, timeIn, weekdayShare } from "./rhythm.ts";

export interface Life {
  readonly lead: Lead;
  advance(to: Instant): void;
  /** A message arrives, at or after the last instant advanced to. @returns whether it was delivered */
  receive(message: TownMessage): boolean;
  next(): Instant;
  standing(): Standing;
}

/** The state behind what is seen; for the truth file and for tests. */
export interface Standing {
  readonly awake: boolean;
  readonly bought: boolean;
  readonly booked: Instant | undefined;
  readonly reached: Instant | undefined;
  readonly stopped: boolean;
  readonly excitement: number;
  readonly fatigue: number;
}

/** Chances that sum up until they pass a number drawn once: more of them can only bring the event forward. */
interface Threshold {
  sum: number;
  at: number;
}

const MOST_VISITS_A_DAY = 6;

export function openLife(lead: Lead, emit: (event: TownEvent) => void): Life {
  const { truth, chance, profile } = lead;
  const from = SOURCES[lead.source];
  const agenda = openAgenda();
  const { zone } = profile;

  let excitement = { value: 2.5, at: lead.born };
  let fatigue = { value: 0, at: lead.born };
  let contact = { value: 0, at: lead.born };
  let awake = true;
  let bought = false;
  let stopped = false;
  let unsubscribed = false;
  let lnBudget = truth.lnBudget;
  let firstAnswer: Instant | undefined;
  let reached: Instant | undefined;
  let booked: Instant | undefined;
  let visitsToday = { day: -1, count: 0 };
  let goodUntil: Instant = 0;
  let spell = 0;
  const seen: Listing[] = [];
  const cold: Threshold = { sum: 0, at: chance.exponential("cold", 0) };
  const waking: Threshold = { sum: 0, at: chance.exponential("wake", 0) };
  const elsewhere: Threshold = { sum: 0, at: chance.exponential("elsewhere") };
  const booking: Threshold = { sum: 0, at: chance.exponential("book") };
  const stopping: Threshold = { sum: 0, at: chance.exponential("stop") };
  const leaving: Threshold = { sum: 0, at: chance.exponential("unsubscribe") };

  const decayed = (held: { value: number; at: Instant }, at: Instant, perDay: number) =>
    held.value * Math.exp((-perDay * (at - held.at)) / DAY);
  const excitementAt = (at: Instant) => decayed(excitement, at, 1 / 3);
  const fatigueAt = (at: Instant) => decayed(fatigue, at, Math.LN2 / 7);
  const contactAt = (at: Instant) => decayed(contact, at, 1 / 10);
  const tell = (at: Instant, purpose: string, act: TownAct) => emit({ ...act, at, lead: lead.key, purpose });
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
    excitement: excitementAt(at),
    fatigue: fatigueAt(at) / truth.tolerance,
    firstAfter: firstAnswer === undefined ? (at - lead.born) / MINUTE : undefined,
  });

  function excite(at: Instant, by: number) {
    excitement = { value: excitementAt(at) + by, at };
  }
  function touch(at: Instant) {
    contact = { value: Math.min(2.5, contactAt(at) + 1), at };
    reached ??= at;
    excite(at, 1.2);
  }

  function beginDay(day: LocalDay) {
    const at = Math.max(day.start, lead.born);
    const r = readiness(at);
    const z = truth.intent;
    if (chance.u(`shift/${day.number}`) < 1 / 120) lnBudget += 0.12 * chance.normal(`shift/by/${day.number}`);
    turnColdOrWarm(at, r, z);
    buyElsewhere(at, r);
    book(at, day, r, z);
    planVisits(at, day, r);
    agenda.add(day.end, "day", () => beginDay(dayOf(day.end, zone)));
  }

  function turnColdOrWarm(at: Instant, r: number, z: number) {
    if (awake) {
      const calm = -0.25 * z - 0.9 * r - 0.35 * Math.min(excitementAt(at), 4) - 0.6 * contactAt(at);
      cold.sum += 0.034 * Math.exp(calm) + 0.004 * Math.max(0, fatigueAt(at) / truth.tolerance - 4);
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
      from.trust +
      0.55 * z +
      2 * r +
      0.55 * Math.log(1 + excitementAt(at)) +
      truth.persuasion * contactAt(at) -
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

  function planVisits(at: Instant, day: LocalDay, r: number) {
    const season = (SEASON[day.month] ?? 1) * weekdayShare(truth.week, day.weekday);
    const mean = bought
      ? 0.01
      : Math.exp(truth.appetite + 1.25 * r) * (awake ? 1 : 0.03) * season + 0.1 * excitementAt(at);
    const count = Math.min(MOST_VISITS_A_DAY, chance.poisson(`visits/${day.number}`, mean));
    for (let i = 0; i < count; i += 1) {
      const name = `visit/${day.number}/${i}`;
      const when = timeIn(day, zone, truth.week, chance.u(name, 0), chance.u(name, 1));
      if (when >= at) agenda.add(when, name, () => visit(when, name));
    }
  }

  function visit(at: Instant, name: string) {
    const day = dayOf(at, zone).number;
    visitsToday = visitsToday.day === day ? { day, count: visitsToday.count + 1 } : { day, count: 1 };
    const r = readiness(at);
    const views = 1 + chance.poisson(`${name}/views`, 2.6 * chance.gamma(`${name}/length`, 1.2, 1));
    tell(at, name, {
      type: "visited",
      url: `https://homes.example.com${chance.pick(`${name}/page`, PAGES)}`,
      seconds: 20 + Math.floor(40 * views * chance.u(`${name}/stay`)),
    });
    let time = at;
    for (let n = 0; n < views; n += 1) time = view(time, `${name}/view/${n}`, r);
    if (visitsToday.count <= 4) excite(at, 0.22);
    beget(at, name, 0.06);
  }

  /** @returns when the next view begins */
  function view(at: Instant, name: string, r: number): Instant {
    const seconds = 8 + Math.floor(chance.exponential(name, 1) * 45);
    const time = at + 5 * SECOND;
    const again = seen.length > 0 && chance.u(name, 2) < 0.1 + 0.16 * r;
    const home = again
      ? chance.pick(`${name}/again`, seen)
      : listingAt(Math.exp(lnBudget + truth.viewingWidth * chance.normal(`${name}/price`)));
    seen.push(home);
    later(time, name, { type: "viewed", home, seconds });
    if (chance.u(name, 3) < 0.03 + 0.05 * r) later(time + 4 * SECOND, `${name}/favorite`, { type: "favorited", home });
    if (chance.u(name, 4) < 0.004 + 0.02 * r) {
      later(time + 6 * SECOND, `${name}/form`, { type: "form_started", form: "ask-about-home" });
      if (chance.u(name, 5) >= 0.45)
        later(time + 70 * SECOND, `${name}/form/sent`, { type: "form_submitted", form: "ask-about-home" });
    }
    if (chance.u(name, 6) < 0.003 + 0.01 * r)
      later(time + 9 * SECOND, `${name}/document`, { type: "downloaded", document: "buyers-guide.pdf" });
    return time + seconds * SECOND;
  }

  /** Bursts: a visit, or a good message, brings another visit within days. */
  function beget(at: Instant, name: string, branching: number) {
    if (bought || chance.u(`${name}/child`) >= branching) return;
    const when = at + Math.floor(chance.exponential(`${name}/child/after`) * 3 * DAY);
    agenda.add(when, `${name}/child`, () => visit(when, `${name}/child`));
  }

  function receive(message: TownMessage): boolean {
    const { at, channel } = message;
    agenda.runTo(at);
    if (channel === "sms" && stopped) return false;
    if (channel === "email" && unsubscribed) return false;
    const { delivered, acts } = react(lead, message, mood(at));
    firstAnswer ??= at;
    if (!delivered) return false;
    fatigueBy(at, channel === "email" ? 0.5 : 1, message.id, channel);
    for (const { act, after } of acts) {
      const when = at + after;
      const purpose = `message/${message.id}/${act.type}/${"link" in act ? act.link : ""}`;
      agenda.add(when, purpose, () => {
        if (act.type === "replied" && stopped && channel === "sms") return;
        tell(when, purpose, act);
        if ((act.type === "opened" || act.type === "clicked") && act.by === "person") good(when, message);
        if (act.type === "clicked" && act.by === "person") excite(when, 1.2);
        if (act.type === "replied" || act.type === "answered") {
          touch(when);
          good(when, message);
        }
      });
    }
    return true;
  }

  /** The message's weight, read before it counts for its own stop. */
  function fatigueBy(at: Instant, by: number, id: string, channel: TownMessage["channel"]) {
    const f = fatigueAt(at) / truth.tolerance;
    fatigue = { value: fatigueAt(at) + by, at };
    const hazard = Math.exp(0.2 * f - 0.3 * truth.intent);
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

  function good(at: Instant, message: TownMessage) {
    goodUntil = Math.max(goodUntil, at + DAY);
    if (message.relevance >= 0) beget(at, `message/${message.id}`, 0.3);
  }

  agenda.add(lead.born, "day", () => beginDay(dayOf(lead.born, zone)));
  // who comes by the site or by a portal was looking at homes when they left their name
  if (lead.source === "idx" || lead.source === "portal")
    agenda.add(lead.born, "visit/first", () => visit(lead.born, "visit/first"));
  return {
    lead,
    advance: (to) => agenda.runTo(to),
    receive,
    next: agenda.next,
    standing() {
      return { awake, bought, booked, reached, stopped, excitement: excitement.value, fatigue: fatigue.value };
    },
  };
}
