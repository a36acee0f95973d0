// A manager's lift of an opt-out: refused at once where the law leaves it to the lead, else audited and mailed to the lead, whose
// turn decides.

import { insertMail } from "../events/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import type { Database } from "../kernel/sql.ts";
import { type Clock, type Instant, iso } from "../kernel/time.ts";
import { readLeads } from "../leads/index.ts";
import { addressesOf, addressKey, type Lifted, readAddresses, type Stands, standsAgainst } from "../outreach/index.ts";
import { insertAudit } from "../tenancy/index.ts";

export interface LiftAsked {
  readonly family: "phone" | "email";
  readonly why: Lifted["why"];
  /** When the lead asked for messages again; of a mistake it is now. */
  readonly when?: Instant | undefined;
  /** What shows it: who heard it, which letter. */
  readonly evidence: string;
}

interface LiftingNeeds {
  readonly database: Database;
  readonly clock: Clock;
  /** Told after the commit which location has mail. */
  readonly mailed: (location: string) => void;
  readonly addressKey: string | Uint8Array;
}

/** Said of a refusal: what stands against it, and what to do. */
const STANDS: Readonly<Record<Stands, string>> = {
  none: "It is not opted out: there is nothing to lift.",
  own: "The lead's own words, or the carrier, ended it: only the lead lifts that, by sending START.",
  complaint: "The lead reported an e-mail as spam: that is never lifted.",
  alone: "It is from before all that ended it was kept: only the lead lifts that, by sending START.",
  later: "The lead left after that instant. when: expected an instant after the opt-out",
  link: "The lead pressed the link, nobody of the team judged it. why: expected asked_by_phone or asked_in_writing",
};

export function openLifting({ database, clock, mailed, addressKey: key }: LiftingNeeds) {
  /** False where there is no such lead. @throws InvalidInput what stands against it */
  async function lift(location: string, lead: string, asked: LiftAsked, by: string): Promise<boolean> {
    const { family, why, when, evidence } = asked;
    const now = clock.now();
    if ((why === "judged_by_mistake") !== (when === undefined))
      throw new InvalidInput("when: expected the instant at which the lead asked, and none for judged_by_mistake");
    if (when !== undefined && when > now) throw new InvalidInput("when: expected an instant that has passed");
    const until = when ?? now;
    const done = await database.transaction([location], async (sql) => {
      const known = (await readLeads(sql, location, [lead])).get(lead);
      if (known === undefined) return false;
      const addresses = addressesOf(known.contact);
      const facts = await readAddresses(sql, location, [{ id: lead, addresses }], key);
      const stands = standsAgainst(facts.get(lead)?.[family], { why, until });
      if (stands !== undefined) throw new InvalidInput(STANDS[stands], "conflict");
      const address = addresses[family];
      const hash = address === undefined ? {} : { hash: addressKey(key, family, address) };
      const body = { type: "lift", family, ...hash, why, until, evidence, by } as const;
      await insertMail(sql, [{ location, lead, kind: "command", receivedAt: now, body }]);
      const unclear = facts.get(lead)?.[family]?.optOut?.unclear?.event;
      const data = { family, why, until: iso(until), evidence, ...(unclear === undefined ? {} : { unclear }) };
      await insertAudit(sql, { location, at: now, who: by, act: "lift", subject: lead, data });
      return true;
    });
    if (done) mailed(location);
    return done;
  }
  return { lift };
}
