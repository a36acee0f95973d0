// One socket, kept alive: subscribes, resumes where it stood, tells when it is behind.

import type { From } from "../../../src/live/index.ts";
import type { TopicFrame } from "./reduce.ts";

export type Health = "connecting" | "live" | "reconnecting" | "stale" | "held" | "signed-out";

export interface Status {
  readonly health: Health;
  /** When the last frame came, by the server's clock. */
  readonly asOf: number;
}

export interface Watch {
  readonly topic: string;
  /** Where the page stands; undefined asks for a snapshot. */
  mark(): From | undefined;
  frames(frames: readonly TopicFrame[]): void;
}

/** Frames are handed on at most this often. */
const FLUSH_MS = 250;
const MOST_HELD = 2_000;
const STALE_MS = 20_000;
const DOWN_MS = 3_000;
const HIDDEN_MS = 60_000;

export type Live = ReturnType<typeof openLive>;

/** @param speed of the server's clock: a simulated town may live faster than we do */
export function openLive(url: () => string, speed = 1) {
  const watches = new Map<string, Watch>();
  const listeners = new Set<() => void>();
  let socket: WebSocket | undefined;
  let status: Status = { health: "connecting", asOf: Date.now() };
  // the server's time as last told, and when that was; between two tellings it runs on at the town's speed
  let told = { server: Date.now(), here: performance.now() };
  let retry = 1_000;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let heardAt = performance.now();
  let downAt: number | undefined;
  let waiting: TopicFrame[] = [];
  let flushedAt = 0;
  let flushTimer: ReturnType<typeof setTimeout> | undefined;
  let held = false;
  let asleep = false;
  let closed = false;

  const now = () => told.server + (performance.now() - told.here) * speed;
  const tellTime = (server: number) => {
    if (!Number.isNaN(server)) told = { server, here: performance.now() };
  };

  const set = (health: Health) => {
    if (status.health === health) return;
    status = { health, asOf: now() };
    for (const listener of listeners) listener();
  };

  const send = (frame: unknown) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  };
  const sub = (watch: Watch) => {
    const from = watch.mark();
    send({
      op: "sub",
      topic: watch.topic,
      ...(from === undefined ? {} : { from: { epoch: from.epoch, seq: from.seq } }),
    });
  };

  function flush() {
    flushTimer = undefined;
    flushedAt = performance.now();
    const frames = waiting;
    waiting = [];
    const byTopic = new Map<string, TopicFrame[]>();
    for (const frame of frames) {
      const list = byTopic.get(frame.topic);
      if (list === undefined) byTopic.set(frame.topic, [frame]);
      else list.push(frame);
    }
    for (const [topic, list] of byTopic) watches.get(topic)?.frames(list);
  }

  function take(frame: TopicFrame) {
    waiting.push(frame);
    if (held) {
      if (waiting.length > MOST_HELD) waiting = [...watches.keys()].map((topic) => ({ op: "reset" as const, topic }));
      return;
    }
    // at once when the page has been quiet, gathered when much comes
    flushTimer ??= setTimeout(flush, Math.max(0, FLUSH_MS - (performance.now() - flushedAt)));
  }

  function hear(text: string) {
    heardAt = performance.now();
    let frame: Record<string, unknown>;
    try {
      frame = JSON.parse(text) as Record<string, unknown>;
    } catch {
      return;
    }
    switch (frame["op"]) {
      case "hello":
        tellTime(Date.parse(String(frame["now"])));
        retry = 1_000;
        downAt = undefined;
        set(held ? "held" : "live");
        for (const watch of watches.values()) sub(watch);
        return;
      case "ping":
        send({ op: "pong", t: frame["t"] });
        if (!held) set("live");
        return;
      case "delta":
      case "snap":
      case "reset":
        if (frame["op"] === "delta") tellTime(Date.parse(String(frame["at"])));
        if (!held) set("live");
        take(frame as unknown as TopicFrame);
        return;
      case "bye":
        retry = Number(frame["retryMs"]) || retry;
        if (frame["why"] === "signed-out") set("signed-out");
        return;
      default:
    }
  }

  function open() {
    if (closed || asleep || socket !== undefined) return;
    clearTimeout(retryTimer);
    retryTimer = undefined;
    const opened = new WebSocket(url());
    socket = opened;
    opened.onmessage = (event) => hear(String(event.data));
    opened.onclose = (event) => {
      if (socket !== opened) return;
      socket = undefined;
      downAt ??= performance.now();
      if (event.code === 4401) return set("signed-out");
      if (closed || asleep) return;
      retryTimer = setTimeout(open, retry * (0.75 + Math.random() / 2));
      retry = Math.min(30_000, retry * 2);
    };
  }

  function again() {
    if (socket === undefined && status.health !== "signed-out") open();
  }

  const watchdog = setInterval(() => {
    const elapsed = performance.now();
    if (status.health === "signed-out" || held || asleep) return;
    if (elapsed - heardAt > STALE_MS) {
      set("stale");
      if (elapsed - heardAt > 2 * STALE_MS && socket !== undefined) socket.close();
    } else if (downAt !== undefined && elapsed - downAt > DOWN_MS) set("reconnecting");
  }, 1_000);

  let hideTimer: ReturnType<typeof setTimeout> | undefined;
  const onVisibility = () => {
    clearTimeout(hideTimer);
    if (document.hidden) {
      hideTimer = setTimeout(() => {
        asleep = true;
        socket?.close();
        socket = undefined;
      }, HIDDEN_MS);
    } else {
      asleep = false;
      again();
    }
  };
  document.addEventListener("visibilitychange", onVisibility);
  window.addEventListener("online", again);

  return {
    open,
    /** Begins to watch; the answer ends it. */
    watch(watch: Watch): () => void {
      watches.set(watch.topic, watch);
      sub(watch);
      return () => {
        if (watches.get(watch.topic) !== watch) return;
        watches.delete(watch.topic);
        send({ op: "unsub", topic: watch.topic });
      };
    },
    /** Asks anew from where the page stands, after a gap or a refetch. */
    resub(topic: string): void {
      const watch = watches.get(topic);
      if (watch !== undefined) sub(watch);
    },
    hold(on: boolean): void {
      held = on;
      set(on ? "held" : socket?.readyState === WebSocket.OPEN ? "live" : "reconnecting");
      if (!on && waiting.length > 0) flush();
    },
    /** The server's clock. */
    now,
    status: () => status,
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close(): void {
      closed = true;
      clearInterval(watchdog);
      clearTimeout(retryTimer);
      clearTimeout(flushTimer);
      document.removeEventListener("visibilitychange", onVisibility);
      window.removeEventListener("online", again);
      socket?.close();
    },
  };
}
