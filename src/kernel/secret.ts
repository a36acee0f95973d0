import { createHash, timingSafeEqual } from "node:crypto";

/** Compared in constant time, and equally long for every length of guess. Nothing, or nothing stored, equals nothing. */
export function sameSecret(shown: string | undefined, secret: string | undefined): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const equal = timingSafeEqual(digest(shown ?? ""), digest(secret ?? ""));
  return equal && shown !== undefined && secret !== undefined && secret !== "";
}
