/** The one thing a repository needs. `timestamptz` columns arrive as Instant (ms), `bigint` as number, `jsonb` parsed. */
export interface Sql {
  query<Row>(text: string, values?: readonly unknown[]): Promise<{ rows: Row[]; rowCount: number }>;
}

/** Of one transaction, and over with it. */
export interface Transaction extends Sql {
  /**
   * Takes statements that have been asked, every one of them, and whose answers the work need not wait for: the commit leaves
   * right behind them. Where one fails nothing is saved, and the transaction throws.
   */
  last(asked: Promise<unknown>): void;
}

/**
 * Which locations a transaction may see. `"*"` is for the work probe, folding, retention and migration alone;
 * a test counts the places that say it.
 */
export type Scope = readonly string[] | "*";

export interface Database {
  /**
   * Runs `work` in one transaction at read committed, as `latchkey_app`, with row-level security showing
   * the rows of `scope` alone. Commits when `work` resolves, rolls back when it throws.
   *
   * @throws Unavailable when the database cannot be reached
   * @throws InvalidInput when a location id is not of the form [A-Za-z0-9_-]{1,64}
   */
  transaction<T>(scope: Scope, work: (sql: Transaction) => Promise<T>): Promise<T>;
}
