// What people have said in fields of the CRM, read into figures: their time line, their budget, a pre-approval, and how
// they came to us. What cannot be read is not known.

import { denied } from "./denied.ts";

/** What a custom field says of a lead's plans, by the first of its names: the folder's, or the CRM's key. */
export const saysPlans = (names: readonly string[]): Plans | undefined => kindOf(names[0] ?? "");

type Plans = "timeline" | "budget" | "approved";

/**
 * The same as far as a score may know it. Nothing where any of its names is one that no
 * feature may have: "Section 8 pre-approval" tells where income comes from, whatever else it tells.
 */
export function fieldKind(names: readonly string[]): Plans | undefined {
  const kind = saysPlans(names);
  return kind === undefined || names.some((name) => denied(name) !== undefined) ? undefined : kind;
}

function kindOf(name: string): Plans | undefined {
  const key = name.toLowerCase().replace(/[^a-z0-9]+/g, "_");
  if (/pre_?approv|pre_?qualif/.test(key)) return "approved";
  if (/timeline|time_?frame|months?_to_(move|buy|sell)|move_?in_|when_.*(buy|move|sell)/.test(key)) return "timeline";
  if (/budget|price_range|max_price/.test(key)) return "budget";
  return undefined;
}

const MONTHS_PER: Readonly<Record<string, number>> = { d: 1 / 30.44, w: 7 / 30.44, m: 1, y: 12 };

/** Months from "90 days", "0-3 months", "6+ months", "1 year", "asap", or a plain number of months. */
export function monthsIn(value: unknown): number | undefined {
  if (typeof value === "number") return value >= 0 && value <= 600 ? value : undefined;
  if (typeof value !== "string") return undefined;
  const text = value.toLowerCase();
  if (/\b(asap|immediately|right away|now)\b/.test(text)) return 0;
  const numbers = numbersIn(text);
  if (numbers.length === 0) return undefined;
  const unit = /\d\s*\+?\s*(d|w|m|y)(?:\b|ays?|eeks?|o|onths?|rs?|ears?)/.exec(text)?.[1] ?? "m";
  const months = mean(numbers) * (MONTHS_PER[unit] ?? 1);
  return months <= 600 ? round(months) : undefined;
}

/** Major units from 400000, "$400,000", "300k-400k", "1.2M". */
export function moneyIn(value: unknown): number | undefined {
  if (typeof value === "number") return value > 0 ? value : undefined;
  if (typeof value !== "string") return undefined;
  const amounts = [...value.toLowerCase().matchAll(/(\d[\d,]*(?:\.\d+)?)\s*(k|m)?/g)].map(
    ([, digits, unit]) =>
      Number((digits as string).replaceAll(",", "")) * (unit === "m" ? 1e6 : unit === "k" ? 1e3 : 1),
  );
  const money = amounts.length === 0 ? 0 : mean(amounts.slice(0, 2));
  return money > 0 && Number.isFinite(money) ? round(money) : undefined;
}

export function yesIn(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value === 1 ? true : value === 0 ? false : undefined;
  if (typeof value !== "string") return undefined;
  const text = value.trim().toLowerCase();
  if (/^(no|not|false|none|n|never|denied|0)\b/.test(text)) return false;
  return /^(yes|true|y|1|approved|pre-?\s?approved|pre-?\s?qualified)\b/.test(text) ? true : undefined;
}

export const SOURCES = ["portal", "site", "ad", "referral", "open house", "import", "other"] as const;

/** What the CRM calls the source of a contact, in seven kinds: how the enquiry came, never from whom. */
export function sourceIn(value: unknown): (typeof SOURCES)[number] | undefined {
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const text = value.toLowerCase();
  if (/refer|sphere|past client|word of mouth/.test(text)) return "referral";
  if (/open ?house/.test(text)) return "open house";
  if (/zillow|realtor\.com|trulia|redfin|homes\.com|portal/.test(text)) return "portal";
  if (/facebook|instagram|meta\b|tiktok|ppc|\bads?\b|adwords/.test(text)) return "ad";
  if (/website|\bidx\b|\bsite\b|landing|organic|form/.test(text)) return "site";
  if (/import|csv|upload|\blist\b/.test(text)) return "import";
  return "other";
}

const numbersIn = (text: string): number[] => [...text.matchAll(/\d+(?:\.\d+)?/g)].map(([digits]) => Number(digits));
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
const round = (value: number): number => Math.round(value * 100) / 100;
