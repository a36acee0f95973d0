// "There may be work": NOTIFY between processes, on a connection of its own. A hint and never more: it may be lost,
// repeated or late, and whoever listens also polls. Inside a transaction of work it would make commits wait for each
// other; through a pooler in transaction mode LISTEN hears nothing.

import pg from "pg";
import { InvalidInput } from "../kernel/errors.ts";

export interface Hints {
  /** Tells all processes, soon; the same hint asked for several times before it leaves is told once. */
  notify(channel: string, payload: string): void;
  /** Calls back with each payload, and with "" after a time of deafness: also once it begins to hear. Answers how to stop. */
  listen(channel: string, heard: (payload: string) => void): () => void;
  close(): Promise<void>;
}

export interface HintOptions {
  readonly url: string;
  /** How long hints are gathered before they leave together. */
  readonly gatherMs?: number;
}

const CHANNEL = /^[a-z_]{1,60}$/;
const RECONNECT_MS = [50, 250, 1_000, 5_000];
/** PostgreSQL takes payloads below 8,000 bytes; a longer hint is told as "". */
const PAYLOAD_MOST = 7_000;

/** Connects in the background, and again whenever the connection is lost; never throws for it. */
export function openHints({ url, gatherMs = 5 }: HintOptions): Hints {
  const listeners = new Map<string, Set<(payload: string) => void>>();
  const waiting = new Map<string, Set<string>>();
  let client: pg.Client | undefined;
  let failures = 0;
  let closed = false;
  let telling = false;
  let said: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let reconnect: NodeJS.Timeout | undefined;

  const tell = (channel: string, payload: string) => {
    for (const heard of listeners.get(channel) ?? []) heard(payload);
  };

  /** One after the other, as a connection takes them; lost with it: a hint may be, and the next one listens anew. */
  const say = (statement: string, values: readonly string[][] = []): Promise<unknown> => {
    const to = client;
    said = said.then(() => to?.query(statement, [...values])).catch(() => undefined);
    return said;
  };

  const connect = async () => {
    const next = new pg.Client({ connectionString: url, application_name: "latchkey hints", keepAlive: true });
    const lose = () => {
      if (client === next) client = undefined;
      next.removeAllListeners("end");
      next.end().catch(() => undefined);
      if (closed) return;
      reconnect = setTimeout(connect, RECONNECT_MS[Math.min(failures++, RECONNECT_MS.length - 1)]);
    };
    next.once("error", () => next.on("error", () => undefined));
    next.on("notification", ({ channel, payload, processId }) => {
      // what we said ourselves we know
      if (processId !== (next as { processID?: number }).processID) tell(channel, payload ?? "");
    });
    try {
      await next.connect();
      for (const channel of listeners.keys()) await next.query(`listen ${channel}`);
    } catch {
      lose();
      return;
    }
    if (closed) return void next.end().catch(() => undefined);
    next.once("end", lose);
    client = next;
    failures = 0;
    for (const channel of listeners.keys()) tell(channel, "");
    void flush();
  };

  /** One statement at a time: what is said meanwhile leaves together with the next. */
  const flush = async (): Promise<void> => {
    timer = undefined;
    if (client === undefined || waiting.size === 0 || telling) return;
    const pairs = [...waiting].flatMap(([channel, payloads]) =>
      [...payloads].map((payload) => [channel, payload] as const),
    );
    waiting.clear();
    telling = true;
    await say("select pg_notify(channel, payload) from unnest($1::text[], $2::text[]) as hint (channel, payload)", [
      pairs.map(([channel]) => channel),
      pairs.map(([, payload]) => payload),
    ]);
    telling = false;
    if (waiting.size > 0) timer ??= setTimeout(flush, gatherMs);
  };

  void connect();
  return {
    notify(channel, payload) {
      const payloads = waiting.get(named(channel)) ?? new Set();
      waiting.set(channel, payloads.add(payload.length > PAYLOAD_MOST ? "" : payload));
      timer ??= setTimeout(flush, gatherMs);
    },
    listen(channel, heard) {
      const known = listeners.get(named(channel));
      const set = known ?? new Set();
      listeners.set(channel, set.add(heard));
      // a connection that is still to be made asks for itself
      if (known === undefined) void say(`listen ${channel}`).then((heeded) => heeded && tell(channel, ""));
      return () => set.delete(heard);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      clearTimeout(reconnect);
      await client?.end().catch(() => undefined);
    },
  };
}

function named(channel: string): string {
  if (!CHANNEL.test(channel)) throw new InvalidInput("a hint's channel has up to 60 small letters and _");
  return channel;
}
