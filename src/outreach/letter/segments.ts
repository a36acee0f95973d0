// How many parts a text message has, and in which alphabet. Source: 3GPP TS 23.038; compliance facts 4.

import gsm7 from "../law/data/gsm7.json" with { type: "json" };

export interface Segments {
  readonly encoding: "gsm7" | "ucs2";
  /** Septets in GSM-7, UTF-16 units in UCS-2. */
  readonly units: number;
  readonly segments: number;
}

/**
 * Characters kept free because HighLevel appends the sender and "Reply STOP to unsubscribe" to a first message that
 * lacks them, and again every so many days; the append is the CRM's and is left alone.
 */
export const APPENDED = 45;

/** A text longer than this is refused by the carriers (ten parts of GSM-7, 1,600 characters at Twilio). */
export const SMS_LIMIT = 1_600;

const BASIC = new Set(gsm7.basic);
const EXTENDED = new Set(gsm7.extended);
const REPLACED: ReadonlyMap<string, string> = new Map(
  gsm7.rows.flatMap((row) => [...row.from].map((from) => [from, row.to] as const)),
);

/** @param reserve further characters that will be appended, counted as one unit each */
export function segments(text: string, reserve = 0): Segments {
  const septets = septetsOf(text);
  if (septets !== undefined)
    return parts("gsm7", septets + reserve, 160, () => packed(text, 153, septetOf) + reserve, 153);
  return parts("ucs2", text.length + reserve, 70, () => packed(text, 67, (char) => char.length) + reserve, 67);
}

/** Writes a text in GSM-7 where every character has a replacement; otherwise leaves it as it is. Names keep their accents. */
export function transliterated(text: string): string {
  if (septetsOf(text) !== undefined) return text;
  const plain = [...text].map((char) => REPLACED.get(char) ?? char).join("");
  return septetsOf(plain) === undefined ? text : plain;
}

const septetOf = (char: string): number => (EXTENDED.has(char) ? 2 : 1);

function septetsOf(text: string): number | undefined {
  let total = 0;
  for (const char of text) {
    if (!BASIC.has(char) && !EXTENDED.has(char)) return undefined;
    total += septetOf(char);
  }
  return total;
}

function parts(encoding: "gsm7" | "ucs2", units: number, single: number, filled: () => number, each: number): Segments {
  return { encoding, units, segments: units <= single ? 1 : Math.ceil(filled() / each) };
}

/** Units with the gaps that arise because a character of two units is never split over two parts. */
function packed(text: string, each: number, size: (char: string) => number): number {
  let total = 0;
  for (const char of text) {
    const units = size(char);
    const left = each - (total % each);
    total += units > left ? left + units : units;
  }
  return total;
}
