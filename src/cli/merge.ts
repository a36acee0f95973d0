// `latchkey merge`: what the CRM does not say when it joins two contacts.

import { merge } from "../app/merging.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { inHouse, namedLocation, onlyLocation } from "./house.ts";
import { type Said, said, type Where } from "./said.ts";

export async function mergeContacts([from, into]: readonly string[], { json, location }: Where): Promise<Said> {
  const named = namedLocation(location, "contacts");
  if (from === undefined || into === undefined)
    throw new InvalidInput("Expected: merge GONE SURVIVOR, two contact ids, with --location ID");
  return inHouse(async (premises) => {
    const at = onlyLocation(premises, named);
    const needs = { ...premises, mailed: () => undefined };
    const survivor = await merge(needs, { location: at, from, into, by: "command line" });
    return said(json, { from, into: survivor }, `What comes for ${from} reaches ${survivor} from now on.`);
  });
}
