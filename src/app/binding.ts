// All rules of a location that bind, each with where it was set: built in, in the folder, or at the location.

import type { LocationRules } from "../tenancy/index.ts";
import { clockText, type FolderSettings, lengthWords } from "../workflows/index.ts";

export interface Binding {
  readonly rule: "hours" | "quiet hours" | "quiet hours of e-mail" | "cap";
  /** As it is written: `careful`, `21:00-08:00`, `all: 2 per 24h`. */
  readonly value: string;
  readonly from: "built in" | "folder" | "location";
}

/** @param folder the `settings` of the location's published workflows; undefined where none are */
export function bindingOf(folder: FolderSettings | undefined, rules: LocationRules): Binding[] {
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
