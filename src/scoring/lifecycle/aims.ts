// Who knows what each location asks its chance to foretell; it stands with the settings of the location.

import type { Aim } from "../../kernel/aim.ts";
import type { Sql } from "../../kernel/sql.ts";

/** What locations ask their chances to foretell. */
export interface Aims {
  /** Of each of them, what nobody has chosen included. */
  of(locations: readonly string[]): Promise<ReadonlyMap<string, Aim>>;
  /** Answers what is lost by it, in words. @throws InvalidInput where there is no such location */
  choose(location: string, aim: Aim, by: string): Promise<readonly string[]>;
  /** The same, for a transaction of the caller's, who tells of it after the commit. */
  choice(location: string, aim: Aim, by: string): Choice;
}

export interface Choice {
  readonly aim: Aim;
  /** Writes it down, and answers what is lost by it, in words. @throws InvalidInput where there is no such location */
  keep(sql: Sql): Promise<readonly string[]>;
}
