// Who asks: a browser by its session, a program by its key, and a simulated town by its own.

import type { Config } from "../config.ts";
import {
  type Access,
  type Asker,
  openAccess,
  openAsker,
  openSessions,
  openWho,
  orNobody,
  type Principal,
  type Sessions,
  type Who,
} from "../tenancy/index.ts";
import type { Premises } from "./premises.ts";
import type { Teams } from "./teams.ts";

export interface Doors {
  readonly sessions: Sessions;
  /** Whose API key this is, for a session of theirs; undefined when nobody's. */
  ofKey(key: string): Promise<Principal | undefined>;
  /** By the Authorization header alone. */
  readonly authorize: Access["authorize"];
  readonly asker: Asker;
  readonly who: Who;
}

interface Needs {
  readonly config: Config;
  readonly premises: Premises;
  readonly teams: Teams;
}

export function openDoors({ config, premises, teams: { town } }: Needs): Doors {
  const { database, clock, secret } = premises;
  const sessions = openSessions({ secret, real: () => clock.real(), secure: config.url.startsWith("https:") });
  const access = openAccess({
    ...{ database, clock },
    ...(config.apiKey === undefined ? {} : { ownerKey: config.apiKey }),
  });
  const authorize: Access["authorize"] = async (header) =>
    town !== undefined && header === `Bearer ${town.key}`
      ? { id: "town", name: "Simulated town", role: "agent", locations: [town.location] }
      : access.authorize(header);
  const doors = { sessions, authorize };
  return {
    ...doors,
    ofKey: (key) => orNobody(access.authorize(`Bearer ${key}`)),
    ...{ asker: openAsker(doors), who: openWho(doors) },
  };
}
