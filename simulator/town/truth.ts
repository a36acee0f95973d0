// What is true of a lead and told to nobody: its latents, how it was treated, what became of it. A file of it is for tests
// and evaluation alone.

import { sha256 } from "../../src/kernel/ids.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import type { Lead } from "./birth.ts";
import { RHYTHMS, SEASON, SOURCES, TOWN_VERSION, TYPES } from "./parameters.ts";
import type { Told } from "./told.ts";

/** Heads every truth file: what to compare before two of them are. */
export const truthHead = (seed: number): JsonObject => ({
  town: TOWN_VERSION,
  seed,
  parameters: sha256(JSON.stringify([SOURCES, TYPES, SEASON, RHYTHMS])).slice(0, 16),
  about: "Simulated leads. Plausible, not calibrated: nothing here is a fact about real people.",
});

/** The latents of a lead. */
export function latentsOf({ key, born, source, type, truth }: Lead) {
  const { intent, buyer, timeline, appetite, persuasion, tolerance, lnBudget, look, apple, scanner } = truth;
  const { group, zipShare, nameScore, badPhone, badEmail } = truth;
  return {
    ...{ key, born, source, type, intent, buyer, timeline, appetite, persuasion, tolerance, lnBudget, look },
    ...{ apple, scanner, badPhone, badEmail, group, zipShare, nameScore },
  };
}

/** One line of the file: a record of the CRM, its lead's latents, and what happened whether or not anybody wrote it down. */
export function truthOf({ id, lead, plan, events, hidden, standing, twin }: Told) {
  const { policy, propensity, answer, entered } = plan;
  const { booked, reached, bought, stopped, awake } = standing;
  const isRecorded = events.some(({ type }) => type === "crm.appointment");
  return {
    ...{ id, ...latentsOf(lead), entered, policy, propensity, answer, bought, stopped, awake, isRecorded },
    ...(booked === undefined ? {} : { booked }),
    ...(reached === undefined ? {} : { reached }),
    ...(twin === undefined ? {} : { twin }),
    hidden: hidden.map(({ type, at }) => ({ type, at })),
  };
}
