// Files that messages bring along: those that nobody has put beside the workflows could never be sent, and a text's must
// be of a kind and a size that carriers take. What hangs on the carrier is a warning, not an error.

import type { Template } from "../plan.ts";
import type { Check, Finding, Surroundings } from "./finding.ts";

export const checkAttachments: Check = ({ content, around: { bytesOf } }) =>
  Object.values(content.templates).flatMap((template) => [
    ...(bytesOf === undefined ? [] : missing(template, bytesOf)),
    ...texts(template, bytesOf),
  ]);

type BytesOf = NonNullable<Surroundings["bytesOf"]>;

const isAddress = (name: string): boolean => /^https:/i.test(name);

function missing({ id, email, sms, smsAttach = [] }: Template, bytesOf: BytesOf): Finding[] {
  const named = [
    ...(email?.attach ?? []).map((word) => ({ word, keys: ["email", "attach"], what: "the e-mail" })),
    ...(sms === undefined ? [] : smsAttach).map((word) => ({ word, keys: ["sms", "attach"], what: "the text" })),
  ];
  return named
    .filter(({ word }) => !isAddress(word) && bytesOf(word) === undefined)
    .map(({ word, keys, what }) => ({
      code: "no-file",
      severity: "warning",
      spot: { section: "templates", id, keys, word },
      message: `there is no file "${word}" beside the workflows: ${what} could not be sent. Put it there, or name an https address.`,
    }));
}

/**
 * Of an MMS, bytes: of all files together, over which the provider refuses it; and of one that it does not fit to the
 * phone, over which carriers drop it.
 * @source Twilio, "Accepted content types for media" and "Supported file types and size limits for MMS", read 2026: 5 MB
 * in all, JPEG, PNG and GIF made to fit, and no more than 600 KB advised of anything else (toll-free: AT&T, T-Mobile, Verizon)
 */
const MOST_BYTES = 5_000_000;
const MOST_UNFITTED = 600_000;
const FITTED = /\.(jpe?g|png|gif)$/i;
/** Taken as they are; whether a phone shows them is the phone's. */
const TAKEN = /\.(bmp|tiff?|hei[cf]|mp4|mpe?g|mov|webm|3gpp?|mp3|m4a|ogg|wav|amr|aac|pdf|vcf|ics|csv|rtf)$/i;

function texts({ id, sms, smsAttach = [] }: Template, bytesOf: BytesOf | undefined): Finding[] {
  if (sms === undefined) return [];
  const spot = { section: "templates", id, keys: ["sms", "attach"] };
  const sizes = smsAttach.map((name) => (isAddress(name) ? 0 : (bytesOf?.(name) ?? 0)));
  const all = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const single = smsAttach.flatMap((word, place): Finding[] => {
    const said = ofOne(word, sizes[place] as number);
    return said === undefined ? [] : [{ ...said, spot: { ...spot, word } }];
  });
  if (all <= MOST_BYTES) return single;
  const message = `the files of this text have ${inUnits(all)} together, and providers refuse more than ${inUnits(MOST_BYTES)}. Make them smaller.`;
  return [...single, { code: "mms-size", severity: "warning", spot, message }];
}

/** @param bytes 0 where they are not known */
function ofOne(word: string, bytes: number): Omit<Finding, "spot"> | undefined {
  const name = isAddress(word) && URL.canParse(word) ? new URL(word).pathname : word;
  if (FITTED.test(name) || !/\.\w+$/.test(name)) return undefined;
  if (!TAKEN.test(name)) {
    const message = `carriers may refuse a text with "${word}". JPEG, PNG and GIF reach every phone; anything else is safer as a link.`;
    return { code: "mms-kind", severity: "warning", message };
  }
  if (bytes > MOST_UNFITTED) {
    const message = `"${word}" has ${inUnits(bytes)}, and carriers drop what is no JPEG, PNG or GIF above about ${inUnits(MOST_UNFITTED)}. Send a link to it instead.`;
    return { code: "mms-size", severity: "warning", message };
  }
  const message = `"${word}" is passed on as it is, and not every phone shows it. JPEG, PNG and GIF are made to fit.`;
  return { code: "mms-kind", severity: "info", message };
}

const inUnits = (bytes: number): string =>
  bytes >= 1_000_000 ? `${(Math.ceil(bytes / 100_000) / 10).toFixed(1)} MB` : `${Math.ceil(bytes / 1_000)} KB`;
