// JSON read place by place; what is not as expected is refused by the name of its place.

import { InvalidInput } from "../../kernel/errors.ts";

/** What stands at a place, as it must be. @throws InvalidInput that names the place */
export type Check<T> = (value: unknown, place: string) => T;

export function refuse(place: string, wanted: string): never {
  const field = place === "" ? "the whole" : place;
  const detail = `expected ${wanted}`;
  throw new InvalidInput(`this is no learned model: ${field}: ${detail}`, "invalid-input", [{ field, detail }]);
}

/** -0 becomes 0, so that equal numbers are written alike. */
export const finite =
  (low = -Infinity, high = Infinity): Check<number> =>
  (value, place) => {
    if (typeof value === "number" && Number.isFinite(value) && value >= low && value <= high) return value + 0;
    return refuse(place, low === -Infinity ? "a finite number" : `a number from ${low} to ${high}`);
  };

export const whole =
  (low = Number.MIN_SAFE_INTEGER, high = Number.MAX_SAFE_INTEGER): Check<number> =>
  (value, place) => {
    if (Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high)
      return (value as number) + 0;
    const range = low === Number.MIN_SAFE_INTEGER ? "" : ` from ${low} to ${high}`;
    return refuse(place, `a whole number${range}`);
  };

export const text: Check<string> = (value, place) => (typeof value === "string" ? value : refuse(place, "a text"));

export const truth: Check<boolean> = (value, place) =>
  typeof value === "boolean" ? value : refuse(place, "true or false");

export const oneOf =
  <T extends string>(...words: readonly T[]): Check<T> =>
  (value, place) =>
    words.find((word) => word === value) ?? refuse(place, words.map((word) => `"${word}"`).join(" or "));

/** @param length how many there must be; absent: any number */
export const listOf =
  <T>(check: (value: unknown, place: string, index: number) => T, length?: number): Check<T[]> =>
  (value, place) => {
    if (!Array.isArray(value)) return refuse(place, "a list");
    if (length !== undefined && value.length !== length) return refuse(place, `a list of ${length}`);
    return value.map((each, index) => check(each, `${place}[${index}]`, index));
  };

/** A list in which nothing stands twice. */
export function unlike(values: readonly string[], place: string): readonly string[] {
  return new Set(values).size === values.length ? values : refuse(place, "names that are all different");
}

export interface Fields {
  readonly take: <T>(name: string, check: Check<T>) => T;
  readonly has: (name: string) => boolean;
  readonly place: (name: string) => string;
}

/** An object; fields that nobody takes do not matter. */
export const fieldsOf: Check<Fields> = (value, place) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse(place, "an object");
  const raw = value as Readonly<Record<string, unknown>>;
  const placeOf = (name: string) => (place === "" ? name : `${place}.${name}`);
  const has = (name: string) => Object.hasOwn(raw, name) && raw[name] !== undefined;
  return { take: (name, check) => check(has(name) ? raw[name] : undefined, placeOf(name)), has, place: placeOf };
};
