// Whether an address may be asked by us on somebody's word: only what the public internet routes. Pure but for the list.

import { BlockList, isIP } from "node:net";

/** Ranges that are not the public internet's. @source IANA IPv4 and IPv6 Special-Purpose Address Registries */
const PRIVATE_4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8],
  ["100.64.0.0", 10], // carriers' own
  ["127.0.0.0", 8],
  ["169.254.0.0", 16], // link-local, where clouds keep their metadata
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
];

/** Inside the one block from which public addresses are given out. */
const PRIVATE_6: readonly (readonly [string, number])[] = [
  ["2001::", 23], // protocols, Teredo among them
  ["2001:db8::", 32],
  ["2002::", 16], // 6to4: any IPv4 address in disguise
  ["2620:4f:8000::", 48],
  ["3fff::", 20],
];

const closed = new BlockList();
for (const [net, prefix] of PRIVATE_4) closed.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of PRIVATE_6) closed.addSubnet(net, prefix, "ipv6");
/** Where public IPv6 addresses come from: everything else is local, translated, mapped or reserved. */
const given = new BlockList();
given.addSubnet("2000::", 3, "ipv6");

/** @param address an IPv4 or IPv6 address, without brackets */
export function isPublic(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !closed.check(address, "ipv4");
    case 6:
      return given.check(address, "ipv6") && !closed.check(address, "ipv6");
    default:
      return false;
  }
}

/**
 * Public addresses, and those of networks that whoever runs Latchkey has named.
 *
 * @param networks `10.1.0.0/16`, `fd00:1::/64`, or one address
 * @throws TypeError naming what is no network
 */
export function openAllowed(networks: readonly string[]): (address: string) => boolean {
  const named = new BlockList();
  for (const network of networks) {
    const [net = "", length, ...rest] = network.split("/");
    const family = rest.length === 0 ? isIP(net) : 0;
    const bits = length === undefined ? (family === 4 ? 32 : 128) : Number(length);
    const fits = /^\d{1,3}$/.test(length ?? "0") && bits <= (family === 4 ? 32 : 128);
    if (family === 0 || !fits) throw new TypeError(`"${network}" is no network: expected one like 10.1.0.0/16`);
    named.addSubnet(net, bits, family === 4 ? "ipv4" : "ipv6");
  }
  return (address) => {
    const family = isIP(address);
    return isPublic(address) || (family !== 0 && named.check(address, family === 4 ? "ipv4" : "ipv6"));
  };
}

/**
 * Last labels under which the public internet gives out no names.
 *
 * @source RFC 2606, 6761, 6762 (appendix G), 7686, 8375, 9476; IANA special-use domain names; ICANN of home, corp, mail, internal
 */
const LOCAL = new Set(
  "localhost local localdomain internal intranet private lan home corp mail test invalid example onion alt arpa".split(
    " ",
  ),
);
/** Of a name, as a URL writes it: ASCII and lower case. */
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
const LONGEST_NAME = 253;

/** Whether the public internet could know this name; one dot at its end, the root's, changes nothing. */
function isPublicName(host: string): boolean {
  const name = host.replace(/\.$/, "");
  const labels = name.split(".");
  const last = labels.at(-1) ?? "";
  return (
    name.length <= LONGEST_NAME &&
    labels.length > 1 &&
    labels.every((label) => LABEL.test(label)) &&
    /^([a-z]+|xn--[a-z0-9-]+)$/.test(last) &&
    !LOCAL.has(last)
  );
}

/**
 * Whether people elsewhere reach an address of ours: https, by a name or a number of the public internet. It is judged
 * as parsed: octal, hex and short numbers, other alphabets' letters and digits and percent signs have become what they mean.
 */
export function isPublicUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  const bare = hostname.replace(/^\[|\]$/g, "");
  if (protocol !== "https:") return false;
  return isIP(bare) === 0 ? isPublicName(bare) : isPublic(bare);
}
