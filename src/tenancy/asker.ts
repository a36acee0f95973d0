// Who asks for a location, by a browser's session or by an API key, and whether they may.

import { InvalidInput } from "../kernel/errors.ts";
import type { Access } from "./access.ts";
import { atLeast, mayUse, type Principal, type Role } from "./installation.ts";
import { fromOurPages, type Sessions } from "./session.ts";

/** What of a request is looked at; a WebSocket upgrade has no method worth the name. */
export interface Asking {
  readonly method?: string | undefined;
  readonly headers: {
    readonly authorization?: string | undefined;
    readonly cookie?: string | undefined;
    readonly origin?: string | undefined;
    readonly host?: string | undefined;
  };
}

/**
 * Who asks for a location, at least in this role; without one anybody may who may use the location.
 *
 * @throws InvalidInput `unauthorized` where nobody is known, `forbidden` where the location, or the act, is not theirs
 */
export type Asker = (request: Asking, location: string, least?: Role) => Promise<Principal>;

/** @throws InvalidInput `unauthorized` where nobody is known */
export type Who = (request: Asking) => Promise<Principal>;

interface Needs {
  readonly sessions: Pick<Sessions, "read">;
  readonly authorize: Access["authorize"];
}

/** Who asks, whatever for: for what concerns no location, or several. */
export function openWho({ sessions, authorize }: Needs): Who {
  return async ({ method, headers }) => {
    // a cookie travels with any page's request: one that would change something must come from ours
    const reads = method === undefined || method === "GET";
    const session = reads || fromOurPages(headers) ? sessions.read({ headers }) : undefined;
    return session ?? (await authorize(headers.authorization));
  };
}

export function openAsker(needs: Needs): Asker {
  const ask = openWho(needs);
  return async (request, location, least = "viewer") => {
    const who = await ask(request);
    if (!mayUse(who, location)) throw new InvalidInput("This key is not for that location.", "forbidden");
    return mustBe(who, least);
  };
}

/** @throws InvalidInput `forbidden`, saying which role it takes */
export function mustBe(who: Principal, least: Role): Principal {
  if (atLeast(who, least)) return who;
  throw new InvalidInput(`This takes the role ${least}, or more.`, "forbidden");
}

/**
 * The same, at a location that we work for: an owner's key opens every location, also one that is misspelled.
 *
 * @throws InvalidInput `not-found` too
 */
export const atOurs =
  (ask: Asker, installed: (location: string) => boolean | Promise<boolean>): Asker =>
  async (request, location, least = "viewer") => {
    const who = await ask(request, location);
    if (!(await installed(location))) throw new InvalidInput(`Latchkey does not work for ${location}.`, "not-found");
    return mustBe(who, least);
  };

/** Nobody where the asking was refused. What else went wrong is no wrong key: it is passed on, and one asks again. */
export async function orNobody<Someone>(asked: Promise<Someone>): Promise<Someone | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof InvalidInput) return undefined;
    throw error;
  }
}
