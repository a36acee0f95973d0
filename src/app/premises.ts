// What every command needs of the house: its database, its clock, its secret, whom it works for.

import type { Config } from "../config.ts";
import {
  type Embedded,
  findServed,
  migrate,
  mustBeCurrent,
  openDatabase,
  openDatabaseClock,
  openEmbedded,
  type Patience,
  type PostgresDatabase,
} from "../database/index.ts";
import { Conflict } from "../kernel/errors.ts";
import { type Facts, openFacts } from "../kernel/facts.ts";
import type { Clock } from "../kernel/time.ts";
import { type Installations, openInstallations, openSeal, readSecret, type Seal } from "../tenancy/index.ts";
import { mustBeTheSecret } from "./another-secret.ts";
import { inDataFolder } from "./places-taken.ts";
import { openStops } from "./stops.ts";

export interface Premises {
  readonly database: PostgresDatabase;
  readonly databaseUrl: string;
  /** Whether the database is our own child process. */
  readonly embedded: boolean;
  /** Real time, also as its `now`: the domain's may run faster. */
  readonly clock: Clock;
  readonly secret: string;
  readonly seal: Seal;
  readonly installations: Installations;
  readonly applied: readonly string[];
  close(): Promise<void>;
}

interface PremisesOptions {
  readonly facts?: Facts;
  /** What the database's own views of its sessions call us. */
  readonly applicationName?: string;
  /** At most. */
  readonly connections?: number;
  /**
   * On the embedded database: `host` starts it, and stays; `guest` joins a Latchkey that runs on the data folder, else has it
   * for itself; `alone` joins nobody. Default: guest.
   */
  readonly as?: "host" | "guest" | "alone";
  /** On the embedded database: for a command that has it for itself. Default: it is not waited for. */
  readonly patience?: Patience;
  /** Also with another secret than the one that the database was worked on with. Default: that is refused. */
  readonly anySecret?: boolean;
}

/**
 * Opens the database, migrated; one that is joined is left as it is.
 *
 * @throws Conflict when another Latchkey holds the embedded one and cannot be joined, or is older than we are
 * @throws InvalidInput when the database was worked on with another secret
 */
export async function openPremises(
  config: Config,
  {
    facts = openFacts(),
    applicationName = "latchkey command",
    connections = 2,
    as = "guest",
    patience,
    anySecret = false,
  }: PremisesOptions = {},
): Promise<Premises> {
  const { add, close } = openStops();
  try {
    const data = config.dataFolder;
    const isOurs = config.databaseUrl === undefined;
    const served = () => (as === "guest" ? findServed(data) : undefined);
    const own = () => openEmbedded({ data, facts, serves: as === "host", ...(patience && { patience }) });
    const found = isOurs ? await inDataFolder(data, async () => served() ?? (await orServed(own, served))) : undefined;
    const [joined, embedded] = typeof found === "string" ? [found, undefined] : [undefined, found];
    if (embedded !== undefined) add(() => embedded.close());
    const databaseUrl = config.databaseUrl ?? joined ?? (embedded?.url as string);
    // whoever runs there works by the tables as it found them
    if (joined !== undefined) await mustBeCurrent({ url: databaseUrl });
    const { applied } =
      joined === undefined ? await migrate({ url: databaseUrl, facts, now: Date.now() }) : { applied: [] };
    const database = await openDatabase({ url: databaseUrl, applicationName, max: connections });
    add(() => database.close());
    const clock = await openDatabaseClock((work) => database.transaction([], work));
    add(() => clock.close());
    const secret = await inDataFolder(data, () => readSecret(data, config.secret));
    const seal = openSeal(secret);
    if (!anySecret) await mustBeTheSecret({ database, seal }, config);
    const installations = await openInstallations({ database, seal, clock });
    const embeds = embedded !== undefined;
    return { database, databaseUrl, embedded: embeds, clock, secret, seal, installations, applied, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whoever held the folder may have come up meanwhile, and be joined now. */
async function orServed(own: () => Promise<Embedded>, served: () => string | undefined): Promise<Embedded | string> {
  try {
    return await own();
  } catch (error) {
    const url = error instanceof Conflict ? served() : undefined;
    if (url === undefined) throw error;
    return url;
  }
}
