// What a person asks of a lead from the dashboard: mailed to the lead and audited, in one transaction.

import { type Command, insertMail } from "../events/index.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import type { Clock } from "../kernel/time.ts";
import { readLeads } from "../leads/index.ts";
import { leadOfUnsettled, openUnclear } from "../outreach/index.ts";
import { insertAudit } from "../tenancy/index.ts";
import { unparkLead } from "../turns/index.ts";

/** Each answers whether there was anything to ask it of. */
export interface Commands {
  retry(location: string, lead: string, by: string): Promise<boolean>;
  judge(location: string, lead: string, words: Words, by: string): Promise<boolean>;
  /** False where there is no such lead. */
  reopen(location: string, lead: string, family: Words["family"], by: string): Promise<boolean>;
  settle(location: string, message: string, as: "sent" | "not_sent", by: string): Promise<boolean>;
}

/** Without `seen`, what is known when it is asked has been read. */
type Words = Pick<Extract<Command, { type: "judge" }>, "family" | "as" | "seen">;

interface CommandNeeds {
  readonly database: Database;
  readonly clock: Clock;
  /** Under which numbers and addresses are hashed. */
  readonly addressKey: string | Uint8Array;
  /** Told after the commit which location has mail. */
  readonly mailed: (location: string) => void;
}

export function openCommands({ database, clock, addressKey, mailed }: CommandNeeds): Commands {
  /** @param ask finds the lead and what to tell it; undefined where there is nobody to tell */
  const send = async (
    location: string,
    ask: (sql: Sql) => Promise<{ readonly lead: string; readonly command: Command } | undefined>,
  ): Promise<boolean> => {
    const done = await database.transaction([location], async (sql) => {
      const asked = await ask(sql);
      if (asked === undefined) return false;
      const { lead, command } = asked;
      const at = clock.now();
      await insertMail(sql, [{ location, lead, kind: "command", receivedAt: at, body: command }]);
      const subject = command.type === "settle" ? command.outbox : lead;
      await insertAudit(sql, { location, at, who: command.by, act: command.type, subject });
      return true;
    });
    if (done) mailed(location);
    return done;
  };

  return {
    retry: (location, lead, by) =>
      send(location, async (sql) =>
        (await unparkLead(sql, location, lead, clock.now())) ? { lead, command: { type: "retry", by } } : undefined,
      ),
    judge: (location, lead, { family, as, ...read }, by) =>
      send(location, async (sql) => {
        const known = (await readLeads(sql, location, [lead])).get(lead);
        if (known === undefined) return undefined;
        const words =
          read.seen === undefined ? await openUnclear(addressKey).ofLead(sql, location, lead, known.contact) : [];
        const seen = read.seen ?? words.find((one) => one.family === family)?.seen;
        return { lead, command: { type: "judge", family, as, ...(seen === undefined ? {} : { seen }), by } };
      }),
    reopen: (location, lead, family, by) =>
      send(location, async (sql) =>
        (await readLeads(sql, location, [lead])).has(lead)
          ? { lead, command: { type: "reopen", family, by } }
          : undefined,
      ),
    settle: (location, message, as, by) =>
      send(location, async (sql) => {
        const lead = await leadOfUnsettled(sql, location, message);
        return lead === undefined ? undefined : { lead, command: { type: "settle", outbox: message, as, by } };
      }),
  };
}
