// `latchkey merge`: what the CRM does not say when it joins two contacts.

import { merge } from "../app/merging.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { inHouse, onlyLocation } from "./house.ts";
import { type Said, said, type Where } from "./said.ts";

export async function mergeContacts([from, into]: readonly string[], { json, location }: Where): Promise<Said> {
  if (from === undefined || into === undefined) throw new InvalidInput("Expected: merge GONE SURVIVOR");
  return inHouse(async (premises) => {
    const at = onlyLocation(premises, location);
    const needs = { ...premises, mailed: () => undefined };
    const survivor = await merge(needs, { location: at, from, into, by: "command line" });
    return said(json, { from, into: survivor }, `What comes for ${from} reaches ${survivor} from now on.`);
  });
}
