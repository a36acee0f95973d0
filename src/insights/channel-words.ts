// Why a message took the channel it took, in words with the figures.

import type { Json, JsonObject } from "../kernel/json.ts";
import { channelWord } from "./event-words.ts";
import { prefixed, type Say } from "./phrase.ts";
import { capital, join, type Values } from "./values.ts";

const BECAUSE: Readonly<Record<string, string>> = {
  answers: "where they answer best",
  now: "the best that may go now, and it is urgent",
  in_time: "the best that may go in time",
  order: "the first in order: not enough is known to prefer another",
  only: "the only one that may be used",
};

/** "Text, where they answer best", and per channel what the lead did, and the location's leads. */
export const bestWords: Say = (v) => {
  const chosen = v.text("channel");
  const because = BECAUSE[v.text("because") ?? ""] ?? "as the step says";
  const ranked = v.value("ranked");
  const notes = Array.isArray(ranked) ? (ranked as readonly Json[]).map((one) => channelNote(one as JsonObject)) : [];
  const sender = senderWords(v);
  if (sender !== undefined) notes.push(sender);
  return {
    line: `${capital(channelWord(chosen ?? "channel"))}, ${because}`,
    note: notes.length === 0 ? undefined : notes.join(" · "),
  };
};

function channelNote(one: JsonObject): string {
  const { channel, may, wrote, little } = one;
  const own = tried(one["own"]);
  const location = tried(one["location"]);
  const parts = [
    own.sent === 0 ? "none sent to them yet" : reacted(own),
    ...(wrote === true ? ["they wrote here themselves"] : []),
    little === true ? "not enough data at this location" : shares(location),
    ...(may === "held" ? ["must wait"] : may === "never" ? ["may not be used"] : []),
  ];
  return `${channelWord(String(channel))}: ${parts.join(", ")}`;
}

function reacted({ sent, answered, opened }: Tried): string {
  const what = join([
    ...(answered > 0 || opened === 0 ? [`${answered} answered`] : []),
    ...(opened > 0 ? [`${opened} only opened`] : []),
  ]);
  return `${what} of ${sent} here`;
}

function shares({ sent, answered, opened }: Tried): string {
  const share = (n: number) => `${Math.round((n / sent) * 100)}%`;
  const read = opened > 0 ? ` and ${share(opened)} only opened` : "";
  return `${share(answered)} answered${read} of ${sent} at this location`;
}

interface Tried {
  readonly sent: number;
  readonly answered: number;
  readonly opened: number;
}

function tried(value: Json | undefined): Tried {
  const { sent, answered, opened } = (value ?? {}) as { readonly [name: string]: Json | undefined };
  const number = (one: Json | undefined) => (typeof one === "number" ? one : 0);
  return { sent: number(sent), answered: number(answered), opened: number(opened) };
}

// When ------------------------------------------------------------------------------------------------------------------

/** Which hour a wait for the best one took, and by what. */
export const hourWords: Say = (v) => {
  const [slot, hour, when] = [v.text("slot"), v.text("hour"), prefixed(": ", v.moment("at"))];
  if (slot === undefined) {
    return hour === "own"
      ? `takes the hour at which the lead acts most${when}`
      : `the lead's own best hour is not known; takes the middle of the open hours${when}`;
  }
  const of = (answered: string, sent: string) => `${v.number(answered) ?? 0} of ${v.number(sent) ?? 0}`;
  const itself =
    hour === "own"
      ? `this lead itself ${of("own_answered", "own_sent")} then; when it acts counts, too`
      : "too little is known of this lead itself";
  return {
    line: `takes ${slot}, drawn by how messages are answered at this location${when}`,
    note: `${of("answered", "sent")} answered then, ${of("all_answered", "all_sent")} at all hours · ${itself}`,
  };
};

// From where ------------------------------------------------------------------------------------------------------------

/** "from Tessa Oakmoor's number +1…, because the step says so"; undefined where nothing said, and the CRM picks. */
export function senderWords(v: Values): string | undefined {
  const sender = v.value("sender");
  if (typeof sender !== "object" || sender === null || Array.isArray(sender)) return undefined;
  const { by, from, who, skipped } = sender as JsonObject;
  const channel = v.text("channel") === "email" ? "e-mail address" : "number";
  const whose = who === undefined ? (by === "agent" ? "the agent's" : "the") : `${who}'s`;
  const passed = (Array.isArray(skipped) ? (skipped as readonly JsonObject[]) : []).map(({ said, why }) =>
    why === "none" ? `${said} has no ${channel} here` : `the location does not know ${said}`,
  );
  const because = join([...passed, SENT_BY[String(by)] ?? ""].filter((one) => one !== ""));
  return from === undefined
    ? `the CRM picks the ${channel}, because ${because}`
    : `from ${whose} ${channel} ${from}, because ${because}`;
}

const SENT_BY: Readonly<Record<string, string>> = {
  step: "the step says so",
  conversation: "the conversation used it last",
  agent: "agents write as themselves here",
  location: "it is the location's own",
  crm: "nothing else says from where",
};
