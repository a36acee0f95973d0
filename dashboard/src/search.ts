// What stands behind the question mark of any page's address.

import type { Span } from "./messages.ts";

export interface Search {
  readonly why?: string;
  readonly q?: string;
  readonly sort?: "name" | "recent";
  /** Messages: over how long, and which. */
  readonly span?: Span;
  readonly state?: string;
  readonly channel?: string;
  readonly workflow?: string;
}

/** The same address with the panel open over it. */
export const asking =
  (why: string | undefined) =>
  (old: Search): Search =>
    why === undefined ? without(old, "why") : { ...old, why };

export function without(search: Search, key: keyof Search): Search {
  const { [key]: _, ...rest } = search;
  return rest;
}
