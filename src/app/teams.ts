// Whom we work for: the teams that are installed. Without a CRM of its own it is a simulated town, on a clock that runs
// faster.

import { randomBytes } from "node:crypto";
import type { Config } from "../config.ts";
import { type Hints, scaledClock } from "../database/index.ts";
import { type Clock, SECOND } from "../kernel/time.ts";
import { type Installations, openInstallations, openLinks } from "../tenancy/index.ts";
import type { Premises } from "./premises.ts";
import type { Stops } from "./stops.ts";
import { findTown, freePort, isTown, openTown, TOWN_LINKS, TOWN_SPEED, TOWN_ZONE, type Town } from "./town.ts";

export interface Teams {
  /** Domain time. */
  readonly clock: Clock;
  readonly installations: Installations;
  readonly locations: () => string[];
  /** Where the CRM is simulated. */
  readonly town: SimulatedTown | undefined;
}

interface SimulatedTown {
  readonly location: string;
  readonly apiUrl: string;
  /** What its CRM is asked with, and what it shows when its site reports visits. */
  readonly token: string;
  readonly key: string;
  /** Once Latchkey listens, at this address. */
  open(latchkey: string): Promise<Town>;
}

interface Needs {
  readonly config: Config;
  readonly premises: Premises;
  readonly hints: Hints;
  readonly stops: Stops;
}

export async function openTeams({ config, premises, hints, stops }: Needs): Promise<Teams> {
  const { database, clock: real, seal } = premises;
  const simulated =
    config.simulator === "on" ||
    (config.simulator === "auto" &&
      config.highlevel.token === undefined &&
      config.highlevel.app === undefined &&
      config.highlevel.location === undefined &&
      !premises.installations.list().some(({ location }) => !isTown(location)));
  const origin = real.real();
  const { location: townLocation, start, file, goesOn } = findTown(config.dataFolder, origin);
  const clock: Clock = simulated ? scaledClock(real, { origin, start, factor: TOWN_SPEED }) : real;
  const tell = (location: string) => hints.notify("latchkey_installs", location);
  const installations = await openInstallations({ database, seal, clock, tell });
  hints.listen("latchkey_installs", () => void installations.refresh().catch(() => undefined)); // read again by and by
  stops.add(installations.follow(5 * SECOND));
  for (const { location } of installations.list()) {
    if (isTown(location) && !(simulated && location === townLocation)) await installations.uninstall(location, "start");
  }
  const locations = () => installations.list().map(({ location }) => location);

  if (!simulated) {
    if (isNews(config, installations)) {
      await installations.install({
        location: config.highlevel.location as string,
        by: "environment",
        ...(config.highlevel.token === undefined ? {} : { token: config.highlevel.token }),
      });
    }
    return { clock, installations, locations, town: undefined };
  }

  const port = await freePort();
  const [key, token] = [randomBytes(24).toString("hex"), randomBytes(24).toString("hex")];
  await installations.install({ location: townLocation, by: "start", name: "Simulated town", timeZone: TOWN_ZONE });
  const links = openLinks({ database, clock });
  for (const [name, address] of goesOn ? [] : Object.entries(TOWN_LINKS))
    await links.set(townLocation, name, address, "start");
  await installations.refresh();
  const town: SimulatedTown = {
    ...{ location: townLocation, apiUrl: `http://127.0.0.1:${port}`, token, key },
    open: (latchkey) =>
      openTown({
        ...{ latchkey, location: townLocation, port, token, apiKey: key, speed: TOWN_SPEED, start, file },
        realStart: origin - (real.real() - Date.now()),
      }),
  };
  return { clock, installations, locations, town };
}

/** Whether the environment says more of its location than we know: a token, or a location that we do not work for. */
const isNews = ({ highlevel: { location, token } }: Config, installations: Installations): boolean =>
  location !== undefined && (token !== undefined || !installations.has(location));
