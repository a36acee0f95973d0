// Codes in words: the one place where a verdict, a link or a reason becomes English. Programs read the codes.
// Neutral by rule: CRM, team, business account; never the CRM's brand.

import type { JsonObject } from "../kernel/json.ts";
import type { ChannelName } from "../leads/index.ts";
import type { Write } from "../outreach/index.ts";
import type { Considered, NotEnrolled, RunStatus, TraceCode } from "../workflows/index.ts";
import { BECAUSE, CHECKS } from "./check-words.ts";
import { type Phrase, plainReason, type Say } from "./phrase.ts";
import { CAUSES, OUTCOMES } from "./run-words.ts";
import { type Context, plain, readValues } from "./values.ts";

/** The codes that rooms spell out in a type: one without words does not compile. */
type RoomCode =
  | TraceCode
  | NotEnrolled
  | `run.${RunStatus}`
  | `enroll.${Exclude<Considered["outcome"], "none" | "not_enrolled">}`
  | `effect.${Exclude<Write["kind"], `${string}_workflow`> | "crm_workflow"}`;

const WORDS: Readonly<Record<string, Say>> = { ...CHECKS, ...CAUSES, ...OUTCOMES } satisfies Readonly<
  Record<RoomCode, Say>
>;

export function clause(code: string, values: JsonObject | undefined, context: Context, channel?: ChannelName): string {
  const say = Object.hasOwn(BECAUSE, code) ? BECAUSE[code] : undefined;
  if (say !== undefined) return say(readValues(values, context), context, channel);
  return `of this: ${words(code, values, context, channel).line}`;
}

/** The same for whoever reads it outside the dashboard: no names, and by default no place. */
export const reasonInWords = (
  code: string,
  values: JsonObject | undefined,
  { now, zone = "UTC" }: { readonly now: number; readonly zone?: string },
  channel?: ChannelName,
): string => words(code, values, { now, zone, leadName: "the lead", workflow: (id) => id }, channel).line;

/** The same with all the figures that it has. */
export function explainedInWords(
  code: string,
  values: JsonObject | undefined,
  { now, zone }: { readonly now: number; readonly zone: string },
): string {
  const { line, note } = words(code, values, { now, zone, leadName: "the lead", workflow: (id) => id });
  return note === undefined ? line : `${line} · ${note}`;
}

/** Whether a code has words of its own. */
export const hasWords = (code: string): boolean => Object.hasOwn(WORDS, code);

/** Every code that has words. */
export const codesWithWords = (): readonly string[] => Object.keys(WORDS);

/** What a check's code says without its values; undefined of anything else. */
export function codeInWords(code: string, channel?: ChannelName): string | undefined {
  if (!Object.hasOwn(CHECKS, code)) return undefined;
  return words(code, {}, { now: 0, zone: "UTC", leadName: "", workflow: (id) => id }, channel).line;
}

/** What a check looks at, for a list of them: "Hours", "Sender". */
export const checkName = (code: string): string =>
  words(code, {}, { now: 0, zone: "UTC", leadName: "", workflow: (id) => id }).label ?? plain(code);

/** A code and its values in words; an unknown code is still readable. */
export function words(code: string, values: JsonObject | undefined, context: Context, channel?: ChannelName): Phrase {
  const say = Object.hasOwn(WORDS, code) ? WORDS[code] : undefined;
  const read = readValues(values, context);
  if (say === undefined) {
    const detail = read.text("detail", "reason", "text", "name");
    return { line: detail === undefined ? plain(code) : `${plain(code)}: ${plainReason(detail)}` };
  }
  const phrase = say(read, context, channel);
  return typeof phrase === "string" ? { line: phrase } : phrase;
}
