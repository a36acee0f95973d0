// People of the team in a workflow: `user.<id>` as the CRM knows them, `team.<id>` as the folder's settings do.

import { didYouMean, type Place } from "./diagnostic.ts";
import type { Scope } from "./names.ts";

export const USER = /^user\.[A-Za-z0-9_-]{1,64}$/;

const NUMBER = /^\+[1-9]\d{7,14}$/;
const ADDRESS = /^[^\s<>@",;]+@[^\s<>@",;]+\.[^\s<>@",;]+$/;

/** A number (E.164) or an e-mail address without a display name, in lower case; undefined for anything else. */
export const senderText = (text: string): string | undefined =>
  NUMBER.test(text) || ADDRESS.test(text) ? text.toLowerCase() : undefined;

/** `team.<id>`, one that `settings` know. Where they declare no team at all, none can be wrong yet: a warning. */
export function teamOf(
  { value, place }: { readonly value: string; readonly place: Place },
  { report, names }: Scope,
): string | undefined {
  const id = value.slice("team.".length);
  const known = Object.keys(names.settings.teams);
  if (known.includes(id)) return value;
  if (known.length === 0) {
    const message = `nobody is in "${value}" yet. Say who: settings: { teams: { ${id}: [<user ids>] } }`;
    report.warning("unknown-team", place, message);
    return value;
  }
  const meant = didYouMean(
    value,
    known.map((team) => `team.${team}`),
  );
  return report.error("unknown-team", place, `there is no team "${id}".${meant}`);
}
