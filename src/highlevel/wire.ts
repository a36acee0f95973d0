// One request to HighLevel's API and what became of it. The question that matters: was it written, or not?

import { type Dispatcher, Pool } from "undici";
import type { Clock, Instant, Millis } from "../kernel/time.ts";
import { SECOND } from "../kernel/time.ts";

interface WireRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type WireAnswer =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: Headers;
      readonly text: string;
      readonly sentAt: Instant;
    }
  /** Never written: nobody can have acted on it. */
  | { readonly kind: "unsent"; readonly detail: string }
  /** Written, wholly or in part, and no answer came: it may have been acted on. */
  | { readonly kind: "unanswered"; readonly detail: string; readonly sentAt: Instant };

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export interface Wire {
  ask(request: WireRequest, signal?: AbortSignal): Promise<WireAnswer>;
  /** What is under way goes unanswered. */
  close(): Promise<void>;
}

const ANSWER_WITHIN: Millis = 10 * SECOND;
const CONNECT_WITHIN: Millis = 5 * SECOND;
/** A request that waited longer for a connection is given up: who asked may have slept, or gone. */
const WRITE_WITHIN: Millis = 5 * SECOND;
const RESPONSE_LIMIT = 8 * 1024 * 1024;

/** What rides with a request through the pool, to be told the moment before its first byte is written. */
interface Ride {
  /** False: too late, do not write. */
  begin(): boolean;
}

export interface WireOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly connections?: number;
  readonly answerWithin?: Millis;
}

/** Keep-alive connections to one origin, one request at a time on each: a lost connection leaves one fate unknown, not several. */
export function openWire({ url, clock, connections = 256, answerWithin = ANSWER_WITHIN }: WireOptions): Wire {
  const { origin, pathname } = new URL(url);
  const prefix = pathname.replace(/\/+$/, "");
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    keepAliveTimeout: 4 * SECOND,
    headersTimeout: answerWithin,
    bodyTimeout: answerWithin,
    connect: { timeout: CONNECT_WITHIN },
    maxResponseSize: RESPONSE_LIMIT,
  });
  const watched = pool.compose(
    (dispatch) => (options, handler) =>
      dispatch(options, watch(handler, (options as { opaque?: unknown }).opaque as Ride)),
  );

  return {
    async ask({ method, path, headers, body }, signal) {
      const asked = { elapsed: clock.elapsed(), real: clock.real() };
      let sentAt: Instant | undefined;
      const ride: Ride = {
        begin() {
          const late = Math.max(clock.elapsed() - asked.elapsed, clock.real() - asked.real) > WRITE_WITHIN;
          if (late || signal?.aborted) return false;
          sentAt = clock.real();
          return true;
        },
      };
      try {
        const answer = await watched.request({
          method,
          path: `${prefix}${path}`,
          headers,
          opaque: ride,
          ...(body === undefined ? {} : { body }),
          ...(signal === undefined ? {} : { signal }),
        });
        const text = await within(answerWithin, answer.body);
        return {
          kind: "answered",
          status: answer.statusCode,
          headers: answer.headers,
          text,
          sentAt: sentAt ?? asked.real,
        };
      } catch (error) {
        if (sentAt !== undefined) return { kind: "unanswered", detail: nameOf(error), sentAt };
        if (signal?.aborted) throw error;
        return { kind: "unsent", detail: nameOf(error) };
      }
    },
    close: () => pool.destroy(),
  };
}

/** Each piece in time is not the whole in time: an answer that trickles is none. */
async function within(ms: Millis, body: Dispatcher.ResponseData["body"]): Promise<string> {
  const late = setTimeout(() => body.destroy(Object.assign(new Error("late"), { code: "UND_ERR_BODY_TIMEOUT" })), ms);
  try {
    return await body.text();
  } finally {
    clearTimeout(late);
  }
}

/** The handler, with word given before the first byte. Undici begins a request only on a connection it holds open. */
function watch(handler: Dispatcher.DispatchHandler, ride: Ride): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      if (!ride.begin()) controller.abort(new Error("waited too long for a connection"));
      else handler.onRequestStart?.(controller, context);
    },
    onRequestUpgrade: (controller, status, headers, socket) =>
      handler.onRequestUpgrade?.(controller, status, headers, socket),
    onResponseStart: (controller, status, headers, message) =>
      handler.onResponseStart?.(controller, status, headers, message),
    onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
    onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
    onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
  };
}

/** A code or a class: messages of the network may hold addresses. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "failed";
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : error.name === "Error" ? error.message : error.name;
}
