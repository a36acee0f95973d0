// Tokens that expire: kept sealed, renewed ahead of their end by one process at a time, and never used before they are
// kept. A refresh token is spent by showing it, so whoever shows it holds a lease that was committed before.

import { randomUUID } from "node:crypto";
import type { Grant, OAuth, Reply } from "../highlevel/index.ts";
import { Defect } from "../kernel/errors.ts";
import type { Facts } from "../kernel/facts.ts";
import { chance } from "../kernel/ids.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import { type Clock, type Instant, MINUTE, type Millis, SECOND } from "../kernel/time.ts";
import { afterMint, afterRefresh, type Renewal, renewAt } from "./decide.ts";
import type { StatusWhy } from "./installation.ts";
import type { Seal } from "./seal.ts";
import {
  deleteToken,
  dueTokens,
  extendRenewal,
  type Holder,
  leaseRenewal,
  putToken,
  readToken,
  releaseRenewal,
  type Sealed,
  saveRenewal,
  scopeOf,
  type TokenRow,
} from "./token-store.ts";

export interface Tokens {
  /** A token to ask with, renewed first where it is over; undefined where there is none to be had now. */
  access(holder: Holder): Promise<string | undefined>;
  /** Another one than this, which the CRM refused; undefined where there is none. */
  instead(holder: Holder, refused: string): Promise<string | undefined>;
  /** Keeps what an install brought, in its transaction. */
  put(sql: Sql, holder: Holder, grant: Grant): Promise<void>;
  /** Wipes it, in the transaction that ends the installation. */
  wipe(sql: Sql, holder: Holder): Promise<void>;
  /** A location's token out of its company's. What it says is for `put`. */
  mint(company: string, location: string): Promise<Reply<Grant>>;
  /** Renews what is due among these; answers how many were asked for. One that fails keeps no other waiting, and is thrown last. */
  renewDue(locations: readonly string[]): Promise<number>;
}

interface Needs {
  readonly database: Database;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly facts: Facts;
  readonly oauth: Pick<OAuth, "refresh" | "mint">;
  /** The company that is active and whose token can be asked for this location's. */
  readonly companyOf: (location: string) => string | undefined;
  /**
   * In the transaction that wipes the token: whoever looks is told, where `wipe` says that there was one. Locks the
   * holder's own row first, as all do that end or make a connection.
   */
  readonly park: (sql: Sql, holder: Holder, why: StatusWhy, wipe: () => Promise<boolean>) => Promise<boolean>;
  /** After that transaction. */
  readonly parked: (holder: Holder, why: StatusWhy) => void;
}

/** A request that takes its whole time ends well within it: 5 s to its first byte, 10 s to the answer's, 10 s to its last. */
const LEASE: Millis = 30 * SECOND;
/** A token so near its end is not begun with. */
const MARGIN: Millis = 5 * SECOND;
/** How long a process waits for another's renewal before it says that it has no token now. */
const PATIENCE: Millis = 15 * SECOND;
const LOOK_AGAIN: Millis = 100;
/** A token younger than this that is refused is refused for another reason than its age. */
const YOUNG: Millis = MINUTE;
const AT_ONCE = 4;
const BATCH = 50;
const SAVE_AGAIN: readonly Millis[] = [50, 250, 1_000, 3_000];

const placeOf = (holder: Holder, what: "access" | "refresh") => `${scopeOf(holder)}/${holder.id}/${what}`;
export const accessPlace = (holder: Holder): string => placeOf(holder, "access");
const keyOf = ({ kind, id }: Holder): string => `${kind} ${id}`;

export function openTokens(needs: Needs): Tokens {
  const { database, seal, clock, facts, oauth } = needs;
  const known = new Map<string, { readonly access: string; readonly expiresAt: Instant }>();
  const underWay = new Map<string, Promise<string | undefined>>();
  /** Where the CRM did not answer, it is not asked again at every request. Monotonic. */
  const notBefore = new Map<string, Millis>();

  const read = (holder: Holder) => database.transaction([scopeOf(holder)], (sql) => readToken(sql, holder));
  const opened = (holder: Holder, row: TokenRow): string => {
    const access = seal.open(row.access, placeOf(holder, "access"));
    known.set(keyOf(holder), { access, expiresAt: row.expiresAt });
    return access;
  };
  const sealed = (holder: Holder, grant: Grant, number: number): Sealed => {
    const issuedAt = Math.floor(clock.real());
    const expiresAt = Math.floor(grant.expiresAt);
    return {
      access: seal.seal(grant.access, placeOf(holder, "access")),
      refresh: grant.refresh === undefined ? null : seal.seal(grant.refresh, placeOf(holder, "refresh")),
      scopes: grant.scopes,
      issuedAt,
      expiresAt,
      renewAt: renewAt(issuedAt, expiresAt, chance(holder.id, String(number))),
    };
  };
  const isGood = (expiresAt: Instant) => expiresAt - clock.real() > MARGIN;

  /** One renewal of a token at a time in this process; the lease keeps other processes out. */
  const renew = (holder: Holder, number: number): Promise<string | undefined> => {
    const key = keyOf(holder);
    const running = underWay.get(key);
    if (running !== undefined) return running;
    const begun = renewal(holder, number).finally(() => underWay.delete(key));
    underWay.set(key, begun);
    return begun;
  };

  const renewal = async (holder: Holder, number: number): Promise<string | undefined> => {
    const key = keyOf(holder);
    if ((notBefore.get(key) ?? 0) > clock.elapsed()) return undefined;
    const giveUp = clock.elapsed() + PATIENCE;
    for (;;) {
      const by = randomUUID();
      const real = clock.real();
      const leased = await database.transaction([scopeOf(holder)], (sql) =>
        leaseRenewal(sql, holder, { number, by, real, until: real + LEASE }),
      );
      if (leased !== undefined) return carryOut(holder, leased, by);
      const row = await read(holder);
      if (row === undefined) return undefined;
      if (row.number !== number) return opened(holder, row);
      if (clock.elapsed() >= giveUp) return undefined;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
    }
  };

  const carryOut = async (holder: Holder, row: TokenRow, by: string): Promise<string | undefined> => {
    const since = clock.elapsed();
    const end = await ask(holder, row, by);
    const scope = [scopeOf(holder)];
    switch (end.next) {
      case "keep": {
        const scopes = end.grant.scopes.length > 0 ? end.grant.scopes : row.scopes;
        const token = sealed(holder, { ...end.grant, scopes }, row.number + 1);
        const saved = await surely(() => database.transaction(scope, (sql) => saveRenewal(sql, holder, by, token)));
        if (saved === undefined) return others(holder);
        facts.emit("token_renewed", { holder: holder.kind, wait_ms: Math.round(clock.elapsed() - since) });
        return opened(holder, saved);
      }
      case "park": {
        const gone = await database.transaction(scope, (sql) =>
          needs.park(sql, holder, end.why, () => deleteToken(sql, holder, by)),
        );
        known.delete(keyOf(holder));
        if (gone) needs.parked(holder, end.why);
        return undefined;
      }
      case "later": {
        notBefore.set(keyOf(holder), clock.elapsed() + Math.max(0, end.at - clock.real()));
        await database.transaction(scope, (sql) =>
          releaseRenewal(sql, holder, { by, renewAt: end.at, doubtful: end.doubtful }),
        );
        facts.emit("token_put_off", { holder: holder.kind });
        return isGood(row.expiresAt) ? opened(holder, row) : undefined;
      }
      case "taken":
        return others(holder);
      default:
        throw new Defect(`a renewal was believed to end otherwise than by "${end.next}"`);
    }
  };

  /** What there is where another took over the renewal, or an install replaced what was renewed. */
  const others = async (holder: Holder): Promise<string | undefined> => {
    const row = await read(holder);
    return row !== undefined && isGood(row.expiresAt) ? opened(holder, row) : undefined;
  };

  /** Shows the refresh token, or asks the company's, until it is known what follows; `taken`: the lease has passed on. */
  const ask = async (holder: Holder, row: TokenRow, by: string): Promise<Renewal | { readonly next: "taken" }> => {
    const company = holder.kind === "location" ? needs.companyOf(holder.id) : undefined;
    const goesOn = () =>
      database.transaction([scopeOf(holder)], (sql) => extendRenewal(sql, holder, { by, until: clock.real() + LEASE }));
    let { doubtful } = row;
    const refresh = row.refresh === null ? undefined : seal.open(row.refresh, placeOf(holder, "refresh"));
    // a doubtful one is not shown where there is a surer way
    while (refresh !== undefined && !(doubtful && company !== undefined)) {
      const reply = await oauth.refresh(refresh, holder.kind === "company" ? "Company" : "Location", holder.id);
      const end = afterRefresh(reply, { company: company !== undefined, doubtful, now: clock.real() });
      // one that answers a refresh without another leaves the old one standing
      if (end.next === "keep") return { ...end, grant: { refresh, ...end.grant } };
      doubtful ||= reply.outcome === "unknown";
      if (end.next === "mint") break;
      if (end.next !== "again") return end;
      if (!(await goesOn())) return { next: "taken" };
    }
    if (company === undefined) return { next: "park", why: doubtful ? "lost" : "refused" };
    return afterMint(await mint(company, holder.id), { doubtful, now: clock.real() });
  };

  const access = async (holder: Holder): Promise<string | undefined> => {
    const kept = known.get(keyOf(holder));
    if (kept !== undefined && isGood(kept.expiresAt)) return kept.access;
    const row = await read(holder);
    if (row === undefined) return undefined;
    return isGood(row.expiresAt) ? opened(holder, row) : renew(holder, row.number);
  };

  const instead = async (holder: Holder, refused: string): Promise<string | undefined> => {
    known.delete(keyOf(holder));
    const row = await read(holder);
    if (row === undefined) return undefined;
    const current = opened(holder, row);
    if (current !== refused) return current;
    if (clock.real() - row.issuedAt < YOUNG) return undefined;
    const renewed = await renew(holder, row.number);
    return renewed === refused ? undefined : renewed;
  };

  const mint = async (company: string, location: string): Promise<Reply<Grant>> => {
    const holder: Holder = { kind: "company", id: company };
    const token = await access(holder);
    const none = { outcome: "not_taken", cause: "auth", retryAt: clock.real() + MINUTE, detail: "no token" } as const;
    if (token === undefined) return none;
    const reply = await oauth.mint(token, company, location);
    if (reply.outcome !== "refused" || reply.status !== 401) return reply;
    // 401: about the company's token, not about the location
    const other = await instead(holder, token);
    return other === undefined ? none : oauth.mint(other, company, location);
  };

  return {
    access,
    instead,
    mint,
    async put(sql, holder, grant) {
      known.delete(keyOf(holder));
      notBefore.delete(keyOf(holder));
      await putToken(sql, holder, sealed(holder, grant, 1));
    },
    async wipe(sql, holder) {
      known.delete(keyOf(holder));
      await deleteToken(sql, holder);
    },
    async renewDue(locations) {
      const failures: unknown[] = [];
      const due = await database.transaction(locations, (sql) =>
        dueTokens(sql, locations, { real: clock.real(), limit: BATCH }),
      );
      const waiting = [...due];
      const lane = async () => {
        for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
          const kind = one.location === one.holder ? "location" : "company";
          await renew({ kind, id: one.holder }, one.number).catch((error) => failures.push(error));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
      if (failures.length > 0) throw failures[0];
      return due.length;
    },
  };
}

export interface KeptToken {
  readonly access: string;
  readonly scopes: readonly string[];
  /** Real time. */
  readonly expiresAt: Instant;
}

/** A location's token as it lies there, for whoever only looks: nothing is renewed. */
export async function readAccess(
  { database, seal }: Pick<Needs, "database" | "seal">,
  location: string,
): Promise<KeptToken | undefined> {
  return database.transaction([location], (sql) => accessIn(sql, seal, location));
}

/** The same in a transaction of the caller's. */
export async function accessIn(sql: Sql, seal: Seal, location: string): Promise<KeptToken | undefined> {
  const holder: Holder = { kind: "location", id: location };
  const row = await readToken(sql, holder);
  if (row === undefined) return undefined;
  return { access: seal.open(row.access, placeOf(holder, "access")), scopes: row.scopes, expiresAt: row.expiresAt };
}

/** What was paid for with a refresh token is worth some patience with the database. */
async function surely<T>(save: () => Promise<T>): Promise<T> {
  for (const wait of SAVE_AGAIN) {
    try {
      return await save();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  return save();
}
