// Which segments a lead is in, as its state keeps it.

import { sha256 } from "../kernel/ids.ts";
import { canonicalJson } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import type { Segment } from "../workflows/index.ts";

/** A segment, and what names its definition: another definition is another segment of the same name. */
export interface Defined extends Segment {
  readonly of: string;
}

/** `of`: the definitions its lead has been looked at under. `in`: since when it is in which. */
export interface Membership {
  readonly of: readonly string[];
  readonly in: Readonly<Record<string, Instant>>;
  /** When the clock alone may change that. */
  readonly next?: Instant;
}

export const NOWHERE: Membership = { of: [], in: {} };

export const defined = (segments: readonly Segment[]): readonly Defined[] =>
  segments.map((segment) => ({
    ...segment,
    of: sha256(canonicalJson([segment.id, segment.if] as never)).slice(0, 12),
  }));

export interface Moved {
  readonly entered: readonly { readonly segment: string; readonly since: Instant }[];
  readonly left: readonly string[];
}

/** What the turn has changed, for the table that counts members. */
export function movedSegments(before: Membership, after: Membership): Moved {
  return {
    entered: Object.entries(after.in).flatMap(([segment, since]) =>
      before.in[segment] === since ? [] : [{ segment, since }],
    ),
    left: Object.keys(before.in).filter((segment) => after.in[segment] === undefined),
  };
}
