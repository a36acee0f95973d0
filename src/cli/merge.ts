// `latchkey merge`: what the CRM does not say when it joins two contacts.

import { merge } from "../app/merging.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { normalizePhone } from "../kernel/phone.ts";
import { inHouse, onlyLocation } from "./house.ts";
import { type Said, said, type Where } from "./said.ts";
import { bare, type Leads, leadMeant, leadsHere, lookFor, whichLead } from "./which-lead.ts";

export async function mergeContacts([gone, survivor]: readonly string[], { json, location }: Where): Promise<Said> {
  if (gone === undefined || survivor === undefined) throw new InvalidInput("Expected: merge GONE SURVIVOR");
  return inHouse(async (premises) => {
    const at = onlyLocation(premises, location);
    const leads = leadsHere(premises, at);
    const [from, into] = [await goneLead(gone, leads), await leadMeant(survivor, leads)];
    const needs = { ...premises, mailed: () => undefined };
    const stays = await merge(needs, { location: at, from, into, by: "command line" });
    return said(json, { from, into: stays }, `What comes for ${from} reaches ${stays} from now on.`);
  });
}

/** What stands in the audit as an id is no number, whole or in part, and no address. */
const isReached = (typed: string): boolean =>
  typed.includes("@") || /^[+\d\s()./-]*$/.test(typed) || normalizePhone(typed) !== undefined;

/** Of the contact that is gone nothing may have come here yet: then its id stands for it. */
async function goneLead(typed: string, leads: Leads): Promise<string> {
  const found = await lookFor(typed, leads);
  const isNobody = found.exact.length + found.near.length === 0;
  return isNobody && !isReached(bare(typed)) ? bare(typed) : whichLead(typed, found);
}
