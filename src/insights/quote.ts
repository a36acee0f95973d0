// Words that people wrote, as a line of a list quotes them.

import { blot } from "../kernel/blot.ts";

/**
 * How what somebody wrote begins, as lists and the live stream show it. Numbers and e-mail addresses in it are for the
 * lead's own page, where the right to see them is asked.
 */
export function quote(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  const shown = blot(text.slice(0, 1_000));
  return `“${shown.length > 140 ? `${shown.slice(0, 139)}…` : shown}”`;
}
