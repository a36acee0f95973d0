// What only this installation may read: keys from one secret, values sealed to the place they belong to.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { InvalidInput } from "../kernel/errors.ts";

/** Seals text to a place (a location and what it is for): opened for another place, it is refused. */
export interface Seal {
  seal(text: string, place: string): string;
  /** @throws InvalidInput when it was sealed with another secret, for another place, or altered */
  open(sealed: string, place: string): string;
}

/** A 32-byte key for one purpose; knowing it says nothing about the keys for others. */
export const deriveKey = (secret: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, "latchkey", purpose, 32));

const IV_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = "1";

/** By its look: whether it opens is another question. */
export const isSealed = (text: string): boolean => text.startsWith(`${VERSION}.`);

/** AES-256-GCM. A sealed value is `1.` and base64url of IV, tag and ciphertext. */
export function openSeal(secret: string): Seal {
  const key = deriveKey(secret, "seal");
  return {
    seal(text, place) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(place));
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return `${VERSION}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64url")}`;
    },
    open(sealed, place) {
      try {
        const [version, packed = ""] = sealed.split(".");
        if (version !== VERSION) throw new RangeError("version");
        const bytes = Buffer.from(packed, "base64url");
        const tag = bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
        const cipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
          .setAAD(Buffer.from(place))
          .setAuthTag(tag);
        return Buffer.concat([cipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), cipher.final()]).toString("utf8");
      } catch {
        throw new InvalidInput("A sealed value does not open: LATCHKEY_SECRET is not the one it was sealed with.");
      }
    },
  };
}

/** `LATCHKEY_SECRET`, else the one kept in the data folder, readable by its owner alone; made on the first start. */
export async function readSecret(folder: string, given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  const path = join(folder, "secret");
  await mkdir(folder, { recursive: true });
  await makeSecret(path, `${path}.${randomBytes(6).toString("hex")}`);
  const kept = (await readFile(path, "utf8")).trim();
  if (kept.length < 32) throw new InvalidInput(`The secret in ${path} is too short: expected at least 32 characters.`);
  return kept;
}

/** Written aside and then linked, so that nobody reads half of it and the first of two wins. */
async function makeSecret(path: string, aside: string): Promise<void> {
  const known = await stat(path).catch(() => undefined);
  if (known !== undefined) return;
  const file = await open(aside, "wx", 0o600);
  try {
    await file.writeFile(`${randomBytes(32).toString("hex")}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(aside, path);
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  } finally {
    await unlink(aside);
  }
}
