// Reading the CRM: its past on request, and again every few minutes what its webhooks should have told. Puts together
// the client, the leads that we hold and the room that compares them.

import { countMissed, type LeadEvent, unreadMail } from "../events/index.ts";
import type { HighLevel } from "../highlevel/index.ts";
import { heardHours } from "../insights/index.ts";
import { every } from "../kernel/every.ts";
import type { Facts } from "../kernel/facts.ts";
import { canonicalJson } from "../kernel/json.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import { type Clock, DAY, MINUTE, type Millis, SECOND } from "../kernel/time.ts";
import { type Lead, observe, openCatalog, pageOfLeads, readLeads } from "../leads/index.ts";
import type { ProviderReceipt } from "../outreach/index.ts";
import {
  type Hearing,
  judgeHearing,
  LOOK_BACK,
  locationsWithImports,
  openImports,
  openPolling,
  readReadings,
} from "../reconcile/index.ts";
import type { Installations } from "../tenancy/index.ts";

export interface ReconcilingNeeds {
  readonly database: Database;
  /** Real time, as the CRM's. */
  readonly clock: Clock;
  readonly facts: Facts;
  readonly api: Pick<HighLevel, "lane">;
  readonly installations: Pick<Installations, "get">;
  /** What is missing to read a location at all: then it is not tried. Absent: nothing is. */
  readonly keyless?: (location: string) => string | undefined;
  readonly mailed: (location: string) => void;
  readonly receiveReceipts: (sql: Sql, location: string, receipts: readonly ProviderReceipt[]) => Promise<void>;
  /** Whether somebody reads the letters: then an import waits for them now and then. */
  readonly isRead: boolean;
}

const LOOK: Millis = 10 * SECOND;
const WORK: Millis = SECOND / 4;
const HEARD_FOR: Millis = MINUTE;

export type Reconciling = ReturnType<typeof openReconciling>;

export function openReconciling(needs: ReconcilingNeeds) {
  const { database, clock } = needs;
  const api = needs.api.lane("bulk");
  const installedAt = (location: string) => needs.installations.get(location)?.installedAt;
  const shared = { database, clock, api, installedAt, held: readLeads, mailed: needs.mailed };
  const heard = new Map<string, { readonly hearing: Hearing; readonly at: Millis }>();

  /** Do webhooks come here? As of at most a minute ago. */
  async function hearing(location: string): Promise<Hearing> {
    const known = heard.get(location);
    if (known !== undefined && clock.elapsed() - known.at < HEARD_FOR) return known.hearing;
    const now = clock.now();
    const judged = await database.transaction([location], async (sql) =>
      judgeHearing(await heardHours(sql, location, now - LOOK_BACK), await countMissed(sql, location, now - DAY), now),
    );
    heard.set(location, { hearing: judged, at: clock.elapsed() });
    return judged;
  }

  const { look: lookAt } = openPolling({
    ...shared,
    facts: needs.facts,
    isNews,
    receiveReceipts: needs.receiveReceipts,
    hears: async (location) => (await hearing(location)).by,
  });
  const polling = {
    look: async (location: string, how?: Parameters<typeof lookAt>[1]): Promise<number> =>
      needs.keyless?.(location) === undefined ? lookAt(location, how) : 0,
  };
  const imports = openImports({
    ...shared,
    leadsAfter: (sql, location, after, limit) => pageOfLeads(sql, location, {}, { after, limit }),
    unread: async (sql, location, most) => (needs.isRead ? unreadMail(sql, location, most) : 0),
  });

  return {
    imports,
    polling,
    /** For the page of the system: how the location hears, and why a reading ended early. */
    state: async (location: string): Promise<Hearing & { readonly problem?: string }> => {
      const missing = needs.keyless?.(location);
      if (missing !== undefined) return { ...(await hearing(location)), problem: missing };
      const problems = await database.transaction([location], (sql) => readReadings(sql, location));
      const problem = problems.find((row) => row.problem !== null);
      const told = problem === undefined ? {} : { problem: `${problem.kind}: ${problem.problem}` };
      return { ...(await hearing(location)), ...told };
    },
    /** Reads what is due and works on imports until it is stopped; locations that come later are found. */
    follow(locations: () => readonly string[]): () => Promise<void> {
      const stopping = new AbortController();
      const look = every(LOOK, needs.facts, "reconcile", () =>
        Promise.all(locations().map((location) => polling.look(location, { signal: stopping.signal }))),
      );
      const work = every(WORK, needs.facts, "import", async () => {
        const open = await database.transaction(locations(), (sql) => locationsWithImports(sql, clock.real()));
        await Promise.all(open.map((location) => imports.work(location, stopping.signal)));
      });
      return async () => {
        stopping.abort();
        await Promise.all([look(), work()]);
      };
    },
  };
}

/** Folded into what we hold it changes something other than when that was stated. */
function isNews(
  lead: Lead | undefined,
  { type, at, data }: Omit<LeadEvent, "id" | "lead" | "receivedAt" | "source">,
  id: string,
): boolean {
  if (lead === undefined || (lead.stub && type === "crm.contact")) return true;
  const event: LeadEvent = { id: "found", lead: id, type, at, receivedAt: at, source: "crm", data };
  const { lead: after } = observe(lead, event, NAMELESS);
  return after !== lead && canonicalJson(contentOf(after)) !== canonicalJson(contentOf(lead));
}

/** What things are called does not matter where only a difference is looked for. */
const NAMELESS = openCatalog({ installedAt: 0 });

function contentOf({ contact, consent, deleted, opportunities, appointments }: Lead) {
  const deals = Object.values(opportunities).map(({ changedAt: _, ...deal }) => deal);
  return { contact, consent, deleted, deals, appointments };
}
