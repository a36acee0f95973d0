// Where a list goes on: cursors, opaque to readers.

import { DAY, type Instant } from "../kernel/time.ts";
import type { Before } from "./history.ts";
import type { Entry } from "./items.ts";

/** JSON in base64url. */
export const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

export function decode(cursor: string | undefined): Record<string, unknown> | undefined {
  if (cursor === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString(), (_, one: unknown) => {
      if (typeof one === "string" && one.includes("\0")) throw new RangeError("no row holds this");
      return one;
    });
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const [FIRST, LAST] = [Date.parse("0001-01-01T00:00:00Z"), Date.parse("9999-12-31T00:00:00Z")];
const isInstant = (at: unknown): at is Instant => typeof at === "number" && at >= FIRST && at <= LAST;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A cursor that is stale or made up begins at the newest. */
export function beforeOf(cursor: string | undefined, now: Instant): Before {
  const value = decode(cursor);
  const at = value?.["at"];
  const shown = value?.["shown"];
  if (!isInstant(at) || !Array.isArray(shown)) return { at: now + DAY, shown: [] };
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
  return isInstant(at) && typeof id === "string" && UUID.test(id) ? { at, id } : undefined;
}
