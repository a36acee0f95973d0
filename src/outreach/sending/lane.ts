// The lane in which a row leaves, and how rows that waited for the same opening are spread. Pure: both follow from the
// row and from what prompted its turn, so that a turn decided again gives the same.

import { chance } from "../../kernel/ids.ts";
import { type Instant, MINUTE, type Millis } from "../../kernel/time.ts";
import type { MessageEffect } from "../../workflows/index.ts";
import type { Lane, OutboxRow } from "../message.ts";

/** Most urgent first; a row's number in the database is its place here. */
export const LANES: readonly Lane[] = ["reply", "urgent", "normal", "bulk"];

/** @param prompted something of the lead prompted the turn; else a clock did, or what was asked of many */
export const laneOf = (effect: Pick<MessageEffect, "purpose" | "urgent">, prompted: boolean): Lane =>
  effect.purpose === "reply" ? "reply" : effect.urgent ? "urgent" : laneOfWrite(prompted);

export const laneOfWrite = (prompted: boolean): Lane => (prompted ? "normal" : "bulk");

export const betterLane = (one: Lane, other: Lane): Lane => (LANES.indexOf(one) < LANES.indexOf(other) ? one : other);

/**
 * A bulk row that waits goes before mass sends once its lead has given cause: a message where it is decided anew, a write
 * because others of its lead wait behind it. A queued message has been decided, and stays what it is.
 */
export function raised(row: OutboxRow): OutboxRow {
  const waits = WAITING.has(row.state) || (row.state === "queued" && row.kind !== "message");
  return row.lane === "bulk" && waits ? { ...row, lane: "normal" } : row;
}

const WAITING: ReadonlySet<OutboxRow["state"]> = new Set(["held", "refused", "undecided"]);

/** Mass sends that waited for the same opening are let go over so long. */
const SPREAD: Millis = 10 * MINUTE;

/**
 * When a bulk row that waited for hours to open is let go: its lead's own place in the first minutes, before hours close
 * again and before its hold is over. What an event prompted goes at the opening itself.
 *
 * @param closes end of the window that `opens` begins; undefined where the row waits for something else
 */
export function releaseAt(
  { lane, location, lead, holdUntil }: OutboxRow,
  opens: Instant,
  closes: Instant | undefined,
): Instant {
  if (lane !== "bulk" || closes === undefined) return opens;
  const until = Math.min(opens + SPREAD, closes, holdUntil ?? closes);
  return until <= opens ? opens : opens + Math.floor(chance("opening", location, lead) * (until - opens));
}
