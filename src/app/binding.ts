// All rules of a location that bind, each with where it was set: built in, in the folder, or at the location.

import { FEDERAL_HOURS, type Hours, type Pack, packOf, RULES_DATE } from "../outreach/index.ts";
import type { LocationRules } from "../tenancy/index.ts";
import { clockText, type FolderSettings, lengthWords } from "../workflows/index.ts";

export interface Binding {
  readonly rule: "hours" | "quiet hours" | "quiet hours of e-mail" | "cap";
  /** As it is written: `careful`, `21:00-08:00`, `all: 2 per 24h`. */
  readonly value: string;
  readonly from: "built in" | "folder" | "location";
}

/** What is answered of a location's rules. */
export interface RulesView {
  /** What was set at the location itself. */
  readonly rules: LocationRules;
  readonly binding: readonly Binding[];
  /** What the pack keeps to everywhere; the law of each lead's state comes to it. */
  readonly pack: { readonly id: Pack; readonly hours: Hours; readonly cap?: string };
  /** The day on which the tables were last compared with their sources. */
  readonly tables: string;
}

export function rulesView(folder: FolderSettings | undefined, rules: LocationRules): RulesView {
  const id = rules.pack ?? "careful";
  const { hours = FEDERAL_HOURS, cap } = packOf(id);
  const pack = { id, hours, ...(cap === undefined ? {} : { cap: `${cap.count} per ${cap.hours}h` }) };
  return { rules, binding: bindingOf(folder, rules), pack, tables: RULES_DATE };
}

/** @param folder the `settings` of the location's published workflows; undefined where none are */
function bindingOf(folder: FolderSettings | undefined, rules: LocationRules): Binding[] {
  const { quietHours: quiet, emailQuietHours = false, caps = [] } = folder ?? {};
  const ofEmail = emailQuietHours ? "folder" : rules.emailQuietHours === true ? "location" : undefined;
  return [
    { rule: "hours", value: rules.pack ?? "careful", from: rules.pack === undefined ? "built in" : "location" },
    ...(quiet === undefined ? [] : [of("quiet hours", `${clockText(quiet.from)}-${clockText(quiet.to)}`, "folder")]),
    ...(rules.quietHours ?? []).map((range) => of("quiet hours", range, "location")),
    ...(ofEmail === undefined ? [] : [of("quiet hours of e-mail", "they hold for it, too", ofEmail)]),
    ...caps.map(({ channel, count, window }) => of("cap", `${channel}: ${count} per ${lengthWords(window)}`, "folder")),
    ...Object.entries(rules.caps ?? {}).map(([channel, rate]) => of("cap", `${channel}: ${rate}`, "location")),
  ];
}

const of = (rule: Binding["rule"], value: string, from: Binding["from"]): Binding => ({ rule, value, from });
