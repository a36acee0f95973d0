// Commands about the past of a location: deciding a lead's turns again, or a draft's on what has happened. They write nothing.

import { readConfig } from "./config.ts";
import { InvalidInput } from "./kernel/errors.ts";
import { iso } from "./kernel/time.ts";
import { openPremises, type Premises } from "./premises.ts";
import { openCatalogs } from "./tenancy/index.ts";
import { type Replayed, replayLead } from "./timetravel/index.ts";
import { openPlaces, type Place } from "./turns/index.ts";

export interface Said {
  readonly text: string;
  readonly exit: 0 | 1 | 2;
}

interface ReplayOptions {
  readonly lead: string | undefined;
  readonly location: string | undefined;
  readonly json: boolean;
}

export async function replay({ lead, location, json }: ReplayOptions): Promise<Said> {
  if (lead === undefined) throw new InvalidInput("Expected: replay LEAD [--location ID]");
  return atLocation(location, async (premises, id, place) => {
    const replayed = await premises.database.transaction([id], (sql) => replayLead(sql, id, lead, place));
    if (replayed === undefined) throw new InvalidInput(`No turn of ${lead} is recorded at ${id}.`);
    const exit = replayed.difference === undefined ? 0 : 1;
    return { text: json ? JSON.stringify(replayed) : inWords(lead, replayed), exit };
  });
}

function inWords(lead: string, { turns, decisions, moved, difference }: Replayed): string {
  const moves = moved === 0 ? "" : ` ${moved} name another line of a file: it has been edited since, not what it does.`;
  if (difference === undefined) {
    return `Same. ${turns} turns of ${lead} were decided again: ${decisions} decisions, its state and its runs are as they were saved.${moves}`;
  }
  const { turn, at, what, stored, replayed } = difference;
  const where =
    turn === undefined ? "after the last turn" : `in turn ${turn}${at === undefined ? "" : ` (${iso(at)})`}`;
  const pair =
    stored === undefined && replayed === undefined
      ? ""
      : `\n  stored:   ${JSON.stringify(stored)}\n  replayed: ${JSON.stringify(replayed)}`;
  return `Not the same. ${turns} turns of ${lead} came out alike; first difference ${where}: ${what}.${pair}`;
}

/** Opens the house for a location: the one that is named, or the only one. */
export async function atLocation<T>(
  named: string | undefined,
  work: (premises: Premises, location: string, place: Place) => Promise<T>,
): Promise<T> {
  const premises = await openPremises(readConfig(process.env));
  try {
    const known = premises.installations.list().map((installed) => installed.location);
    const location = named ?? (known.length === 1 ? known[0] : undefined);
    if (location === undefined)
      throw new InvalidInput(`--location: expected one of ${known.join(", ") || "none here"}`);
    if (!premises.installations.has(location)) throw new InvalidInput(`Latchkey does not work for ${location}.`);
    const catalogs = openCatalogs({ database: premises.database, clock: premises.clock, ask: async () => undefined });
    await catalogs.refresh(location);
    return await work(premises, location, openPlaces(premises.installations, catalogs)(location));
  } finally {
    await premises.close();
  }
}
