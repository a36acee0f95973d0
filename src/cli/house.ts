// Where commands work: in the house itself, opened for them and closed behind them, at one location.

import { openPremises, type Premises } from "../app/premises.ts";
import { findTown, isTown } from "../app/town.ts";
import { type Config, readConfig } from "../config.ts";
import { InvalidInput } from "../kernel/errors.ts";
import type { Database } from "../kernel/sql.ts";
import { type Clock, type Instant, SECOND } from "../kernel/time.ts";
import { type Catalogs, openCatalogs } from "../tenancy/index.ts";

/** The house for a command. One that another command has for itself is waited for, and whom for is said. */
export const openHouse = (
  config: Config,
  as: "guest" | "alone" = "guest",
  more: { readonly anySecret?: boolean } = {},
): Promise<Premises> =>
  openPremises(config, {
    ...{ as, ...more },
    patience: {
      ms: 30 * SECOND,
      told: (pid) =>
        process.stderr.write(
          `Process ${pid} has the data folder ${config.dataFolder} for itself: waiting for its end.\n`,
        ),
    },
  });

export async function inHouse<T>(work: (premises: Premises) => Promise<T>): Promise<T> {
  const premises = await openHouse(readConfig(process.env));
  try {
    return await work(premises);
  } finally {
    await premises.close();
  }
}

/** The location that is meant: the one that is named, else the only one. @throws InvalidInput */
export const onlyLocation = ({ installations }: Premises, given: string | undefined): string =>
  meant(
    installations.list().map(({ location }) => location),
    given,
  );

/** @throws InvalidInput with all there are, where it is none of them, or none is named and they are several */
export function meant(all: readonly string[], given: string | undefined): string {
  const location = given ?? (all.length === 1 ? all[0] : undefined);
  if (location !== undefined && all.includes(location)) return location;
  const unknown = location === undefined ? "" : `Latchkey does not work for ${location}. `;
  throw new InvalidInput(
    all.length === 0
      ? `${unknown}No location is connected yet: README.md says how, under Connect a real account.`
      : `${unknown}--location: expected one of ${all.join(", ")}`,
  );
}

/** The domain's time, as far as a command can tell: a town has its own, and without Latchkey stands where it was left. */
export async function domainNow(
  { database, clock }: { readonly database: Database; readonly clock: Pick<Clock, "now" | "real"> },
  location: string,
  dataFolder = readConfig(process.env).dataFolder,
): Promise<Instant> {
  const { rows } = await database.transaction([location], (sql) =>
    sql.query<{ at: Instant | null }>("select max(at) as at from decision where location_id = $1", [location]),
  );
  const decided = rows[0]?.at ?? 0;
  if (!isTown(location)) return Math.max(clock.now(), decided);
  const town = findTown(dataFolder, clock.real());
  const left = Math.max(decided, town.goesOn && town.location === location ? town.come : 0);
  return left === 0 ? clock.now() : left;
}

/** The clock of a command at one location: `now` is the domain's. */
export async function domainClock(premises: Premises, location: string): Promise<Clock> {
  const { clock } = premises;
  const ahead = (await domainNow(premises, location)) - clock.now();
  return { ...clock, now: () => clock.now() + ahead };
}

/** What the CRM last said of a location, as it stands in the database. */
export async function catalogsFor({ database, clock }: Premises, location: string): Promise<Catalogs> {
  const catalogs = openCatalogs({ database, clock, ask: async () => undefined });
  await catalogs.refresh(location);
  return catalogs;
}
