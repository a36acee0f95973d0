// What stands behind the question mark of any page's address.

import type { MessageState } from "../../src/insights/index.ts";
import { CHANNELS, SPANS, type Span, STATES, VERDICTS } from "./messages.ts";

export interface Search {
  readonly why?: string;
  readonly q?: string;
  readonly sort?: "name" | "recent";
  /** Messages: over how long, and which. */
  readonly span?: Span;
  readonly state?: MessageState;
  readonly channel?: (typeof CHANNELS)[number];
  readonly workflow?: string;
  /** What was once decided of them, and the check by which. */
  readonly verdict?: (typeof VERDICTS)[number];
  readonly check?: string;
}

/** Whatever stands in an address: unknown and odd values are let go, never an error. */
const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
export const one = <Key extends string>(key: Key, value: unknown): { [K in Key]?: string } => {
  const found = text(value);
  return (found === undefined ? {} : { [key]: found }) as { [K in Key]?: string };
};
const oneOf = <Key extends string, Value extends string>(key: Key, values: readonly Value[], value: unknown) =>
  (values.includes(value as Value) ? { [key]: value } : {}) as { [K in Key]?: Value };

/** The Messages page by its address: what the filters above its list can show, and nothing else. */
export const messagesSearch = (said: Record<string, unknown>): Omit<Search, "why" | "q" | "sort"> => ({
  ...oneOf("span", SPANS, said["span"]),
  ...oneOf("state", Object.keys(STATES) as MessageState[], said["state"]),
  ...oneOf("channel", CHANNELS, said["channel"]),
  ...one("workflow", said["workflow"]),
  ...oneOf("verdict", VERDICTS, said["verdict"]),
  ...one("check", said["check"]),
});

/** The same address with the panel open over it. */
export const asking =
  (why: string | undefined) =>
  (old: Search): Search =>
    why === undefined ? without(old, "why") : { ...old, why };

export function without(search: Search, key: keyof Search): Search {
  const { [key]: _, ...rest } = search;
  return rest;
}
