// One socket: its topics, how fast it may speak, how far behind it is.

import type { WebSocket } from "ws";
import type { Millis } from "../kernel/time.ts";
import { deliver, encode, type Frame, waiting } from "./frames.ts";
import type { ServerFrame } from "./protocol.ts";

/** Who watches. */
export interface Principal {
  readonly id: string;
  readonly role: "owner" | "manager" | "agent" | "viewer";
}

export const MOST_TOPICS = 40;
const MOST_OPS_PER_SECOND = 20;
/** Bytes not taken yet above which state topics are skipped, and above which the socket is closed. */
const BEHIND = 64 * 1_024;
const LOST = 1_024 * 1_024;

export interface Viewer {
  readonly socket: WebSocket;
  readonly location: string;
  principal: Principal | undefined;
  readonly topics: Set<string>;
  /** State topics of which a delta was skipped: the next thing said of them is the whole. */
  readonly skipped: Set<string>;
  /** Monotonic: last frame heard. */
  heardAt: Millis;
  ops: { second: number; n: number };
}

export const openViewer = (socket: WebSocket, location: string, elapsed: Millis): Viewer => ({
  socket,
  location,
  principal: undefined,
  topics: new Set(),
  skipped: new Set(),
  heardAt: elapsed,
  ops: { second: 0, n: 0 },
});

/** False once a socket speaks more than 20 times in one second. */
export function mayAct(viewer: Viewer, elapsed: Millis): boolean {
  const second = Math.floor(elapsed / 1_000);
  if (viewer.ops.second !== second) viewer.ops = { second, n: 0 };
  viewer.ops.n += 1;
  return viewer.ops.n <= MOST_OPS_PER_SECOND;
}

export const tell = (viewer: Viewer, frame: ServerFrame): void => deliver(viewer.socket, encode(frame));

/** Says goodbye and goes: code 1013 is "try again later". */
export function dismiss(viewer: Viewer, why: "slow" | "restart" | "signed-out", retryMs: Millis): void {
  tell(viewer, { op: "bye", why, retryMs });
  viewer.socket.close(why === "signed-out" ? 4401 : why === "restart" ? 1012 : 1013);
  if (why === "slow") viewer.socket.terminate();
}

/**
 * Passes a delta on, unless this viewer is behind: then a state topic is left out, and one that is lost is let go,
 * so that it never slows the others.
 */
export function pass(viewer: Viewer, topic: { name: string; kind: "state" | "log" }, frame: Frame): void {
  const behind = waiting(viewer.socket);
  if (behind > LOST) dismiss(viewer, "slow", 5_000);
  else if (behind > BEHIND && topic.kind === "state") viewer.skipped.add(topic.name);
  else deliver(viewer.socket, frame);
}
