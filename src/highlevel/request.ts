// One request to HighLevel's API: the bearer, the version, the breaker, and a value for whatever it may answer. No
// retries. Bodies carry no property the operation does not know: v3 refuses them with 422.

import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from "cockatiel";
import type { z } from "zod";
import { Conflict, Unavailable } from "../kernel/errors.ts";
import { type Clock, DAY, HOUR, type Instant, MINUTE, type Millis, SECOND } from "../kernel/time.ts";
import type { Fault, Health } from "../outreach/index.ts";
import { instant } from "./payload.ts";
import { saidOf } from "./said.ts";
import { openWire, type Wire, type WireAnswer } from "./wire.ts";

/** What became of a call. */
export type Reply<T> =
  | { readonly outcome: "done"; readonly value: T; readonly serverTime?: Instant; readonly traceId?: string }
  | Failure;

export type Failure =
  /** The API said no, and will again. */
  | { readonly outcome: "refused"; readonly status: number; readonly message: string; readonly traceId?: string }
  /** Nothing was taken: over the limit, not let in, or never written. Again from `retryAt` (real time). */
  | {
      readonly outcome: "not_taken";
      readonly cause: "rate" | "auth" | "unreachable" | "breaker";
      readonly retryAt: Instant;
      readonly detail: string;
    }
  /** Written, and nobody knows: 5xx, 408, reset, timeout, or an answer that cannot be read. */
  | { readonly outcome: "unknown"; readonly detail: string };

/** The rate headers of one answer. */
export interface RateHeaders {
  /** Real time at which the request was written. */
  readonly sentAt: Instant;
  readonly max?: number;
  readonly remaining?: number;
  readonly intervalMs?: Millis;
  readonly daily?: number;
  readonly dailyRemaining?: number;
}

export interface ClientOptions {
  /** `https://services.leadconnectorhq.com`, or where a test listens. */
  readonly url: string;
  readonly clock: Clock;
  /** The bearer token of a location; undefined when it has none. What it throws is not told here: nothing is asked. */
  readonly token: (location: string) => string | undefined | Promise<string | undefined>;
  /** Another token than this one, which was refused with 401; undefined where there is none. Absent: nobody has one. */
  readonly instead?: (location: string, refused: string) => Promise<string | undefined>;
  /** `dated` falls back to the versions before v3. */
  readonly versions?: "v3" | "dated";
  readonly onRate?: (location: string, rate: RateHeaders) => void;
  /** Told of each answer that is a fault, and of breakers as they open, try and close. */
  readonly health?: Pick<Health, "fault" | "breaker">;
  readonly answerWithin?: Millis;
}

/** How the operations ask: one location, one operation, its answer in a shape. */
export interface Api {
  readonly options: ClientOptions;
  call<T>(location: string, call: Call<T>): Promise<Reply<T>>;
  close(): Promise<void>;
}

export type Resource =
  | "contacts"
  | "conversations"
  | "opportunities"
  | "locations"
  | "users"
  | "workflows"
  | "calendars";

const DATED: Readonly<Record<Resource, string>> = {
  contacts: "2021-07-28",
  conversations: "2021-04-15",
  opportunities: "2021-07-28",
  locations: "2021-07-28",
  users: "2021-07-28",
  workflows: "2021-07-28",
  calendars: "2021-04-15",
};

export interface Call<T> {
  readonly resource: Resource;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly shape: z.ZodType<T>;
  readonly signal?: AbortSignal | undefined;
}

export function openApi(options: ClientOptions): Api {
  const { clock } = options;
  const wire: Wire = openWire(options);
  const breakerOf = openBreakers(options);

  async function call<T>(location: string, { shape, ...asked }: Call<T>): Promise<Reply<T>> {
    let token: string | undefined;
    try {
      token = await options.token(location);
    } catch (error) {
      return unread(error, clock.real()); // nothing is written
    }
    if (token === undefined) return notTaken("auth", clock.real() + MINUTE, "no token for this location");
    const ask = (bearer: string): Promise<WireAnswer> => {
      const request = {
        method: asked.method,
        path: `${asked.path}${queryOf(asked.query)}`,
        headers: headersOf(bearer, versionOf(asked.resource, options.versions), asked.body !== undefined),
        ...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
      };
      return breakerOf(location, asked.resource).execute(() => wire.ask(request, asked.signal));
    };
    let answered: WireAnswer;
    try {
      answered = await ask(token);
      if (isRefused(answered)) {
        // nothing was taken: with another token it may be asked once more
        const other = await options.instead?.(location, token).catch(() => undefined);
        if (other !== undefined) answered = await ask(other);
      }
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      return notTaken("breaker", clock.real() + BREAK, "too many failures in a row");
    }
    const fault = faultOf(answered);
    if (fault !== undefined) options.health?.fault(location, fault);
    return read(answered, location, shape);
  }

  function read<T>(answered: WireAnswer, location: string, shape: z.ZodType<T>): Reply<T> {
    if (answered.kind === "unsent") return notTaken("unreachable", clock.real() + 5 * SECOND, answered.detail);
    if (answered.kind === "unanswered") return { outcome: "unknown", detail: answered.detail };
    const { status, headers, sentAt } = answered;
    const rate = rateOf(headers, sentAt);
    options.onRate?.(location, rate);
    const body = bodyOf(answered.text);
    const traceId = textAt(body, "traceId");
    if (status >= 200 && status < 300) {
      const parsed = shape.safeParse(body);
      // the page of a proxy is no answer, also where none is needed
      const isRead = parsed.success && (body !== undefined || answered.text.trim() === "");
      if (!isRead) return { outcome: "unknown", detail: `${status} with an answer that cannot be read` };
      const serverTime = instant(String(headers["date"]));
      return {
        outcome: "done",
        value: parsed.data,
        ...(serverTime === undefined ? {} : { serverTime }),
        ...(traceId === undefined ? {} : { traceId }),
      };
    }
    if (status === 429) return notTaken("rate", retryAt(clock.real(), rate, headers), "429");
    if (status === 401) return notTaken("auth", clock.real() + MINUTE, "401");
    if (status < 400) return notTaken("unreachable", clock.real() + MINUTE, `${status}: not the API`);
    if (status === 408 || status >= 500) return { outcome: "unknown", detail: String(status) };
    return { outcome: "refused", status, message: messageOf(body), ...(traceId === undefined ? {} : { traceId }) };
  }

  return { options, call, close: () => wire.close() };
}

export const mapped = <A, B>(reply: Reply<A>, change: (value: A) => B): Reply<B> =>
  reply.outcome === "done" ? { ...reply, value: change(reply.value) } : reply;

const FAILURES_IN_A_ROW = 8;
const BREAK: Millis = 5 * SECOND;

/** One breaker per location and part of the API: one tenant's outage, or one slow resource, is not everybody's. */
function openBreakers({ clock, health }: Pick<ClientOptions, "clock" | "health">) {
  const breakers = new Map<string, CircuitBreakerPolicy>();
  return (location: string, dependency: Resource): CircuitBreakerPolicy => {
    const name = `${location} ${dependency}`;
    const known = breakers.get(name);
    if (known !== undefined) return known;
    const breaker = circuitBreaker(
      handleWhenResult((answered) => failed(answered as WireAnswer)),
      { halfOpenAfter: BREAK, breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW) },
    );
    const tell = (state: "open" | "half_open" | "closed", detail: string) =>
      health?.breaker(location, {
        ...{ dependency, state, detail, failures: state === "closed" ? 0 : FAILURES_IN_A_ROW },
        ...(state === "open" ? { until: clock.real() + BREAK } : {}),
      });
    breaker.onBreak((reason) => tell("open", "value" in reason ? detailOf(reason.value as WireAnswer) : "failed"));
    breaker.onHalfOpen(() => tell("half_open", "asked again"));
    breaker.onReset(() => tell("closed", ""));
    breakers.set(name, breaker);
    return breaker;
  };
}

const detailOf = (answered: WireAnswer): string =>
  answered.kind === "answered" ? String(answered.status) : answered.detail;

/** What of an answer, or of its absence, is counted as a fault. */
function faultOf(answered: WireAnswer): Fault | undefined {
  if (answered.kind === "unsent") return "unreachable";
  if (answered.kind === "unanswered") return /time.?out|abort/i.test(answered.detail) ? "timeout" : "reset";
  const { status } = answered;
  if (status < 300) return undefined;
  if (status === 408) return "timeout";
  if (status >= 500) return "5xx";
  return (["429", "401", "403", "404", "422"] as const).find((kind) => kind === String(status)) ?? "other";
}

const failed = (answered: WireAnswer): boolean => answered.kind !== "answered" || answered.status >= 500;

/** For its age, that is: a missing scope is 401 too, and no renewal mends that. */
const isRefused = (answered: WireAnswer): boolean =>
  answered.kind === "answered" && answered.status === 401 && !/scope/i.test(messageOf(bodyOf(answered.text)));

const versionOf = (resource: Resource, versions: "v3" | "dated" = "v3"): string =>
  versions === "v3" ? "v3" : DATED[resource];

const headersOf = (token: string, version: string, body: boolean): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  version,
  accept: "application/json",
  "user-agent": "Latchkey",
  ...(body ? { "content-type": "application/json" } : {}),
});

function queryOf(query: Call<unknown>["query"]): string {
  const given = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

const notTaken = (cause: "rate" | "auth" | "unreachable" | "breaker", retryAt: Instant, detail: string): Failure => ({
  outcome: "not_taken",
  cause,
  retryAt,
  detail,
});

/** Whose token could not be read: the database's, in a moment; ours, where it is no time that mends it. Whoever reads tells of it. */
const unread = (error: unknown, now: Instant): Failure =>
  error instanceof Unavailable || error instanceof Conflict
    ? notTaken("unreachable", now + 5 * SECOND, "the token could not be read: the database did not answer")
    : notTaken("auth", now + MINUTE, "the token could not be read, through a fault of ours");

type WireHeaders = Readonly<Record<string, string | string[] | undefined>>;

function rateOf(headers: WireHeaders, sentAt: Instant): RateHeaders {
  const numbers = Object.entries({
    max: "x-ratelimit-max",
    remaining: "x-ratelimit-remaining",
    intervalMs: "x-ratelimit-interval-milliseconds",
    daily: "x-ratelimit-limit-daily",
    dailyRemaining: "x-ratelimit-daily-remaining",
  }).flatMap(([name, header]) => {
    const value = Number(headers[header]);
    return headers[header] === undefined || !Number.isFinite(value) ? [] : [[name, value] as const];
  });
  return { sentAt, ...Object.fromEntries(numbers) };
}

const INTERVAL: Millis = 10 * SECOND;

/**
 * After a burst the interval; after the day's last request its end, asked hourly since nobody documents when it is. A
 * wait of less than a second, or of more than a day, cannot be meant: it is as if nothing had been said.
 */
export function retryAt(now: Instant, { dailyRemaining, intervalMs }: RateHeaders, headers: WireHeaders): Instant {
  const isMeant = (wait: Millis | undefined): wait is Millis => wait !== undefined && wait >= SECOND && wait <= DAY;
  const asked = Number(headers["retry-after"]) * SECOND;
  if (isMeant(asked)) return now + asked;
  if (dailyRemaining !== 0) return now + (isMeant(intervalMs) ? intervalMs : INTERVAL);
  const midnight = new Date(now).setUTCHours(24, 0, 0, 0);
  return Math.min(midnight, now + HOUR);
}

export function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textAt(body: unknown, name: string): string | undefined {
  const value = (body as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === "string" ? value : undefined;
}

/** What of the API's words may be kept with the message and shown. */
export function messageOf(body: unknown): string {
  const { message, error } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const words = Array.isArray(message) ? message.join("; ") : (message ?? error ?? "");
  return saidOf(String(words));
}
