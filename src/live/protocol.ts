// What crosses the socket. Text frames of JSON, at most 64 KB down, 4 KB up.

export const PROTOCOL = 1;
/** The hub pings this often; a client that hears nothing for 20 s shows itself stale. */
export const PING_MS = 15_000;
/** Up: larger frames close the socket. */
export const MOST_UP = 4_096;

export interface From {
  readonly epoch: string;
  readonly seq: number;
}

export type ClientFrame =
  | { readonly op: "auth"; readonly token: string }
  | { readonly op: "sub"; readonly topic: string; readonly from?: From }
  | { readonly op: "unsub"; readonly topic: string }
  | { readonly op: "ping" | "pong"; readonly t: number };

export type ServerFrame =
  | { readonly op: "hello"; readonly v: number; readonly epoch: string; readonly pingMs: number; readonly now: string }
  | {
      readonly op: "delta";
      readonly topic: string;
      readonly seq: number;
      /** State topics may jump: the delta before this one. */
      readonly prev?: number;
      readonly at: string;
      readonly d: unknown;
    }
  | { readonly op: "snap"; readonly topic: string; readonly epoch: string; readonly seq: number; readonly d: unknown }
  | { readonly op: "reset"; readonly topic: string }
  | { readonly op: "ping" | "pong"; readonly t: number }
  | { readonly op: "bye"; readonly why: "slow" | "restart" | "signed-out"; readonly retryMs: number }
  | { readonly op: "deny"; readonly topic: string; readonly code: "forbidden" | "unknown" | "too-many" };

/** Anything else is undefined: a client that speaks nonsense is answered with silence, then closed. */
export function readClientFrame(text: string): ClientFrame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const frame = value as Record<string, unknown>;
  switch (frame["op"]) {
    case "auth":
      return typeof frame["token"] === "string" ? { op: "auth", token: frame["token"] } : undefined;
    case "sub": {
      const topic = topicOf(frame);
      if (topic === undefined) return undefined;
      const from = fromOf(frame["from"]);
      return { op: "sub", topic, ...(from === undefined ? {} : { from }) };
    }
    case "unsub": {
      const topic = topicOf(frame);
      return topic === undefined ? undefined : { op: "unsub", topic };
    }
    case "ping":
    case "pong":
      return { op: frame["op"], t: typeof frame["t"] === "number" ? frame["t"] : 0 };
    default:
      return undefined;
  }
}

const topicOf = (frame: Record<string, unknown>): string | undefined =>
  typeof frame["topic"] === "string" && frame["topic"].length <= 100 ? frame["topic"] : undefined;

function fromOf(value: unknown): From | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { epoch, seq } = value as Record<string, unknown>;
  return typeof epoch === "string" && typeof seq === "number" && Number.isInteger(seq) ? { epoch, seq } : undefined;
}
