// Reasons in plain words, for people: "3 property views in 24 h".

import { DAY, HOUR, MINUTE, type Millis, SECOND } from "../kernel/time.ts";
import type { HistoryQuestion } from "./behavior.ts";

/** One, several. */
const NOUNS: Readonly<Record<string, readonly [string, string]>> = {
  any: ["action", "actions"],
  property_view: ["property view", "property views"],
  website_visit: ["site visit", "site visits"],
  "email.reacted": ["e-mail open or click", "e-mail opens or clicks"],
  "email.opened": ["e-mail open", "e-mail opens"],
  "email.clicked": ["e-mail click", "e-mail clicks"],
  "message.received": ["message from the lead", "messages from the lead"],
  "message.replied": ["reply", "replies"],
  "form.started": ["form started", "forms started"],
  "form.submitted": ["form sent", "forms sent"],
  "call.answered": ["call answered", "calls answered"],
  "appointment.booked": ["appointment booked", "appointments booked"],
  "document.downloaded": ["document downloaded", "documents downloaded"],
  "property.favorited": ["favorite", "favorites"],
};

const PROPERTIES: Readonly<Record<string, readonly [string, string]>> = {
  "property.id": ["property", "properties"],
  url: ["page", "pages"],
  form: ["form", "forms"],
};

/** Why a question about history was answered as it was. */
export function reason(question: HistoryQuestion, answered: number): string {
  const within = question.within === undefined ? "" : ` in ${duration(question.within)}`;
  if (question.afterSilence !== undefined) {
    return `${noun(question.event, 1)} after ${duration(question.afterSilence)} without one`;
  }
  if (question.notFollowedBy !== undefined) {
    return `${noun(question.event, 1)}, and no ${noun(question.notFollowedBy, 1)}${within}`;
  }
  if (question.sum === "qualification_impact") return `qualification up by ${answered}${within}`;
  if (question.sum !== undefined) return `${question.sum} of ${noun(question.event, 2)} comes to ${answered}${within}`;
  const counted = `${answered} ${noun(question.event, answered)}`;
  if (question.distinct !== undefined) {
    return `${noun(question.event, 2)} of ${answered} different ${named(question.distinct, 2)}${within}`;
  }
  if (question.same !== undefined) return `${counted} of the same ${named(question.same, 1)}${within}`;
  return `${counted}${within}`;
}

export const idleReason = (idle: Millis): string => `no activity for ${duration(idle)}`;

/** In the largest unit that says it whole: "24 h", "7 days", "10 days 12 h". */
export function duration(length: Millis): string {
  if (length === DAY) return "24 h";
  const units: readonly (readonly [Millis, string, string])[] = [
    [DAY, " day", " days"],
    [HOUR, " h", " h"],
    [MINUTE, " min", " min"],
    [SECOND, " s", " s"],
  ];
  const parts: string[] = [];
  let rest = length;
  for (const [unit, one, several] of units) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0 && parts.length < 2) parts.push(`${count}${count === 1 ? one : several}`);
  }
  return parts.join(" ") || "0 s";
}

const noun = (event: string, count: number): string => pick(NOUNS[event], count) ?? event.replace(/[._]/g, " ");
const named = (property: string, count: number): string =>
  pick(PROPERTIES[property], count) ?? property.replace(/[._]/g, " ");

const pick = (words: readonly [string, string] | undefined, count: number): string | undefined =>
  words?.[count === 1 ? 0 : 1];
