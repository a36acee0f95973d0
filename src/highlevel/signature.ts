// Whose webhook it is: a signature over the raw bytes of the body, and nothing else.

import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { InvalidInput } from "../kernel/errors.ts";

/** HighLevel's own Ed25519 key, the same for every app. Source: HighLevel's documentation, August 2026. */
export const HIGHLEVEL_KEY = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=
-----END PUBLIC KEY-----`;

/** The RSA key of the header that HighLevel has retired. Source: highlevel-api-docs, WebhookAuthentication.md. */
const LEGACY_KEY = `-----BEGIN PUBLIC KEY-----
MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAokvo/r9tVgcfZ5DysOSC
Frm602qYV0MaAiNnX9O8KxMbiyRKWeL9JpCpVpt4XHIcBOK4u3cLSqJGOLaPuXw6
dO0t6Q/ZVdAV5Phz+ZtzPL16iCGeK9po6D6JHBpbi989mmzMryUnQJezlYJ3DVfB
csedpinheNnyYeFXolrJvcsjDtfAeRx5ByHQmTnSdFUzuAnC9/GepgLT9SM4nCpv
uxmZMxrJt5Rw+VUaQ9B8JSvbMPpez4peKaJPZHBbU3OdeCVx5klVXXZQGNHOs8gF
3kvoV5rTnXV0IknLBXlcKKAQLZcY/Q9rG6Ifi9c+5vqlvHPCUJFT5XUGG5RKgOKU
J062fRtN+rLYZUV+BjafxQauvC8wSWeYja63VSUruvmNj8xkx2zE/Juc+yjLjTXp
IocmaiFeAO6fUtNjDeFVkhf5LNb59vECyrHD2SQIrhgXpO4Q3dVNA5rw576PwTzN
h/AMfHKIjE4xQA1SZuYJmNnmVZLIZBlQAF9Ntd03rfadZ+yDiOXCCs9FkHibELhC
HULgCsnuDJHcrGNd5/Ddm5hxGQ0ASitgHeMZ0kcIOwKDOzOU53lDza6/Y09T7sYJ
PQe7z0cvj7aE4B+Ax1ZoZGPzpJlZtGXCsu9aTEGEnKzmsFqwcSsnw3JB31IGKAyk
T1hhTiaCeIY/OwwwNUY2yvcCAwEAAQ==
-----END PUBLIC KEY-----`;

export interface SignatureKeys {
  /** PEM text holding one or several public keys; several, so that a rotation can overlap. */
  readonly pem?: string;
  /** Accept `x-wh-signature` (RSA) too. Off unless an old sender needs it. */
  readonly legacy?: boolean;
}

/** Headers as node gives them: names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Whether one of our keys signed exactly these bytes. */
export type Verify = (raw: Buffer, headers: Headers) => boolean;

/**
 * Parses the keys once (parsing at each webhook halves the rate) and tries each of them.
 *
 * @throws InvalidInput when a key cannot be read, is of the wrong kind or fails its self-test: with a wrong key every
 *         real delivery would be refused, retried twelve times and at last switched off by HighLevel
 */
export function openSignatures({ pem = HIGHLEVEL_KEY, legacy = false }: SignatureKeys = {}): Verify {
  const keys = readKeys(pem, "ed25519");
  const legacyKeys = legacy ? readKeys(LEGACY_KEY, "rsa") : [];
  return (raw, headers) =>
    check(keys, null, raw, headers["x-ghl-signature"]) || check(legacyKeys, "sha256", raw, headers["x-wh-signature"]);
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

function check(keys: readonly KeyObject[], hash: "sha256" | null, raw: Buffer, header: string | string[] | undefined) {
  if (typeof header !== "string" || keys.length === 0) return false;
  const text = header.trim();
  // HighLevel writes the words `N/A` where it has no signature to give.
  if (text === "" || text === "N/A" || !BASE64.test(text)) return false;
  const signature = Buffer.from(text, "base64");
  return keys.some((key) => verify(hash, raw, key, signature));
}

function readKeys(pem: string, kind: "ed25519" | "rsa"): readonly KeyObject[] {
  const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[\s\S]+?-----END PUBLIC KEY-----/g) ?? [];
  if (blocks.length === 0)
    throw new InvalidInput('no webhook key found: expected PEM text that begins "-----BEGIN PUBLIC KEY-----"');
  return blocks.map((block, place) => {
    const key = readKey(block, place);
    if (key.asymmetricKeyType !== kind)
      throw new InvalidInput(`webhook key ${place + 1} is of kind ${key.asymmetricKeyType}, expected ${kind}`);
    selfTest(key, place, kind === "rsa" ? "sha256" : null);
    return key;
  });
}

function readKey(block: string, place: number): KeyObject {
  try {
    return createPublicKey(block.replaceAll("\\n", "\n"));
  } catch {
    throw new InvalidInput(`webhook key ${place + 1} cannot be read: expected a public key in PEM`);
  }
}

/** A key must be usable, and must refuse a signature that nobody made. */
function selfTest(key: KeyObject, place: number, hash: "sha256" | null): void {
  try {
    if (!verify(hash, Buffer.from("latchkey"), key, Buffer.alloc(hash === null ? 64 : 512, 1))) return;
  } catch {
    // an unusable key is told below
  }
  throw new InvalidInput(`webhook key ${place + 1} fails its self-test: it cannot tell a forged signature`);
}
