// One person's number is one key, however it was typed: the one reading of numbers, for opt-outs, for the law's areas, for
// finding a lead and its doubles.

import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js";

/** How most of the world begins a number of another country: "001 617 …". No number of ours begins so. */
const ABROAD = /^[\s(]*\+?00(?=\D*[1-9])/;

// Reading a number is dear, and each turn of a lead asks for the same one: those that were read are kept, as long as they are
// few, and as short as numbers are.
const MOST_KEPT = 20_000;
const LONGEST_KEPT = 40;
const kept = new Map<string, string | undefined>();

/** E.164, or undefined where the text cannot be a number. Numbers without a country are read as the location's. */
export function normalizePhone(text: string, country: CountryCode = "US"): string | undefined {
  if (text.length > LONGEST_KEPT) return read(text, country);
  const key = `${country} ${text}`;
  if (kept.has(key)) return kept.get(key);
  if (kept.size === MOST_KEPT) kept.clear();
  const number = read(text, country);
  kept.set(key, number);
  return number;
}

function read(text: string, country: CountryCode): string | undefined {
  const parsed = parsePhoneNumberFromString(text.normalize("NFKC").replace(ABROAD, "+"), country);
  return parsed?.isPossible() ? parsed.number : undefined;
}

/** How a number is looked up: E.164, or the digits of what is none. Empty where there are no digits. */
export const phoneKey = (text: string): string => normalizePhone(text) ?? text.normalize("NFKC").replace(/[^\d+]/g, "");
