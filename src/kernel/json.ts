export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Members by name: neither a list nor nothing. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A record's own member: `constructor` and its kin, which every object inherits, are nobody's. */
export const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** Dotted names as objects: `property.address` is `{ property: { address } }`, which is how texts ask for it. */
export function nested(data: JsonObject): JsonObject {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data)) {
    const parts = name.split(".");
    const last = parts.pop() as string;
    let at = result;
    for (const part of parts) {
      const inner = own(at, part);
      const next = typeof inner === "object" && inner !== null ? { ...inner } : {};
      define(at, part, next);
      at = next as Record<string, unknown>;
    }
    define(at, last, value);
  }
  return result as JsonObject;
}

/** A member, whatever it is called: assigning to `__proto__` would make none. */
const define = (object: Record<string, unknown>, name: string, value: unknown): void => {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
};

/** Text of at most so many UTF-16 units, never ending in half a character: `jsonb` refuses the halves. */
export const clipped = (text: string, most: number): string =>
  text.slice(0, /[\uD800-\uDBFF]/.test(text.charAt(most - 1)) ? most - 1 : most);

/**
 * Canonical JSON (RFC 8785): members sorted by UTF-16 units, no white space, ECMAScript numbers.
 * The same value gives the same text, so its hash is an identity.
 *
 * @throws RangeError on NaN and infinities, which JSON cannot say
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new RangeError(`canonical JSON has no ${value}`);
    return JSON.stringify(value);
  }
  // loops and one growing string: every decision of every turn is hashed through here
  let text = "";
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === "" ? "" : ","}${canonicalJson(item ?? null)}`;
    return `[${text}]`;
  }
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members).sort()) {
    const member = members[key];
    if (member !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}
