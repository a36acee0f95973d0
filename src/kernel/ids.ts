import { hash, randomBytes } from "node:crypto";
import type { Instant } from "./time.ts";

/** A new id for something that came from outside: UUIDv7, sortable by the millisecond it was made in. */
export function newId(now: Instant): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  return format(bytes, 0x70);
}

/**
 * The id of something a decider made: UUIDv8 from SHA-256 of its causes, so that a replay makes the same one.
 * The causes are hashed as a JSON array, so ["ab","c"] and ["a","bc"] differ.
 */
export function idFrom(...causes: readonly (string | number)[]): string {
  return format(hash("sha256", JSON.stringify(causes), "buffer").subarray(0, 16), 0x80);
}

/**
 * A number in [0, 1) that depends on nothing but its parts: the first 53 bits of SHA-256 over them as a JSON array.
 * The seed is the location's, made at install.
 */
export function chance(seed: string, ...parts: readonly string[]): number {
  const digest = hash("sha256", JSON.stringify([seed, ...parts]), "buffer");
  return Number(digest.readBigUInt64BE(0) >> 11n) / 2 ** 53;
}

/** SHA-256 as lower-case hexadecimal. */
export const sha256 = (data: string | Uint8Array): string => hash("sha256", data);

function format(bytes: Buffer, version: number): string {
  bytes[6] = ((bytes[6] as number) & 0x0f) | version;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
