// `latchkey lift`: a manager takes back an opt-out that the team judged, or that a link made.

import { type LiftAsked, openLifting } from "../app/lifting.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { deriveKey } from "../tenancy/index.ts";
import { domainClock, inHouse, onlyLocation } from "./house.ts";
import { type Said, said, type Where } from "./said.ts";
import { leadMeant, leadsHere } from "./which-lead.ts";

interface Given extends Where {
  readonly why?: string | undefined;
  readonly when?: string | undefined;
  readonly evidence?: string | undefined;
}

const WHYS: readonly LiftAsked["why"][] = ["judged_by_mistake", "asked_by_phone", "asked_in_writing"];

export async function lift([typed, family]: readonly string[], given: Given): Promise<Said> {
  if (typed === undefined || (family !== "phone" && family !== "email"))
    throw new InvalidInput("Expected: lift LEAD phone, or lift LEAD email");
  const why = WHYS.find((one) => one === given.why);
  if (why === undefined) throw new InvalidInput(`--why: expected one of ${WHYS.join(", ")}`);
  const evidence = given.evidence?.trim() ?? "";
  if (evidence === "") throw new InvalidInput("--evidence: expected what shows it, as who heard it, or which letter");
  const when = given.when === undefined ? undefined : Date.parse(given.when);
  if (Number.isNaN(when)) throw new InvalidInput("--when: expected an instant, as 2026-11-01T16:30:00Z");
  return inHouse(async (premises) => {
    const at = onlyLocation(premises, given.location);
    const lead = await leadMeant(typed, leadsHere(premises, at));
    const clock = await domainClock(premises, at);
    const { lift: ask } = openLifting({
      ...{ database: premises.database, clock, mailed: () => undefined },
      addressKey: deriveKey(premises.secret, "address"),
    });
    const asked = await ask(at, lead, { family, why, when, evidence }, "command line");
    const words = asked ? `The opt-out of its ${family} is lifted, once Latchkey runs.` : "There is no such lead.";
    return said(given.json, { asked }, words, asked ? 0 : 1);
  });
}
