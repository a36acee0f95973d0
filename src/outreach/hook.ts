// Webhooks: one https request to an address that a workflow names. The name is resolved once, every address it stands for
// must be public, and the connection goes to an address that was looked at, so that nothing can be swapped in between.

import { createHmac } from "node:crypto";
import { lookup as resolveName } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { Agent, type Dispatcher, request } from "undici";
import type { Json } from "../kernel/json.ts";
import type { Clock } from "../kernel/time.ts";
import { SECOND } from "../kernel/time.ts";
import type { CallHook, HookRequest, SendResult } from "./message.ts";
import { isPublic } from "./public-address.ts";

export interface HookNeeds {
  readonly clock: Clock;
  /** The stored secret of this name; undefined when the location has none. */
  readonly secret: (location: string, name: string) => Promise<string | undefined>;
  /** Whether an address may be asked; tests let their own machine's. */
  readonly isAllowed?: (address: string) => boolean;
  /** All addresses of a name. */
  readonly resolve?: (name: string) => Promise<readonly Address[]>;
  /** PEM of an authority to trust beside the usual ones. */
  readonly ca?: string;
}

interface Address {
  readonly address: string;
  readonly family: number;
}

/** Of an answer that is wanted. */
const ANSWER_BYTES = 16 * 1024;
const CONNECT_MS = 5 * SECOND;
/** What only we say of a request. */
const OURS =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|keep-alive|proxy-.*|idempotency-key|latchkey-.*)$/i;

export function openHook({ clock, secret, isAllowed = isPublic, resolve = allOf, ca }: HookNeeds): CallHook {
  return async (asked, signal) => {
    const url = addressOf(asked.url);
    if (typeof url === "string") return forbidden(url);
    const key = asked.secret === undefined ? undefined : await secret(asked.location, asked.secret);
    if (asked.secret !== undefined && key === undefined) {
      return forbidden(`there is no stored secret "${asked.secret}": set it with latchkey secrets set ${asked.secret}`);
    }
    const name = url.hostname.replace(/^\[|\]$/g, "");
    const found = isIP(name) === 0 ? await resolve(name).catch(() => []) : [{ address: name, family: isIP(name) }];
    if (found.length === 0) return failed("its name cannot be resolved");
    if (!found.every(({ address }) => isAllowed(address))) return forbidden("the address is not a public one");

    const agent = new Agent({
      pipelining: 0,
      connect: { timeout: CONNECT_MS, lookup: pinned(found), ...(ca === undefined ? {} : { ca }) },
    });
    try {
      const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
      const headers = headersOf(asked, body, key, clock.real());
      const method = asked.method as Dispatcher.HttpMethod;
      const answer = await request(url, {
        dispatcher: agent,
        method,
        headers,
        signal,
        ...(body === undefined ? {} : { body }),
      });
      return await resultOf(answer, asked);
    } catch (error) {
      return failed(nameOf(error));
    } finally {
      await agent.destroy();
    }
  };
}

/** The address, or what is wrong with it. */
function addressOf(text: string): URL | string {
  if (!URL.canParse(text)) return "the address cannot be read";
  const url = new URL(text);
  if (url.protocol !== "https:") return "webhooks must be https";
  return url.username + url.password === ""
    ? url
    : "an address with a password in it: sign with a stored secret instead";
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

function headersOf(
  { key: id, headers }: HookRequest,
  body: string | undefined,
  key: string | undefined,
  at: number,
): Record<string, string> {
  const theirs = Object.entries(headers).filter(([name]) => !OURS.test(name));
  const signature = key === undefined ? undefined : signatureOf(key, at, body ?? "");
  return {
    accept: "application/json",
    "user-agent": "Latchkey",
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...Object.fromEntries(theirs.map(([name, value]) => [name.toLowerCase(), value])),
    "idempotency-key": id,
    ...(signature === undefined ? {} : { "latchkey-signature": signature }),
  };
}

/** `t=<seconds>,v1=<hex>`: HMAC-SHA256 of `<seconds>.<body>`, so that an old request cannot be shown again as new. */
function signatureOf(key: string, at: number, body: string): string {
  const seconds = Math.floor(at / SECOND);
  return `t=${seconds},v1=${createHmac("sha256", key).update(`${seconds}.${body}`).digest("hex")}`;
}

async function resultOf({ statusCode, body }: Dispatcher.ResponseData, { answer }: HookRequest): Promise<SendResult> {
  const wanted = answer && statusCode >= 200 && statusCode < 300;
  const text = wanted ? await boundedText(body) : undefined;
  if (!wanted) await body.dump({ limit: ANSWER_BYTES }).catch(() => undefined);
  if (statusCode >= 300 && statusCode < 400) return failed(`${statusCode}: redirects are not followed`);
  if (statusCode < 200 || statusCode >= 400) return failed(String(statusCode));
  if (!wanted) return { result: "accepted", provider: {} };
  if (text === undefined) return failed(`too_big: the answer has more than ${ANSWER_BYTES} bytes`);
  const value = jsonOf(text);
  return value === undefined ? failed("the answer is not JSON") : { result: "accepted", provider: {}, value };
}

/** Undefined: more than may be kept. The rest is not read. */
async function boundedText(body: Dispatcher.ResponseData["body"]): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += (chunk as Buffer).length;
    if (size > ANSWER_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function jsonOf(text: string): Json | undefined {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

const forbidden = (detail: string): SendResult => ({ result: "rejected", reason: "forbidden", status: 0, detail });
const failed = (detail: string): SendResult => ({ result: "failed", detail });

/** A code or a class: messages of the network may hold addresses. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "failed";
  const { code } = error as { code?: unknown };
  if (error.name === "TimeoutError" || error.name === "AbortError") return "no answer in time";
  return typeof code === "string" ? code : error.name;
}
