// What kind of no a refusal of HighLevel is, and above all whose fault: the lead's number or address, or us. Pure.

import type { Refusal } from "../events/index.ts";
import table from "./data/refusals.json" with { type: "json" };
import type { Failure } from "./request.ts";

const ROWS = table.rows.map(({ reason, says, codes }) => ({
  reason: reason as Refusal,
  codes: new Set<string>(codes),
  says: says.map((one) => new RegExp(one, "i")),
}));

/**
 * HighLevel enumerates none of these texts: those that are known first (data/refusals.json), then words, then the status.
 * What speaks of a number or address and is not known proves nothing yet: `unsure_address`.
 */
export function reasonOf({
  status,
  message,
}: Pick<Extract<Failure, { outcome: "refused" }>, "status" | "message">): Refusal {
  if (/\bcontact\b.*\b(not found|does not exist|deleted)\b/i.test(message)) return "gone";
  if (status === 404 && !/workflow|opportunity|pipeline|stage|conversation|template/i.test(message)) return "gone";
  const code = /\berror(?: code)?[ :#(]{1,3}(\d{5,6})\b/i.exec(message)?.[1];
  const byCode = code === undefined ? undefined : ROWS.find(({ codes }) => codes.has(code));
  if (byCode !== undefined) return byCode.reason;
  if (/\bdnd\b|do not disturb/i.test(message)) return "dnd";
  if (/\bunsubscribed\b|\bopted[ _-]?out\b/i.test(message)) return "opted_out";
  const sentence = message.trim().replace(/\.$/, "");
  const known = ROWS.find(({ says }) => says.some((one) => one.test(sentence)));
  if (known !== undefined) return known.reason;
  if (/phone|number|e-?mail|address|landline|recipient/i.test(message)) {
    return /\b(no|missing|without|does not have|not belong)\b/i.test(message) ? "no_address" : "unsure_address";
  }
  if (status === 413 || /body|content|message|attachment|template|subject/i.test(message)) return "content";
  return "unknown";
}
