// What the words of codes are made of: how a length, a reason, a share or a step is said wherever it is said.

import { aimIn, OUTCOME_WORDS } from "../kernel/aim.ts";
import type { ChannelName } from "../leads/index.ts";
import { channelWord } from "./event-words.ts";
import { zoneName } from "./moment.ts";
import { type Context, capital, join, plain, type Values } from "./values.ts";

export interface Phrase {
  /** One or two words before the line. */
  readonly label?: string;
  readonly line: string;
  readonly note?: string | undefined;
}

export type Say = (values: Values, context: Context, channel: ChannelName | undefined) => string | Phrase;

export const on = (channel: ChannelName | undefined) => (channel === undefined ? "this channel" : channelWord(channel));
export const zones = (values: Values) => {
  const list = values.list("zones", "zone").map(zoneName);
  return list.length === 0 ? "several" : join(list, "or");
};
export const next = (values: Values) => {
  const at = values.moment("next", "until", "at");
  return at === undefined ? "" : `; next ${at}`;
};
export const clock = (minute: number | undefined) => {
  if (minute === undefined) return undefined;
  const hour = Math.floor(minute / 60) % 24;
  const rest = minute % 60 === 0 ? "" : `:${String(minute % 60).padStart(2, "0")}`;
  return `${hour % 12 === 0 ? 12 : hour % 12}${rest} ${hour < 12 ? "am" : "pm"}`;
};
/** Minutes since midnight, or `19:55`. */
export const edge = (values: Values, name: string) => {
  const text = values.text(name);
  const [, hour, minute] = /^(\d{1,2}):(\d\d)$/.exec(text ?? "") ?? [];
  if (hour !== undefined && minute !== undefined) return clock(Number(hour) * 60 + Number(minute));
  return clock(values.number(name)) ?? text;
};
export const workflow = (values: Values, context: Context) => {
  const id = values.text("workflow", "name");
  return id === undefined ? "the workflow" : context.workflow(id);
};
export const step = (values: Values) => values.text("step", "path", "name");
export const because = (reason: string | undefined) => {
  const told = reason?.replace(/^(exit|stop): /, "");
  return told === undefined || told === "completed" || told === "stopped" ? "" : `: ${plainReason(told)}`;
};
export const plainReason = (reason: string) => (/^[a-z]+([_.][a-z]+)+$/.test(reason) ? plain(reason) : reason);

export const prefixed = (before: string, text: string | undefined, after = "") =>
  text === undefined || text === "" ? "" : `${before}${text}${after}`;
export const name = (values: Values) => `“${values.text("name", "step", "path") ?? "?"}”`;
export const ruleName = (values: Values) => capital(values.text("name") ?? plain(values.text("rule") ?? "a rule"));

/** What of a condition did not hold: `subject`, `why` (holds, differs, empty, other_type) and its value. */
export function condition(values: Values): string {
  const subject = values.text("subject", "field");
  if (subject === undefined) return "";
  if (values.text("why") === "empty") return `: ${plain(subject)} is empty`;
  const value = values.text("value");
  return value === undefined ? `: ${plain(subject)} did not fit` : `: ${plain(subject)} is ${value}`;
}

export function tags(values: Values): string {
  const changes = [...values.list("add").map((tag) => `+ ${tag}`), ...values.list("remove").map((tag) => `− ${tag}`)];
  return changes.length === 0 ? "tags changed" : `tags: ${changes.join(", ")}`;
}

/**
 * A calibrated chance, as people can check it: "2.4 of 100 leads like this book within 30 days".
 *
 * @param aim what is kept of what it is the chance of
 */
export function likeThis(chance: number | undefined, aim?: unknown): string | undefined {
  if (chance === undefined) return undefined;
  const { outcome, days } = aimIn(aim);
  const hundred = chance * 100;
  const figure = hundred >= 10 ? String(Math.round(hundred)) : hundred >= 0.1 ? hundred.toFixed(1) : "fewer than 0.1";
  return `${figure.replace(/\.0$/, "")} of 100 leads like this ${OUTCOME_WORDS[outcome].like} within ${days} days`;
}

/** A standing, not a chance: never a percentage. */
export const ofHundred = (value: number | undefined) =>
  value === undefined ? undefined : `${Math.round(value * 100)} of 100`;

export function share(value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  const percent = value * 100;
  if (percent > 0 && percent < 1) return "<1%";
  if (percent > 99 && percent < 100) return ">99%";
  return `${Math.round(percent)}%`;
}

export const range = (values: Values) => {
  const from = edge(values, "from");
  const to = edge(values, "to");
  return from === undefined || to === undefined ? undefined : `${from} to ${to}`;
};

export function tally(values: Values): string | undefined {
  const k = values.number("k", "used", "count");
  const n = values.number("n", "limit", "of");
  if (k === undefined || n === undefined) return undefined;
  return `${k} of ${n}${prefixed(" in ", values.span("window", "windowMs"))}`;
}

export function entered(values: Values, context: Context): Phrase {
  const by = values.text("event", "by", "type");
  return { line: workflow(values, context), note: by === undefined ? undefined : `entered by ${plain(by)}` };
}

export function at(values: Values, context: Context): Phrase {
  const file = values.text("file");
  const line = values.number("line");
  const parts = [
    prefixed("step ", values.text("step", "path")),
    file === undefined ? "" : `${file}${line === undefined ? "" : `:${line}`}`,
  ];
  return { line: workflow(values, context), note: parts.filter(Boolean).join(" · ") || undefined };
}
