// What an opt-out ends, by the rules of the day on which it was said. Pure. Source: compliance facts 1.1 and 2.

import type { Instant } from "../../kernel/time.ts";
import federal from "./data/federal.json" with { type: "json" };
import { ruleAt } from "./dated.ts";
import type { Judgment } from "./words.ts";

/** A number carries SMS, WhatsApp and voice; an address carries e-mail. */
export type Family = "phone" | "email";

interface Scope {
  readonly rule: "opt_out_scope";
  readonly value: { readonly phone: readonly Family[]; readonly email: readonly Family[]; readonly named: boolean };
  readonly effectiveFrom?: string;
  readonly effectiveTo?: string;
}

const SCOPES = federal.rows.filter(({ rule }) => rule === "opt_out_scope") as readonly Scope[];

/** The families that end: where it was said first, then what the rules add, then what the words themselves name. */
export function scopeOf(judgment: Judgment, said: Family, at: Instant): readonly Family[] {
  const scope = ruleAt(SCOPES, "opt_out_scope", at)?.value;
  const named = scope?.named === true ? (judgment.names ?? []) : [];
  return [...new Set([said, ...(scope?.[said] ?? []), ...named])];
}
