// What leads do on the team's own site and with our links, put together: whose site a key is, who a pass was made for,
// what signs the links of messages, and what the way out of an e-mail ends.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { optOutSeals } from "../compliance/index.ts";
import { HASH_DIGITS, type MessageNeeds, openPasses, openTokens, type SiteNeeds } from "../ingest/index.ts";
import { normalizePhone } from "../kernel/phone.ts";
import type { Database } from "../kernel/sql.ts";
import type { Clock } from "../kernel/time.ts";
import { findLeads, readLeads } from "../leads/index.ts";
import { addressesOf, addressKey, isPublicUrl, leaveByHash, type Signer } from "../outreach/index.ts";
import { deriveKey, type Installations, insertAudits, siteFinder, siteSettings } from "../tenancy/index.ts";

interface Needs {
  readonly database: Database;
  readonly clock: Clock;
  readonly installations: Pick<Installations, "list" | "get">;
  readonly secret: string;
  /** Keys the hashes of numbers and addresses. */
  readonly addressKey: Uint8Array;
  /** Our address, without a trailing slash. */
  readonly url: string;
  /** A town has no inboxes: nobody would follow its links. */
  readonly simulated: boolean;
  readonly mailed: (location: string) => void;
}

export interface Signals {
  /** What signs a location's messages; undefined where nobody outside reaches us. */
  readonly signer: (location: string) => Signer | undefined;
  readonly site: Pick<SiteNeeds, "site" | "redeem" | "phone" | "script">;
  readonly messages: MessageNeeds;
}

export function openSignals(needs: Needs): Signals {
  const { database, clock, installations, secret, url } = needs;
  const tokens = openTokens({ link: deriveKey(secret, "link"), wayOut: deriveKey(secret, "unsubscribe") });
  const script = fileURLToPath(new URL("./track.js", import.meta.url));
  const hash = (email: string) => addressKey(needs.addressKey, "email", email).slice(0, HASH_DIGITS);
  const origins = (location: string) => {
    const installation = installations.get(location);
    return installation === undefined ? [] : siteSettings(installation).origins;
  };
  const signs = isPublicUrl(url) && !needs.simulated;
  return {
    signer: (location) =>
      signs
        ? {
            link: (about) => `${url}/l/${tokens.link({ location, ...about })}`,
            unsubscribe: ({ message, email }) => `${url}/u/${tokens.wayOut({ location, message, hash: hash(email) })}`,
            hosts: () => origins(location).map((origin) => new URL(origin).host),
          }
        : undefined,
    site: {
      site: siteFinder(installations),
      redeem: openPasses({ database, clock }),
      phone: (text) => normalizePhone(text),
      ...(existsSync(script) ? { script: readFileSync(script) } : {}),
    },
    messages: {
      ...{ database, clock, tokens, origins, mailed: needs.mailed },
      locations: () => installations.list().map(({ location }) => location),
      survivor: async (sql, location, lead) => (await findLeads(sql, location, [{ contact: lead }]))[0] ?? lead,
      teamName: (location) => installations.get(location)?.name,
      async hashOf(sql, location, lead) {
        const known = (await readLeads(sql, location, [lead])).get(lead);
        const email = known === undefined ? undefined : addressesOf(known.contact).email;
        return email === undefined ? undefined : hash(email);
      },
      async leave(sql, location, begins, { at, message, workflow }) {
        const left = await leaveByHash(sql, location, begins, {
          at,
          optOut: { by: "link", rule: "unsubscribed", matched: "the unsubscribe link", event: message },
          ...(workflow === undefined ? {} : { workflow }),
        });
        const seals = await optOutSeals(
          sql,
          location,
          left.map((hash) => ({ family: "email", hash })),
        );
        await insertAudits(
          sql,
          seals.map((seal) => ({ location, at, who: "Latchkey", ...seal })),
        );
      },
    },
  };
}
