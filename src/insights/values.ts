import type { Json, JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import { date, length, moment, span } from "./moment.ts";

/** What words need beside values: whose moment, where, and what things are called. */
export interface Context {
  readonly now: Instant;
  /** Zone of the reader's team. */
  readonly zone: string;
  readonly leadName: string;
  /** Name of a workflow by its id. */
  workflow(id: string): string;
}

/** Reads the values of one code; whatever is missing or of another type is undefined, never a hole in a sentence. */
export interface Values {
  text(...keys: readonly string[]): string | undefined;
  number(...keys: readonly string[]): number | undefined;
  list(...keys: readonly string[]): readonly string[];
  /** As it stands, for words of its own. */
  value(key: string): Json | undefined;
  /** An instant (ms or ISO) as people write it. */
  moment(...keys: readonly string[]): string | undefined;
  date(...keys: readonly string[]): string | undefined;
  /** How long ago, or how long. */
  ago(...keys: readonly string[]): string | undefined;
  span(...keys: readonly string[]): string | undefined;
}

export function readValues(values: JsonObject | undefined, context: Pick<Context, "now" | "zone">): Values {
  const find = (keys: readonly string[]): Json | undefined => {
    for (const key of keys) {
      const value = values?.[key];
      if (value !== undefined && value !== null && value !== "") return value;
    }
    return undefined;
  };
  const instant = (keys: readonly string[]): Instant | undefined => {
    const value = find(keys);
    if (typeof value === "number") return value;
    if (typeof value !== "string") return undefined;
    const parsed = Date.parse(value);
    return Number.isNaN(parsed) ? undefined : parsed;
  };
  const count = (keys: readonly string[]): number | undefined => {
    const value = find(keys);
    return typeof value === "number" ? value : undefined;
  };
  const map = <T>(value: T | undefined, words: (value: T) => string) =>
    value === undefined ? undefined : words(value);
  return {
    text(...keys) {
      const value = find(keys);
      if (typeof value === "string") return value;
      return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
    },
    number: (...keys) => count(keys),
    list(...keys) {
      const value = find(keys);
      if (Array.isArray(value)) return value.filter((item): item is string => typeof item === "string");
      return typeof value === "string" ? [value] : [];
    },
    value: (key) => find([key]),
    moment: (...keys) => map(instant(keys), (at) => moment(at, context.now, context.zone)),
    date: (...keys) => map(instant(keys), (at) => date(at, context.now, context.zone)),
    ago: (...keys) => map(instant(keys), (at) => length(context.now - at)),
    span: (...keys) => map(count(keys), span),
  };
}

/** `a`, `a and b`, `a, b and c`. */
export function join(parts: readonly string[], word = "and"): string {
  if (parts.length < 2) return parts[0] ?? "";
  return `${parts.slice(0, -1).join(", ")} ${word} ${parts.at(-1)}`;
}

/** `property_view` as `property view`, `tag.added` as `tag added`. */
export const plain = (name: string): string => name.replaceAll(/[._-]+/g, " ").trim();

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The first of `Maya Torres`; a name that is an address or a number stays whole. */
export function firstName(name: string): string {
  const first = name.trim().split(/\s+/)[0] ?? "";
  return /^[\p{L}][\p{L}'’.-]*$/u.test(first) ? first : name;
}
