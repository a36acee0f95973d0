// Who asks: Bearer API keys. A key names its location, so that looking it up stays inside that location's rows.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { InvalidInput } from "../kernel/errors.ts";
import type { Database } from "../kernel/sql.ts";
import { type Clock, type Millis, SECOND } from "../kernel/time.ts";
import type { Principal, Role } from "./installation.ts";
import { insertAudit, insertKey, type KeyRow, readKey, readKeys, revokeKey, type ShownKey } from "./store.ts";

export interface Access {
  /**
   * Who shows this `Authorization` header.
   *
   * @throws InvalidInput `unauthorized` when it is missing, malformed, unknown or revoked
   * @throws Unavailable when the database is away and the key has not been seen lately
   */
  authorize(header: string | undefined): Promise<Principal>;
  /** Makes a key; its text is shown this once and kept nowhere. */
  makeKey(request: { location: string; name: string; role: Role; by: string }): Promise<{ id: string; key: string }>;
  /** Those that are accepted, the oldest first. */
  keys(location: string): Promise<readonly ShownKey[]>;
  /** @returns whether it was accepted until now */
  revoke(location: string, id: string, by: string): Promise<boolean>;
}

/** How long a key is believed without asking again: a revoked one may live this much longer. */
const BELIEVED: Millis = 10 * SECOND;
const REMEMBERED = 1000;
const KEY = /^lk\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{8,32})\.([A-Za-z0-9_-]{32,64})$/;

interface Needs {
  readonly database: Database;
  readonly clock: Clock;
  /** `LATCHKEY_API_KEY`: an owner's, for every location. */
  readonly ownerKey?: string;
}

export function openAccess({ database, clock, ownerKey }: Needs): Access {
  const owner = ownerKey === undefined ? undefined : digest(ownerKey);
  const seen = new Map<string, { principal: Principal; until: Millis }>();

  return {
    async authorize(header) {
      const text = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
      if (text === undefined) throw refused("Send an API key: Authorization: Bearer <key>.");
      const hash = digest(text);
      if (owner !== undefined && timingSafeEqual(hash, owner))
        return { id: "environment", name: "LATCHKEY_API_KEY", role: "owner", locations: "*" };

      const name = hash.toString("hex");
      const known = seen.get(name);
      if (known !== undefined && known.until > clock.elapsed()) return known.principal;
      const principal = await find(database, text, hash);
      if (seen.size >= REMEMBERED) seen.clear();
      seen.set(name, { principal, until: clock.elapsed() + BELIEVED });
      return principal;
    },
    async makeKey({ location, name, role, by }) {
      const id = randomBytes(9).toString("base64url");
      const key = `lk.${location}.${id}.${randomBytes(32).toString("base64url")}`;
      const now = clock.now();
      await database.transaction([location], async (sql) => {
        await insertKey(sql, location, { id, hash: digest(key).toString("hex"), name, role }, now);
        await insertAudit(sql, { location, at: now, who: by, act: "make_key", subject: id, data: { name, role } });
      });
      return { id, key };
    },
    async revoke(location, id, by) {
      const now = clock.now();
      const revoked = await database.transaction([location], async (sql) => {
        const was = await revokeKey(sql, location, id, now);
        if (was) await insertAudit(sql, { location, at: now, who: by, act: "revoke_key", subject: id });
        return was;
      });
      seen.clear();
      return revoked;
    },
    keys: (location) => database.transaction([location], (sql) => readKeys(sql, location)),
  };
}

async function find(database: Database, text: string, hash: Buffer): Promise<Principal> {
  const [, location, id] = KEY.exec(text) ?? [];
  if (location === undefined || id === undefined) throw refused("This is not an API key of Latchkey.");
  const row: KeyRow | undefined = await database.transaction([location], (sql) => readKey(sql, location, id));
  if (row === undefined || !timingSafeEqual(hash, Buffer.from(row.hash, "hex")))
    throw refused("This API key is unknown or has been revoked.");
  return { id: `key:${row.id}`, name: row.name, role: row.role, locations: [location] };
}

/** Keys are 256 random bits: one round of SHA-256 is enough, and equal lengths make the comparison safe. */
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

const refused = (message: string): InvalidInput => new InvalidInput(message, "unauthorized");
