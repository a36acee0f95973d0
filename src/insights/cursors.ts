// Where a list goes on: cursors, opaque to readers.

import { DAY, type Instant } from "../kernel/time.ts";
import type { Before } from "./history.ts";
import type { Entry } from "./items.ts";

/** JSON in base64url. */
export const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

export function decode(cursor: string | undefined): Record<string, unknown> | undefined {
  if (cursor === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A cursor that is stale or made up begins at the newest. */
export function beforeOf(cursor: string | undefined, now: Instant): Before {
  const value = decode(cursor);
  const at = value?.["at"];
  const shown = value?.["shown"];
  if (typeof at !== "number" || !Array.isArray(shown)) return { at: now + DAY, shown: [] };
  return { at, shown: shown.filter((id): id is string => typeof id === "string") };
}

export function cursorAfter(cut: readonly Entry[], before: Before): string | undefined {
  const last = cut.at(-1);
  if (last === undefined) return undefined;
  const here = cut.filter((entry) => entry.at === last.at).map((entry) => entry.id);
  return encode({ at: last.at, shown: last.at === before.at ? [...before.shown, ...here] : here });
}

/** Of rows by time and id: messages, and events by when they were heard. */
export function timeCursor(cursor: string | undefined): { at: Instant; id: string } | undefined {
  const value = decode(cursor);
  const at = value?.["at"];
  const id = value?.["id"];
  return typeof at === "number" && typeof id === "string" && /^[0-9a-f-]{36}$/.test(id) ? { at, id } : undefined;
}
