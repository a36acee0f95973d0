// Tokens that expire, at rest. Every statement that touches `token` is in this file. Instants are the database's real time.

import { APP_LOCATION } from "../events/index.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";

/** Whose a token is: a location's, or a company's, which lies under `_app`. */
export type Holder =
  | { readonly kind: "location"; readonly id: string }
  | { readonly kind: "company"; readonly id: string };

/** The location whose rows hold it. */
export const scopeOf = ({ kind, id }: Holder): string => (kind === "company" ? APP_LOCATION : id);

export interface TokenRow {
  readonly location: string;
  readonly holder: string;
  readonly access: string;
  readonly refresh: string | null;
  readonly scopes: readonly string[];
  readonly number: number;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  readonly renewAt: Instant;
  readonly doubtful: boolean;
}

const COLUMNS = `location_id as location, holder, access, refresh, scopes, number, issued_at as "issuedAt",
       expires_at as "expiresAt", renew_at as "renewAt", doubtful`;

export async function readToken(sql: Sql, holder: Holder): Promise<TokenRow | undefined> {
  const { rows } = await sql.query<TokenRow>(`select ${COLUMNS} from token where location_id = $1 and holder = $2`, [
    scopeOf(holder),
    holder.id,
  ]);
  return rows[0];
}

/** Those of these locations, `_app` among them where companies are meant. */
export async function readTokens(sql: Sql, locations: readonly string[]): Promise<TokenRow[]> {
  const { rows } = await sql.query<TokenRow>(
    `select ${COLUMNS} from token where location_id = any($1::text[]) order by location_id, holder`,
    [locations],
  );
  return rows;
}

/** Whose tokens are to be renewed by now, longest due first. */
export async function dueTokens(
  sql: Sql,
  locations: readonly string[],
  { real, limit }: { readonly real: Instant; readonly limit: number },
): Promise<readonly Pick<TokenRow, "location" | "holder" | "number">[]> {
  const { rows } = await sql.query<Pick<TokenRow, "location" | "holder" | "number">>(
    `select location_id as location, holder, number
       from token
      where location_id = any($1::text[]) and renew_at <= $2 and (renewing_until is null or renewing_until <= $2)
      order by renew_at
      limit $3`,
    [locations, new Date(real), limit],
  );
  return rows;
}

/**
 * Leases the renewal of one number of a token, committed before anything is asked of the CRM. Undefined where another
 * has the lease, or has renewed it. A lease that nobody ended makes its refresh token doubtful.
 */
export async function leaseRenewal(
  sql: Sql,
  holder: Holder,
  { number, by, real, until }: { number: number; by: string; real: Instant; until: Instant },
): Promise<TokenRow | undefined> {
  const { rows } = await sql.query<TokenRow>(
    `update token
        set renewing_by = $4, renewing_until = $6, doubtful = doubtful or renewing_until is not null
      where location_id = $1 and holder = $2 and number = $3
        and (renewing_until is null or renewing_until <= $5)
  returning ${COLUMNS}`,
    [scopeOf(holder), holder.id, number, by, new Date(real), new Date(until)],
  );
  return rows[0];
}

/** Makes a lease last until then, before something more is asked under it; false where it has passed to somebody else. */
export async function extendRenewal(
  sql: Sql,
  holder: Holder,
  { by, until }: { by: string; until: Instant },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    "update token set renewing_until = $4 where location_id = $1 and holder = $2 and renewing_by = $3",
    [scopeOf(holder), holder.id, by, new Date(until)],
  );
  return rowCount > 0;
}

/** Gives a lease back: the renewal is tried again no earlier than `renewAt`. */
export async function releaseRenewal(
  sql: Sql,
  holder: Holder,
  { by, renewAt, doubtful }: { by: string; renewAt: Instant; doubtful: boolean },
): Promise<void> {
  await sql.query(
    `update token
        set renewing_by = null, renewing_until = null, renew_at = greatest(renew_at, $4), doubtful = $5
      where location_id = $1 and holder = $2 and renewing_by = $3`,
    [scopeOf(holder), holder.id, by, new Date(renewAt), doubtful],
  );
}

export interface Sealed {
  readonly access: string;
  readonly refresh: string | null;
  readonly scopes: readonly string[];
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  readonly renewAt: Instant;
}

/** Keeps what a renewal brought; undefined where its lease has passed to somebody else, or the token is gone. */
export async function saveRenewal(sql: Sql, holder: Holder, by: string, token: Sealed): Promise<TokenRow | undefined> {
  const { rows } = await sql.query<TokenRow>(
    `update token
        set access = $4, refresh = $5, scopes = $6, issued_at = $7, expires_at = $8, renew_at = $9, number = number + 1,
            renewing_by = null, renewing_until = null, doubtful = false
      where location_id = $1 and holder = $2 and renewing_by = $3
  returning ${COLUMNS}`,
    [scopeOf(holder), holder.id, by, ...values(token)],
  );
  return rows[0];
}

/** Keeps a token that an install brought: whatever was there, and whoever was renewing it, is over. */
export async function putToken(sql: Sql, holder: Holder, token: Sealed): Promise<TokenRow> {
  const { rows } = await sql.query<TokenRow>(
    `insert into token (location_id, holder, access, refresh, scopes, issued_at, expires_at, renew_at, number)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 1)
         on conflict (location_id, holder) do update
        set access = excluded.access, refresh = excluded.refresh, scopes = excluded.scopes,
            issued_at = excluded.issued_at, expires_at = excluded.expires_at, renew_at = excluded.renew_at,
            number = token.number + 1, renewing_by = null, renewing_until = null, doubtful = false
  returning ${COLUMNS}`,
    [scopeOf(holder), holder.id, ...values(token)],
  );
  return rows[0]!;
}

/** Forgets a token; with `by`, only where that lease still holds. */
export async function deleteToken(sql: Sql, holder: Holder, by?: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    "delete from token where location_id = $1 and holder = $2 and ($3::uuid is null or renewing_by = $3)",
    [scopeOf(holder), holder.id, by ?? null],
  );
  return rowCount > 0;
}

const values = ({ access, refresh, scopes, issuedAt, expiresAt, renewAt }: Sealed) => [
  access,
  refresh,
  scopes,
  new Date(issuedAt),
  new Date(expiresAt),
  new Date(renewAt),
];
