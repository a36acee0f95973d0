// What a feature is: one figure about a lead as of an instant, what it may be used for, and how people are told of it.

import type { Millis } from "../../kernel/time.ts";
import type { Known } from "./known.ts";

export interface Feature {
  /** Lower case, words joined by `_`; never changes its meaning: another meaning is another name. */
  readonly name: string;
  /** A flag is a number to the learner: 1 or 0. */
  readonly kind: "number" | "flag" | "category";
  /** Of a category. */
  readonly levels?: readonly string[];
  readonly unit: Unit;
  /** What it looks back on; with `fades` the half-life of a decayed sum. Absent: all that is known. */
  readonly window?: Millis;
  readonly fades?: true;
  readonly group: Group;
  /** Empty: for audits alone, never for a score. */
  readonly use: readonly Use[];
  /** Of the chance alone: 1, more of it never lowers it; -1, never raises it. */
  readonly monotone?: 1 | -1;
  /** As of the instant that `Known` speaks of; undefined: not known. */
  read(known: Known): number | boolean | string | undefined;
  /** For people, within a sentence: "5 different homes in 30 days". */
  say(value: Value): string;
}

/** What a feature says of some lead: for those who would know what it is about. */
export function exampleOf({ unit, levels, say }: Feature): string {
  const some = unit === "share" || unit === "ratio" ? 0.4 : unit === "yes or no" ? 1 : 3;
  return say(levels?.[0] ?? some);
}

/** As a row has it: a number, 1 or 0, the name of a level; undefined: not known. */
export type Value = number | string | undefined;

export type Use = "score" | "churn";

export type Unit = "days" | "hours" | "months" | "minutes" | "count" | "share" | "ratio" | "yes or no" | "level";

/** Features of one group say nearly the same, and are told of together. */
export type Group = keyof typeof GROUPS;

/** What people are told a group is about. */
export const GROUPS = {
  arrival: "how the lead came",
  silence: "how long it has been quiet",
  activity: "how active it is",
  homes: "the homes it looks at",
  price: "the prices it looks at",
  forms: "forms, favorites and documents",
  words: "what it answers",
  calls: "calls",
  mail: "e-mails it opens and clicks",
  team: "what the team has done",
  stated: "what it told us about its plans",
  meetings: "appointments so far",
} as const;

/** A group in words; the name of a column that nobody has words for stands for itself. */
export const groupWords = (group: string): string => (Object.hasOwn(GROUPS, group) ? GROUPS[group as Group] : group);
