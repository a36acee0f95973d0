// The live hub: WebSocket viewers at /live, told what changes as it changes.

import { randomBytes } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { LiveMark } from "../insights/index.ts";
import { type Clock, iso, type Millis } from "../kernel/time.ts";
import { deliver, type Frame } from "./frames.ts";
import { type ClientFrame, MOST_UP, PING_MS, PROTOCOL, readClientFrame } from "./protocol.ts";
import { isTopic, openRoom, type Room, type Source } from "./room.ts";
import { since, type Topic } from "./topic.ts";
import { dismiss, MOST_TOPICS, mayAct, openViewer, type Principal, pass, tell, type Viewer } from "./viewer.ts";

export interface HubOptions {
  readonly source: Source;
  readonly clock: Clock;
  /** How late a row may become visible after its own stamp, in domain time: the longest transaction times the clock's speed. */
  readonly overlap?: Millis;
  /** Who a request is, by cookie or Bearer header; undefined for nobody. */
  authenticate(request: IncomingMessage, location: string): Promise<Principal | undefined>;
  /** The same by a token, for pages that have no cookie. */
  authenticateToken(token: string, location: string): Promise<Principal | undefined>;
  /** The location of a socket that names none: where there is only one. */
  onlyLocation(): Promise<string | undefined>;
  /** Origins allowed beside the host itself. */
  readonly origins?: readonly string[];
  failed?(reason: unknown): void;
}

export interface Hub {
  /** Takes the upgrades of `/live` from this server. */
  attach(server: Server): void;
  /** To call after each commit that concerns these leads, in this process or told by another. */
  hint(location: string, leads: readonly string[]): void;
  mark(location: string, topic: string): Promise<LiveMark>;
  viewers(): number;
  close(): Promise<void>;
}

const AUTH_WITHIN: Millis = 5_000;
/** A socket silent for two pings is gone. */
const GONE_AFTER: Millis = 2 * PING_MS + 5_000;
/** How often watched rooms are looked at without a hint. */
const TICK: Millis = 1_000;
/** Sockets written to before the event loop gets a turn. */
const CHUNK = 500;

export function openHub(options: HubOptions): Hub {
  const { clock } = options;
  const epoch = randomBytes(4).toString("hex");
  const server = new WebSocketServer({ noServer: true, maxPayload: MOST_UP, perMessageDeflate: false });
  const viewers = new Set<Viewer>();
  const watchers = new Map<string, Set<Viewer>>();
  const rooms = new Map<string, Room>();
  const outgoing: { topic: Topic; frame: Frame; viewers: Viewer[] }[] = [];
  let epochs = 0;
  let pumping = false;
  let closing = false;
  const failed = (reason: unknown) => options.failed?.(reason);

  const key = (location: string, topic: string) => `${location} ${topic}`;

  function room(location: string): Room {
    const known = rooms.get(location);
    if (known !== undefined) return known;
    const made = openRoom({
      location,
      source: options.source,
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      overlap: options.overlap ?? 10_000,
      newEpoch: () => {
        epochs += 1;
        return `${epoch}.${epochs}`;
      },
      broadcast: (topic, frame) => {
        const set = watchers.get(key(location, topic.name));
        if (set === undefined || set.size === 0) return;
        outgoing.push({ topic, frame, viewers: [...set] });
        pump();
      },
      watched: (topic) => (watchers.get(key(location, topic))?.size ?? 0) > 0,
      failed,
    });
    rooms.set(location, made);
    return made;
  }

  /** Writes to some sockets, lets the loop turn, goes on: the order of frames per socket stays. */
  function pump(): void {
    if (pumping) return;
    pumping = true;
    const step = () => {
      let left = CHUNK;
      while (left > 0) {
        const job = outgoing[0];
        if (job === undefined) {
          pumping = false;
          return;
        }
        const some = job.viewers.splice(0, left);
        left -= Math.max(1, some.length);
        for (const viewer of some) passOn(viewer, job.topic, job.frame);
        if (job.viewers.length === 0) outgoing.shift();
      }
      setImmediate(step);
    };
    step();
  }

  function passOn(viewer: Viewer, topic: Topic, frame: Frame): void {
    if (!viewer.topics.has(topic.name)) return;
    if (viewer.skipped.delete(topic.name)) void whole(viewer, topic).catch(failed);
    else pass(viewer, topic, frame);
  }

  /** The topic's whole, as of a number that is taken before it is read. */
  async function whole(viewer: Viewer, topic: Topic): Promise<void> {
    const { seq } = topic;
    const d = await room(viewer.location).snapshot(topic.name);
    if (d === undefined) tell(viewer, { op: "reset", topic: topic.name });
    else tell(viewer, { op: "snap", topic: topic.name, epoch: topic.epoch, seq, d });
  }

  async function subscribe(viewer: Viewer, frame: Extract<ClientFrame, { op: "sub" }>): Promise<void> {
    const name = frame.topic;
    if (!isTopic(name)) return tell(viewer, { op: "deny", topic: name, code: "unknown" });
    if (viewer.topics.size >= MOST_TOPICS && !viewer.topics.has(name)) {
      return tell(viewer, { op: "deny", topic: name, code: "too-many" });
    }
    if (name === "system" && viewer.principal?.role === "agent") {
      return tell(viewer, { op: "deny", topic: name, code: "forbidden" });
    }
    const place = room(viewer.location);
    const topic = place.topic(name);
    const missed = since(topic, frame.from);
    const set = watchers.get(key(viewer.location, name)) ?? new Set();
    watchers.set(key(viewer.location, name), set.add(viewer));
    viewer.topics.add(name);
    if (missed === undefined) await whole(viewer, topic);
    else for (const one of missed) deliver(viewer.socket, one);
    place.tick();
  }

  function unsubscribe(viewer: Viewer, name: string): void {
    if (!viewer.topics.delete(name)) return;
    viewer.skipped.delete(name);
    const set = watchers.get(key(viewer.location, name));
    set?.delete(viewer);
    if (set?.size === 0) {
      watchers.delete(key(viewer.location, name));
      room(viewer.location).left(name);
    }
  }

  function welcome(viewer: Viewer, principal: Principal): void {
    viewer.principal = principal;
    tell(viewer, { op: "hello", v: PROTOCOL, epoch, pingMs: PING_MS, now: iso(clock.now()) });
  }

  async function hear(viewer: Viewer, text: string): Promise<void> {
    viewer.heardAt = clock.elapsed();
    const frame = readClientFrame(text);
    if (frame === undefined || !mayAct(viewer, viewer.heardAt)) return viewer.socket.close(1008);
    if (frame.op === "ping") return tell(viewer, { op: "pong", t: frame.t });
    if (frame.op === "pong") return;
    if (viewer.principal === undefined) {
      const principal = frame.op === "auth" ? await options.authenticateToken(frame.token, viewer.location) : undefined;
      return principal === undefined ? viewer.socket.close(4401) : welcome(viewer, principal);
    }
    if (frame.op === "sub") await subscribe(viewer, frame);
    else if (frame.op === "unsub") unsubscribe(viewer, frame.topic);
  }

  function take(socket: WebSocket, location: string, principal: Principal | undefined): void {
    const viewer = openViewer(socket, location, clock.elapsed());
    viewers.add(viewer);
    socket.on("error", () => socket.terminate());
    socket.on("close", () => {
      viewers.delete(viewer);
      for (const name of [...viewer.topics]) unsubscribe(viewer, name);
    });
    socket.on("message", (data, binary) => {
      if (binary) socket.close(1003);
      else hear(viewer, String(data)).catch(failed);
    });
    if (principal !== undefined) {
      welcome(viewer, principal);
      return;
    }
    setTimeout(() => {
      if (viewer.principal === undefined) socket.close(4401);
    }, AUTH_WITHIN).unref();
  }

  async function upgrade(request: IncomingMessage, raw: Duplex, head: Buffer): Promise<void> {
    if (!sameOrigin(request, options.origins ?? [])) return refuse(raw, "403 Forbidden");
    const named = new URL(request.url ?? "/", "http://latchkey").searchParams.get("location");
    const location = named ?? (await options.onlyLocation());
    if (location === undefined || !/^[A-Za-z0-9_-]{1,64}$/.test(location)) return refuse(raw, "404 Not Found");
    const principal = await options.authenticate(request, location);
    server.handleUpgrade(request, raw, head, (socket) => take(socket, location, principal));
  }

  const pinger = setInterval(() => {
    const elapsed = clock.elapsed();
    for (const viewer of viewers) {
      if (elapsed - viewer.heardAt > GONE_AFTER) viewer.socket.terminate();
      else tell(viewer, { op: "ping", t: clock.real() });
    }
  }, PING_MS);
  const ticker = setInterval(() => {
    for (const [location, one] of rooms) {
      one.tick();
      if (one.idle()) rooms.delete(location);
    }
  }, TICK);
  pinger.unref();
  ticker.unref();

  return {
    attach(http) {
      http.on("upgrade", (request: IncomingMessage, raw: Duplex, head: Buffer) => {
        if (closing || new URL(request.url ?? "/", "http://latchkey").pathname !== "/live")
          return refuse(raw, "404 Not Found");
        raw.on("error", () => raw.destroy());
        upgrade(request, raw, head).catch((error: unknown) => {
          failed(error);
          refuse(raw, "503 Service Unavailable");
        });
      });
    },
    hint: (location, leads) => rooms.get(location)?.hint(leads),
    mark: async (location, topic) => room(location).mark(topic),
    viewers: () => viewers.size,
    async close() {
      closing = true;
      clearInterval(pinger);
      clearInterval(ticker);
      for (const viewer of viewers) dismiss(viewer, "restart", 1_000);
      await Promise.all([...rooms.values()].map((one) => one.close()));
      for (const viewer of viewers) viewer.socket.terminate();
      server.close();
    },
  };
}

/** A browser says where its page came from; programs say nothing. */
function sameOrigin(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  try {
    return new URL(origin).host === host || allowed.includes(origin);
  } catch {
    return false;
  }
}

function refuse(raw: Duplex, status: string): void {
  if (raw.writable) raw.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  else raw.destroy();
}
