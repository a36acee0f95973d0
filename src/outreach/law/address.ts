// Numbers and e-mail addresses as keys: one person's number is one key, however it was typed, and the key is not the number.

import { createHmac } from "node:crypto";
import { idFrom } from "../../kernel/ids.ts";
import { oncePer } from "../../kernel/once.ts";
import { normalizePhone } from "../../kernel/phone.ts";
import type { Contact } from "../../leads/index.ts";

/** The task by which a person is asked to read unclear words: its identity in the outbox. */
export const askedBy = (event: string): string => idFrom(event, "ask");

export interface Addresses {
  /** E.164. */
  readonly phone?: string;
  /** Lower case. */
  readonly email?: string;
}

export function normalizeEmail(text: string): string | undefined {
  const email = text.normalize("NFC").trim().toLowerCase();
  return /^[^\s@<>"(),;:]+@[^\s@<>"(),;:.]+(\.[^\s@<>"(),;:.]+)+$/.test(email) && email.length <= 254
    ? email
    : undefined;
}

/**
 * Where a contact can be written to. What cannot be an address is left out. Reading a number takes longer than most of what
 * is asked about it; a contact that changes is another object.
 */
export const addressesOf = oncePer((contact: Pick<Contact, "phone" | "email">): Addresses => {
  const phone = contact.phone === undefined ? undefined : normalizePhone(contact.phone);
  const email = contact.email === undefined ? undefined : normalizeEmail(contact.email);
  return { ...(phone === undefined ? {} : { phone }), ...(email === undefined ? {} : { email }) };
});

/**
 * HMAC-SHA256 (hex) of a normalized number or address: it outlives the contact, and an erasure, without saying whose it was.
 *
 * @param key the installation's own, never a location's: an opt-out must be found again after a reinstall
 */
export function addressKey(key: string | Uint8Array, family: "phone" | "email", address: string): string {
  return createHmac("sha256", key).update(`${family}:${address}`).digest("hex");
}
