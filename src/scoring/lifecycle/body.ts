// A model's body as it comes back from the database: believed only once it is what it says, since turns score with it.

import { aimIn, sameAim } from "../../kernel/aim.ts";
import { modelOf } from "../learn/model-file.ts";
import type { Shift } from "../scorers.ts";
import type { Body } from "./kept.ts";

/** @returns the body, or why it is none */
export function readable(value: unknown): { readonly body: Body } | { readonly broken: string } {
  const body = value as Partial<Body> | null;
  if (typeof body !== "object" || body === null) return { broken: "the body is no object" };
  const wrong =
    wrongModel(body.model) ??
    (body.kind === "chance" ? wrongChance(body) : body.kind === "churn" ? wrongChurn(body) : "an unknown kind");
  return wrong === undefined ? { body: body as Body } : { broken: wrong };
}

function wrongModel(model: unknown): string | undefined {
  try {
    modelOf(model);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function wrongChance({
  aim,
  quantiles,
  location,
  agents,
}: Partial<Extract<Body, { kind: "chance" }>>): string | undefined {
  if (aim !== undefined && !(sameAim(aimIn(aim), aim) && typeof aim === "object"))
    return "what it foretells is unknown";
  if (!Array.isArray(quantiles) || quantiles.length !== 101) return "expected 101 quantiles";
  const rising = quantiles.every(
    (chance, at) => isNumber(chance) && chance >= 0 && chance <= 1 && (at === 0 || chance >= quantiles[at - 1]),
  );
  if (!rising) return "the quantiles do not rise between 0 and 1";
  if (!isShift(location)) return "the location's shift is none";
  if (typeof agents !== "object" || agents === null || !Object.values(agents).every(isShift))
    return "an agent's shift is none";
  return undefined;
}

const wrongChurn = ({ days }: Partial<Extract<Body, { kind: "churn" }>>): string | undefined =>
  isNumber(days) && days > 0 ? undefined : "the days ahead are none";

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

const isShift = (value: unknown): value is Shift => {
  const { logOdds, n, k } = (value ?? {}) as Partial<Shift>;
  return isNumber(logOdds) && isNumber(n) && n >= 0 && isNumber(k) && k >= 0;
};
