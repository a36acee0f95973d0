// `latchkey senders`: which domains and channels of ours are refused for the sender's sake, and letting one go again.

import { letGo } from "../app/compliance-routes.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { iso } from "../kernel/time.ts";
import { readRefusals } from "../outreach/index.ts";
import { domainNow, inHouse, onlyLocation } from "./house.ts";
import { type Said, said, type Where } from "./said.ts";

export async function senders([act, domain]: readonly string[], { json, location }: Where): Promise<Said> {
  if (!(act === "list" && domain === undefined) && !(act === "lift" && domain !== undefined))
    throw new InvalidInput(
      "Expected: senders list, or senders lift DOMAIN (crm: the CRM's own choice; or sms, whatsapp, voice)",
    );
  return inHouse(async (premises) => {
    const at = onlyLocation(premises, location);
    const now = await domainNow(premises, at);
    if (act === "lift") {
      const lifted = await letGo(premises.database, at, domain === "crm" ? "" : (domain as string), {
        at: now,
        by: "command line",
      });
      return said(
        json,
        { lifted },
        lifted ? `Marketing goes out from ${domain} again.` : "It was not held.",
        lifted ? 0 : 1,
      );
    }
    const found = await premises.database.transaction([at], (sql) => readRefusals(sql, at, now));
    const items = Object.entries(found).map(([name, one]) => ({ domain: name, ...one }));
    const lines = items.map(
      ({ domain: name, since, until, detail, times }) =>
        `${name === "" ? "crm" : name}  refused ${times} times since ${iso(since)} (${detail}); marketing waits until ${iso(until)}`,
    );
    return said(json, { items }, lines.join("\n") || "Nobody refuses us as a sender.");
  });
}
