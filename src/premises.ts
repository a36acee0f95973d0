// What the commands beside `start` need of the house: its database, its clock, its secret, whom it works for.

import type { Config } from "./config.ts";
import { migrate, openDatabase, openDatabaseClock, openEmbedded, type PostgresDatabase } from "./database/index.ts";
import { openFacts } from "./kernel/facts.ts";
import type { Clock } from "./kernel/time.ts";
import { type Installations, openInstallations, openSeal, readSecret } from "./tenancy/index.ts";

export interface Premises {
  readonly database: PostgresDatabase;
  readonly clock: Clock;
  readonly installations: Installations;
  readonly applied: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens the database, migrated.
 *
 * @throws Conflict when a running Latchkey holds the embedded one
 */
export async function openPremises(config: Config): Promise<Premises> {
  const facts = openFacts();
  const stops: (() => unknown)[] = [];
  const close = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const embedded =
      config.databaseUrl === undefined ? await openEmbedded({ data: config.dataFolder, facts }) : undefined;
    if (embedded !== undefined) stops.push(() => embedded.close());
    const url = config.databaseUrl ?? (embedded?.url as string);
    const { applied } = await migrate({ url, facts, now: Date.now() });
    const database = await openDatabase({ url, applicationName: "latchkey command", max: 2 });
    stops.push(() => database.close());
    const clock = await openDatabaseClock((work) => database.transaction([], work));
    stops.push(() => clock.close());
    const seal = openSeal(await readSecret(config.dataFolder, config.secret));
    const installations = await openInstallations({ database, seal, clock });
    return { database, clock, installations, applied, close };
  } catch (error) {
    await close();
    throw error;
  }
}
