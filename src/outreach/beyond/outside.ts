// One request to an address that somebody else named. The name is resolved once, every address it stands for must be
// allowed, and the connection goes to an address that was looked at, so that nothing can be swapped in between. No
// redirect is followed: whoever answers cannot send us on.

import { lookup as resolveName } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { Agent, type Dispatcher, request } from "undici";
import { SECOND } from "../../kernel/time.ts";
import type { SendResult } from "../message.ts";
import { isPublic } from "./public-address.ts";

export interface OutsideNeeds {
  /** Whether an address may be asked. Left out: public ones alone. */
  readonly isAllowed?: (address: string) => boolean;
  /** All addresses of a name. */
  readonly resolve?: (name: string) => Promise<readonly Address[]>;
  /** PEM of an authority to trust beside the usual ones. */
  readonly ca?: string;
}

export interface Address {
  readonly address: string;
  readonly family: number;
}

export interface OutsideRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** Whoever runs Latchkey has named this address: it may be a private one. */
  readonly named?: boolean;
}

export type Answer = Dispatcher.ResponseData;

/** Asks once; what was answered is read by `read`, before the connection ends. Never throws: every end is a value. */
export type Outside = (
  url: URL,
  asked: OutsideRequest,
  read: (answer: Answer) => Promise<SendResult>,
) => Promise<SendResult>;

const CONNECT_MS = 5 * SECOND;
/** Of an answer nobody reads. */
const DUMP_BYTES = 16 * 1024;

export function openOutside({ isAllowed = isPublic, resolve = allOf, ca }: OutsideNeeds = {}): Outside {
  return async (url, { method, headers, body, signal, named = false }, read) => {
    const name = url.hostname.replace(/^\[|\]$/g, "");
    const found = isIP(name) === 0 ? await within(signal, resolve(name)) : [{ address: name, family: isIP(name) }];
    if (found === undefined) return failed("its name was not resolved in time");
    if (found.length === 0) return failed("its name cannot be resolved");
    if (!named && !found.every(({ address }) => isAllowed(address)))
      return forbidden("the address is not a public one");
    const agent = new Agent({
      pipelining: 0,
      connect: { timeout: CONNECT_MS, lookup: pinned(found), ...(ca === undefined ? {} : { ca }) },
    });
    try {
      const answer = await request(url, {
        dispatcher: agent,
        method: method as Dispatcher.HttpMethod,
        headers: { ...headers },
        signal,
        ...(body === undefined ? {} : { body }),
      });
      return await read(answer);
    } catch (error) {
      return failed(nameOf(error));
    } finally {
      await agent.destroy();
    }
  };
}

/** What its status alone says; the body is not kept. */
export async function statusOnly({ statusCode, body }: Answer): Promise<SendResult> {
  await body.dump({ limit: DUMP_BYTES }).catch(() => undefined);
  if (statusCode >= 300 && statusCode < 400) return failed(`${statusCode}: redirects are not followed`);
  return statusCode >= 200 && statusCode < 300 ? { result: "accepted", provider: {} } : failed(String(statusCode));
}

/** What a name means, nothing where nobody knows; undefined once the request is over: no resolver is heeded after that. */
async function within(signal: AbortSignal, resolving: Promise<readonly Address[]>) {
  let stop: () => void = () => undefined;
  const over = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([over, resolving.catch(() => [])]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

const allOf = (name: string): Promise<readonly Address[]> => resolveName(name, { all: true });

/** Answers a connection's question for the name with what was looked at, and nothing else. */
const pinned =
  (found: readonly Address[]): LookupFunction =>
  (_name, options, answer) => {
    const [first] = found;
    if (options.all === true) answer(null, [...found]);
    else answer(null, first?.address ?? "", first?.family);
  };

export const forbidden = (detail: string): SendResult => ({
  result: "rejected",
  reason: "forbidden",
  status: 0,
  detail,
});
export const failed = (detail: string): SendResult => ({ result: "failed", detail });

/** A code or a class: messages of the network may hold addresses. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "failed";
  const { code } = error as { code?: unknown };
  if (error.name === "TimeoutError" || error.name === "AbortError") return "no answer in time";
  return typeof code === "string" ? code : error.name;
}
