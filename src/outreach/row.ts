// How every row of the outbox begins: asked for, and never tried.

import type { JsonObject } from "../kernel/json.ts";
import type { Millis } from "../kernel/time.ts";
import type { OutboxRow } from "./message.ts";

type Said = "id" | "location" | "lead" | "kind" | "lane" | "createdAt" | "body";
type MayBeSaid = "run" | "workflow" | "path" | "priority" | "channels" | "notBefore" | "holdUntil";

/** What the maker of a row says of it. */
export interface NewRow extends Pick<OutboxRow, Said>, Partial<Pick<OutboxRow, MayBeSaid>> {
  /** A write that may be repeated: how often, and how far apart at first. */
  readonly retry?: { readonly times: number; readonly every: Millis } | undefined;
}

export const queuedRow = ({ retry, body, ...said }: NewRow): OutboxRow => ({
  ...{ priority: 50, channels: [], place: 0, state: "queued", attempt: 0, resent: 0, lookups: 0, provider: {} },
  ...said,
  body: retry === undefined ? body : ({ ...body, retry: { ...retry } } satisfies JsonObject),
});
