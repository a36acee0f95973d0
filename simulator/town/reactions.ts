// What a message does to a lead: read from the state before it, from draws that carry the message's name.

import { HOUR, type Instant, MINUTE, SECOND } from "../../src/kernel/time.ts";
import type { Draws } from "../chance.ts";
import type { Lead } from "./birth.ts";
import { REPLIES, type ReplyKind } from "./catalog.ts";
import type { Climate } from "./climate.ts";
import type { TownAct, TownMessage } from "./event.ts";
import { chosen, logistic, SOURCES } from "./parameters.ts";
import { hourOfWeek, type LocalDay, nextAwake } from "./rhythm.ts";

/** The state a message meets. */
export interface Mood {
  readonly awake: boolean;
  readonly bought: boolean;
  readonly readiness: number;
  readonly excitement: number;
  /** Over tolerance. */
  readonly fatigue: number;
  /** Minutes from birth to this message when it is the first; absent later. */
  readonly firstAfter: number | undefined;
}

export interface Reaction {
  readonly act: TownAct;
  /** Milliseconds after the message. */
  readonly after: number;
}

/** A message, whom it reaches and how. */
export interface Arrival {
  readonly lead: Lead;
  readonly message: TownMessage;
  readonly mood: Mood;
  readonly climate: Climate;
  /** The lead's day that began last. */
  readonly day: LocalDay | undefined;
  /** Of this message: `message/<id>/`. */
  readonly draws: Draws;
}

export function react(arrival: Arrival): { readonly delivered: boolean; readonly acts: readonly Reaction[] } {
  const { lead, message, mood, climate, draws } = arrival;
  if (isUndelivered(arrival)) return { delivered: false, acts: [] };
  const pull = pullOf(arrival);
  const first = mood.firstAfter === undefined ? 1 : ((1 + mood.firstAfter / 15) / (1 + 5 / 15)) ** -0.13;
  const scale = Math.min(1, first) * (mood.bought ? 0.05 : 1);
  const { truth } = lead;
  switch (message.channel) {
    case "email":
      return { delivered: true, acts: mail(arrival, scale, pull) };
    case "call": {
      const answers =
        draws.under("answer").u() < scale * logistic(-1.25 + climate.call + pull + 0.6 * truth.liking.call);
      return {
        delivered: true,
        acts: [{ act: { type: answers ? "answered" : "missed", message: message.id }, after: 0 }],
      };
    }
    case "sms":
    case "whatsapp": {
      const base = message.channel === "sms" ? -2.25 : -2;
      const liking = truth.liking[message.channel];
      if (draws.under("reply").u() >= scale * logistic(base + pull + 0.8 * liking))
        return { delivered: true, acts: [] };
      const after = lognormal(draws.under("reply/after"), 6 * MINUTE, 1.8);
      return { delivered: true, acts: [reply(arrival, message.channel, after)] };
    }
  }
}

function isUndelivered({ lead, message: { channel }, draws }: Arrival): boolean {
  if (channel === "email") return lead.truth.badEmail || draws.under("bounce").u() < 0.006;
  return lead.truth.badPhone || (channel === "sms" && draws.under("filter").u() < 0.01);
}

/** How much this message draws this lead now, on the logit. */
function pullOf({ lead, message, mood, day }: Arrival): number {
  const hour = lead.truth.week[hourOfWeek(message.at, lead.profile.zone, day)] ?? 1;
  const moment = Math.max(-0.4, Math.min(0.4, 0.35 * message.relevance + 0.25 * Math.log(Math.max(hour, 0.01))));
  return (
    (mood.awake ? 0 : -1.3) +
    mood.readiness +
    0.35 * lead.truth.intent +
    0.5 * Math.log(1 + mood.excitement) -
    0.16 * mood.fatigue +
    0.5 * SOURCES[lead.source].reach +
    moment
  );
}

function mail(arrival: Arrival, scale: number, pull: number): Reaction[] {
  const { lead, message, mood, draws } = arrival;
  const u = (name: string, index = 0) => draws.under(name).u(index);
  const { truth, profile } = lead;
  const acts: Reaction[] = [];
  if (truth.scanner && u("scan") < 0.7) {
    message.links.forEach((link, i) => {
      acts.push({
        act: { type: "clicked", message: message.id, by: "scanner", link },
        after: SECOND + Math.floor(u("scan/after", i) * 19 * SECOND),
      });
    });
  }
  if (truth.apple && u("proxy") < 0.8)
    acts.push({
      act: { type: "opened", message: message.id, by: "proxy" },
      after: MINUTE + Math.floor(u("proxy/after") * 239 * MINUTE),
    });
  if (u("open") >= scale * logistic(-0.9 + pull + 0.5 * truth.liking.email)) return acts;

  const wanted = message.at + lognormal(draws.under("open/after"), 3 * HOUR, 1.6);
  const open: Instant = nextAwake(wanted, profile.zone, truth.week);
  const after = open - message.at;
  acts.push({ act: { type: "opened", message: message.id, by: "person" }, after });
  const z = truth.intent;
  const link = message.links[0];
  if (link !== undefined && u("click") < logistic(-2.45 + 0.6 * mood.readiness + 0.4 * z)) {
    const pause = lognormal(draws.under("click/after"), 30 * SECOND, 0.8);
    acts.push({ act: { type: "clicked", message: message.id, by: "person", link }, after: after + pause });
  }
  if (u("reply") < logistic(-3.6 + 0.8 * mood.readiness + 0.5 * z))
    // median 47 minutes, 90 % within a day
    acts.push(reply(arrival, "email", after + lognormal(draws.under("reply/after"), 47 * MINUTE, 2.67)));
  return acts;
}

function reply(
  { lead, message, mood, draws }: Arrival,
  channel: "email" | "sms" | "whatsapp",
  after: number,
): Reaction {
  const u = draws.under("words").u();
  const r = mood.readiness;
  const z = lead.truth.intent;
  const kind = mood.bought
    ? "bought"
    : chosen<ReplyKind>(
        {
          yes: Math.exp(0.6 + 1.5 * r + 0.3 * z),
          question: Math.exp(0.9),
          not_now: Math.exp(0.6 - r),
          price: Math.exp(-0.4 - 0.3 * z),
          agent: Math.exp(-1 - 0.2 * z),
          timing: Math.exp(-0.4 - r),
          wrong_person: 0.06,
          bought: 0,
          stop: 0,
        },
        u,
      );
  const text = draws.under("text").pick(REPLIES[kind]);
  return { act: { type: "replied", channel, message: message.id, text }, after };
}

/** At most thirty days. */
function lognormal(draws: Draws, median: number, sigma: number): number {
  const drawn = median * Math.exp(sigma * draws.normal());
  return Math.floor(Math.min(drawn, 720 * HOUR));
}
