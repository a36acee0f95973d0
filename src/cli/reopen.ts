// `latchkey reopen`: a number or address that refusals or bounces had closed is good.

import { openCommands } from "../app/commands.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { deriveKey } from "../tenancy/index.ts";
import { domainClock, inHouse, onlyLocation } from "./house.ts";
import { type Said, said, type Where } from "./said.ts";
import { leadMeant, leadsHere } from "./which-lead.ts";

export async function reopen([typed, family]: readonly string[], { json, location }: Where): Promise<Said> {
  if (typed === undefined || (family !== "phone" && family !== "email"))
    throw new InvalidInput("Expected: reopen LEAD phone, or reopen LEAD email");
  return inHouse(async (premises) => {
    const at = onlyLocation(premises, location);
    const lead = await leadMeant(typed, leadsHere(premises, at));
    const clock = await domainClock(premises, at);
    const addressKey = deriveKey(premises.secret, "address");
    const commands = openCommands({ database: premises.database, clock, addressKey, mailed: () => undefined });
    const asked = await commands.reopen(at, lead, family, "command line");
    const words = asked ? `Its ${family} is written to again, once Latchkey runs.` : "There is no such lead.";
    return said(json, { asked }, words, asked ? 0 : 1);
  });
}
