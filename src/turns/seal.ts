// What a batch changed in rows that may change, written into the audit in the same transaction: agreements and opt-outs.

import { agreementSeals, optOutSeals } from "../compliance/index.ts";
import type { Sql } from "../kernel/sql.ts";
import { addressKey } from "../outreach/index.ts";
import { insertAudits } from "../tenancy/index.ts";
import type { LocationOutcome, Scene, TurnOutcome } from "./case.ts";

export async function seal(
  sql: Sql,
  { location, now, addressKey: key }: Scene,
  outcomes: readonly (TurnOutcome | LocationOutcome)[],
): Promise<void> {
  const agreements = outcomes
    .flatMap(({ agreed }) => agreed)
    .flatMap((one) => {
      const ids = "record" in one ? [one.record.id] : one.withdrawn;
      return ids.map((id) => ({ lead: one.lead, id }));
    });
  const addresses = outcomes
    .flatMap((outcome) => outcome.addresses)
    .filter(({ optedOutAt, takes }) => optedOutAt !== undefined || takes !== undefined)
    .map(({ family, address, hash }) => ({ family, hash: hash ?? addressKey(key, family, address) }));
  const seals = [
    ...(await agreementSeals(sql, location, agreements)),
    ...(await optOutSeals(sql, location, addresses)),
  ];
  await insertAudits(
    sql,
    seals.map((one) => ({ location, at: now, who: "Latchkey", ...one })),
  );
}
