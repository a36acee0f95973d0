// Webhooks: one https request to an address that a workflow names, signed where it says so (see outside.ts for where
// it may go).

import { createHmac } from "node:crypto";
import type { Json } from "../../kernel/json.ts";
import type { Clock } from "../../kernel/time.ts";
import { SECOND } from "../../kernel/time.ts";
import type { CallHook, HookRequest, SendResult } from "../message.ts";
import { type Answer, failed, forbidden, type OutsideNeeds, openOutside, statusOnly } from "./outside.ts";

export interface HookNeeds extends OutsideNeeds {
  readonly clock: Clock;
  /** The stored secret of this name; undefined when the location has none. */
  readonly secret: (location: string, name: string) => Promise<string | undefined>;
}

/** Of an answer that is wanted. */
const ANSWER_BYTES = 16 * 1024;
/** What only we say of a request. */
const OURS =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|keep-alive|proxy-.*|idempotency-key|latchkey-.*)$/i;

export function openHook({ clock, secret, ...needs }: HookNeeds): CallHook {
  const outside = openOutside(needs);
  return async (asked, signal) => {
    const url = addressOf(asked.url);
    if (typeof url === "string") return forbidden(url);
    const key = asked.secret === undefined ? undefined : await secret(asked.location, asked.secret);
    if (asked.secret !== undefined && key === undefined) {
      return forbidden(`there is no stored secret "${asked.secret}": set it with latchkey secrets set ${asked.secret}`);
    }
    const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
    const headers = headersOf(asked, body, key, clock.real());
    const request = { method: asked.method, headers, signal, ...(body === undefined ? {} : { body }) };
    return outside(url, request, (answer) => resultOf(answer, asked));
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

async function resultOf(answer: Answer, { answer: isWanted }: HookRequest): Promise<SendResult> {
  const { statusCode, body } = answer;
  if (!isWanted || statusCode < 200 || statusCode >= 300) return statusOnly(answer);
  const text = await boundedText(body);
  if (text === undefined) return failed(`too_big: the answer has more than ${ANSWER_BYTES} bytes`);
  const value = jsonOf(text);
  return value === undefined ? failed("the answer is not JSON") : { result: "accepted", provider: {}, value };
}

/** Undefined: more than may be kept. The rest is not read. */
async function boundedText(body: Answer["body"]): Promise<string | undefined> {
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
