// The addresses of ours that stand in messages. They name a message in few letters and are signed: nothing in them can be
// guessed, or altered. Their layout is in docs/decisions/links-in-messages.md.

import { createHmac, timingSafeEqual } from "node:crypto";
import type { ChannelName } from "../../leads/index.ts";

/** What a link stands for, all of which its signature holds. */
export interface LinkOf {
  readonly location: string;
  readonly message: string;
  readonly channel: ChannelName;
  /** In the message's list of links. */
  readonly place: number;
  readonly target: string;
}

/** A link as it can be read before it is believed. */
export interface ReadLink extends Named {
  readonly channel: ChannelName;
  readonly place: number;
  verify(of: LinkOf): boolean;
}

/** Whom an unsubscribing link is for. */
export interface WayOutOf {
  readonly location: string;
  readonly message: string;
  /** The beginning of the address' keyed hash: 16 hexadecimal digits. */
  readonly hash: string;
}

export interface ReadWayOut extends Named {
  readonly hash: string;
  verify(of: WayOutOf): boolean;
}

interface Named {
  /** Whether the location may be the one that is meant: one in sixteen million is by chance. */
  isOf(location: string): boolean;
  /** The ids that begin as the message's does. */
  readonly from: string;
  readonly to: string;
}

export interface Tokens {
  link(of: LinkOf): string;
  readLink(token: string): ReadLink | undefined;
  wayOut(of: WayOutOf): string;
  readWayOut(token: string): ReadWayOut | undefined;
}

const VERSION = "1";
const CHANNELS: readonly ChannelName[] = ["sms", "email", "whatsapp", "voice"];
/** Bytes. */
const [TAG, MESSAGE, PLACE, HASH, LINK_MAC, WAY_OUT_MAC] = [3, 8, 1, 8, 9, 12];
export const HASH_DIGITS = HASH * 2;

/** @param keys of this installation, each for one purpose */
export function openTokens(keys: { readonly link: Uint8Array; readonly wayOut: Uint8Array }): Tokens {
  const mac = (key: Uint8Array, parts: readonly (string | number)[], bytes: number): Buffer =>
    createHmac("sha256", key)
      .update(JSON.stringify([VERSION, ...parts]))
      .digest()
      .subarray(0, bytes);
  const tagOf = (location: string) => mac(keys.link, ["location", location], TAG);
  const linkMac = ({ location, message, channel, place, target }: LinkOf) =>
    mac(keys.link, ["link", location, message, channel, place, target], LINK_MAC);
  const wayOutMac = ({ location, message, hash }: WayOutOf) =>
    mac(keys.wayOut, ["way out", location, message, hash], WAY_OUT_MAC);
  const named = (bytes: Buffer): Named => ({
    isOf: (location) => timingSafeEqual(tagOf(location), bytes.subarray(0, TAG)),
    from: asId(bytes.subarray(TAG, TAG + MESSAGE), 0x00),
    to: asId(bytes.subarray(TAG, TAG + MESSAGE), 0xff),
  });
  return {
    link: (of) =>
      written([
        tagOf(of.location),
        idBytes(of.message),
        Buffer.from([(CHANNELS.indexOf(of.channel) << 6) | of.place]),
        linkMac(of),
      ]),
    readLink(token) {
      const bytes = readBytes(token, TAG + MESSAGE + PLACE + LINK_MAC);
      if (bytes === undefined) return undefined;
      const packed = bytes[TAG + MESSAGE] as number;
      return {
        ...named(bytes),
        channel: CHANNELS[packed >> 6] as ChannelName,
        place: packed & 63,
        verify: (of) => timingSafeEqual(linkMac(of), bytes.subarray(-LINK_MAC)),
      };
    },
    wayOut: (of) =>
      written([tagOf(of.location), idBytes(of.message), Buffer.from(of.hash, "hex").subarray(0, HASH), wayOutMac(of)]),
    readWayOut(token) {
      const bytes = readBytes(token, TAG + MESSAGE + HASH + WAY_OUT_MAC);
      if (bytes === undefined) return undefined;
      const hash = bytes.subarray(TAG + MESSAGE, TAG + MESSAGE + HASH).toString("hex");
      return { ...named(bytes), hash, verify: (of) => timingSafeEqual(wayOutMac(of), bytes.subarray(-WAY_OUT_MAC)) };
    },
  };
}

const written = (parts: readonly Buffer[]): string => VERSION + Buffer.concat(parts).toString("base64url");

/** Undefined where it is not exactly what we write: a token has one spelling. */
function readBytes(token: string, length: number): Buffer | undefined {
  if (!token.startsWith(VERSION) || token.length > 100) return undefined;
  const bytes = Buffer.from(token.slice(1), "base64url");
  return bytes.length === length && written([bytes]) === token ? bytes : undefined;
}

const idBytes = (id: string): Buffer => Buffer.from(id.replaceAll("-", ""), "hex").subarray(0, MESSAGE);

/** A UUID that begins so and goes on with one byte alone. */
function asId(beginning: Buffer, rest: number): string {
  const hex = Buffer.concat([beginning, Buffer.alloc(16 - MESSAGE, rest)]).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
