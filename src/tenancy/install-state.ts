// What binds an install to the browser in which somebody began it: a state that is signed, known to the database, good
// for ten minutes and for one return. Every statement that touches `install_state` is in this file.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { APP_LOCATION } from "../events/index.ts";
import { sha256 } from "../kernel/ids.ts";
import type { Database } from "../kernel/sql.ts";
import { type Clock, MINUTE, type Millis } from "../kernel/time.ts";
import { type Principal, ROLES } from "./installation.ts";
import { deriveKey } from "./seal.ts";
import { cookieIn } from "./session.ts";

export interface InstallStates {
  /** The state for the address, and the value of a `Set-Cookie` header for the browser. */
  begin(by: Principal): Promise<{ readonly state: string; readonly cookie: string }>;
  /**
   * Who began the install that comes back here. Undefined for a browser that began none, and for a forged, old or used
   * state.
   *
   * @param state as the address brings it back
   */
  finish(cookies: string | undefined, state: string): Promise<Principal | undefined>;
  /** For whom this state was made, once and within its time: for what went no way through the CRM. */
  take(state: string): Promise<Principal | undefined>;
  /** The value of a `Set-Cookie` header that forgets it. */
  readonly over: string;
}

const COOKIE = "latchkey_install";
const LENGTH: Millis = 10 * MINUTE;

const BegunBy = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  locations: z.union([z.literal("*"), z.array(z.string())]),
});

interface Needs {
  readonly database: Database;
  readonly clock: Pick<Clock, "real">;
  /** LATCHKEY_SECRET. */
  readonly secret: string;
  /** Served over https: then the cookie travels over nothing else. */
  readonly secure: boolean;
}

export function openInstallStates({ database, clock, secret, secure }: Needs): InstallStates {
  const key = deriveKey(secret, "install");
  const sign = (state: string) => createHmac("sha256", key).update(state).digest("base64url");
  // Lax: the CRM's page sends the browser back here from another site
  const attributes = `Path=/oauth; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;

  const take = async (state: string): Promise<Principal | undefined> => {
    const { rows } = await database.transaction([APP_LOCATION], (sql) =>
      sql.query<{ begunBy: unknown; good: boolean }>(
        `delete from install_state where location_id = $1 and state_id = $2
      returning begun_by as "begunBy", expires_at > $3 as good`,
        [APP_LOCATION, sha256(state), new Date(clock.real())],
      ),
    );
    const [row] = rows;
    return row?.good === true ? BegunBy.parse(row.begunBy) : undefined;
  };

  return {
    over: `${COOKIE}=; ${attributes}; Max-Age=0`,
    async begin({ id, name, role, locations }) {
      const state = randomBytes(24).toString("base64url");
      await database.transaction([APP_LOCATION], (sql) =>
        sql.query("insert into install_state (location_id, state_id, expires_at, begun_by) values ($1, $2, $3, $4)", [
          APP_LOCATION,
          sha256(state),
          new Date(clock.real() + LENGTH),
          JSON.stringify({ id, name, role, locations }),
        ]),
      );
      return { state, cookie: `${COOKIE}=${state}.${sign(state)}; ${attributes}; Max-Age=${LENGTH / 1000}` };
    },
    async finish(cookies, given) {
      const [state, signature] = cookieIn(cookies, COOKIE)?.split(".") ?? [];
      if (state === undefined || signature === undefined || !same(signature, sign(state))) return undefined;
      return same(given, state) ? take(state) : undefined;
    },
    take,
  };
}

function same(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
