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

/** Names that no resolver of the public internet answers for. */
const LOCAL = /(^|\.)(localhost|local|localdomain|internal|lan|home|test|invalid|home\.arpa)$/i;

/** Whether people elsewhere reach an address of ours: https, by a name or a number of the public internet. */
export function isPublicUrl(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  const bare = hostname.replace(/^\[|\]$/g, "");
  if (protocol !== "https:") return false;
  return isIP(bare) === 0 ? bare.includes(".") && !LOCAL.test(bare) : isPublic(bare);
}
