// What one topic has said, kept long enough for a viewer who was away. Pure: instants come in.

import { MINUTE, type Millis } from "../kernel/time.ts";
import { encode, type Frame } from "./frames.ts";
import type { From } from "./protocol.ts";

/** A viewer away for longer, or for more, is told the whole anew. */
const MOST_DELTAS = 2_000;
const KEPT: Millis = 5 * MINUTE;
/** Bytes; more than this in one answer and a snapshot is cheaper. */
const MOST_REPLAY = 256 * 1_024;

export interface Delta {
  readonly seq: number;
  /** Monotonic, of this process. */
  readonly elapsed: Millis;
  readonly frame: Frame;
}

export interface Topic {
  readonly name: string;
  /** Of this life of the topic: another one means that its history is gone. */
  readonly epoch: string;
  /** A `state` topic says what is; a `log` what was added. Only the first may be skipped. */
  readonly kind: "state" | "log";
  seq: number;
  deltas: Delta[];
}

export const openTopic = (name: string, kind: Topic["kind"], epoch: string): Topic => ({
  name,
  epoch,
  kind,
  seq: 0,
  deltas: [],
});

/** Numbers a delta, encodes it once, keeps it. */
export function say(topic: Topic, d: unknown, at: { now: string; elapsed: Millis }): Frame {
  const seq = topic.seq + 1;
  const prev = topic.kind === "state" ? { prev: topic.seq } : {};
  const frame = encode({ op: "delta", topic: topic.name, seq, ...prev, at: at.now, d });
  topic.seq = seq;
  topic.deltas.push({ seq, elapsed: at.elapsed, frame });
  forget(topic, at.elapsed);
  return frame;
}

/** Drops what is too old or too much. */
function forget(topic: Topic, elapsed: Millis): void {
  let from = Math.max(0, topic.deltas.length - MOST_DELTAS);
  while (from < topic.deltas.length && elapsed - (topic.deltas[from] as Delta).elapsed > KEPT) from += 1;
  if (from > 0) topic.deltas = topic.deltas.slice(from);
}

/**
 * The frames that bring a viewer from where it stood to now: none when it misses nothing, undefined when we no longer
 * know them and it must be told the whole.
 */
export function since(topic: Topic, from: From | undefined): readonly Frame[] | undefined {
  if (from === undefined || from.epoch !== topic.epoch || from.seq > topic.seq) return undefined;
  if (from.seq === topic.seq) return [];
  const first = topic.deltas[0]?.seq;
  if (first === undefined || first > from.seq + 1) return undefined;
  const missed = topic.deltas.slice(from.seq + 1 - first);
  const bytes = missed.reduce((total, delta) => total + delta.frame.text.length, 0);
  return bytes > MOST_REPLAY ? undefined : missed.map((delta) => delta.frame);
}
