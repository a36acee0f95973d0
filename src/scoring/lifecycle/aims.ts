// Who knows what each location asks its chance to foretell; it stands with the settings of the location.

import type { Aim } from "../../kernel/aim.ts";

/** What locations ask their chances to foretell. */
export interface Aims {
  /** Of each of them, what nobody has chosen included. */
  of(locations: readonly string[]): Promise<ReadonlyMap<string, Aim>>;
  /** Answers what is lost by it, in words. @throws InvalidInput where there is no such location */
  choose(location: string, aim: Aim, by: string): Promise<readonly string[]>;
}
