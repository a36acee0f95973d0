// A body as it came: limits first, then parsed, then made fit for `jsonb`.

import { InvalidInput } from "../kernel/errors.ts";

/** Bytes. */
export const BODY_LIMIT = 1024 * 1024;
/** Levels of nesting: far above anything the CRM sends, far below what a recursive reader survives. */
const DEPTH_LIMIT = 64;

/**
 * Parses a JSON body. NUL and lone surrogates, which `jsonb` refuses, become U+FFFD.
 *
 * @throws InvalidInput when it is no JSON, or nests deeper than 64 levels
 */
export function parseBody(raw: Buffer): unknown {
  if (deeperThan(raw, DEPTH_LIMIT)) throw new InvalidInput(`The body nests deeper than ${DEPTH_LIMIT} levels.`);
  const text = raw.toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidInput("The body is not valid JSON.");
  }
  // Both can only come from an escape: bytes that are no UTF-8 have become U+FFFD in decoding.
  return text.includes("\\u") ? storable(value) : value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);

/** One pass over the bytes: brackets outside strings. All the bytes that matter are ASCII, so UTF-8 needs no decoding. */
function deeperThan(raw: Buffer, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let place = 0; place < raw.length; place++) {
    const byte = raw[place] as number;
    if (inString) {
      if (byte === BACKSLASH) place++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (OPEN.has(byte)) {
      if (++depth > limit) return true;
    } else if (CLOSE.has(byte)) depth--;
  }
  return false;
}

const UNSTORABLE = /\0|\p{Surrogate}/gu;

function storable(value: unknown): unknown {
  if (typeof value === "string") return value.replace(UNSTORABLE, "\uFFFD");
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key.replace(UNSTORABLE, "\uFFFD"), storable(member)]),
  );
}
