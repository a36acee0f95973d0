// What an operation of the API declares: where it is, which tokens and versions may call it, and what its body may hold.

import type { Crm } from "./crm.ts";

export type Kind = "string" | "number" | "boolean" | "array" | "object" | "any";

export interface BodyShape {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, Kind>>;
}

export interface Call {
  readonly crm: Crm;
  /** Values of the `:names` in the path, in order. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** `v3`, or a dated version: decides the keys of dndSettings. */
  readonly version: string;
  /** Storing faults are announced so that the ledger knows what the sender was told. */
  readonly answer: "answered" | "failed" | "dropped";
  /** Nothing fresher than this real instant is found. */
  readonly visibleBefore: number;
}

export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

export interface Operation {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** `/contacts/:id/tags` */
  readonly path: string;
  readonly scope: string;
  readonly versions: readonly string[];
  readonly query?: { readonly required: readonly string[] };
  readonly body?: BodyShape;
  readonly isSend?: true;
  act(call: Call): Answered;
}

/** Problems in a body as HighLevel words them; empty when there are none. */
export function problems(shape: BodyShape, body: unknown): string[] {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return ["body must be an object"];
  const found: string[] = [];
  for (const [key, value] of Object.entries(body)) {
    const kind = Object.hasOwn(shape.properties, key) ? shape.properties[key] : undefined;
    if (kind === undefined) found.push(`property ${key} should not exist`);
    else if (value !== null && value !== undefined && !is(kind, value)) found.push(`${key} must be ${article(kind)}`);
  }
  for (const key of shape.required) {
    const value = (body as Record<string, unknown>)[key];
    if (value === undefined || value === null || value === "") found.push(`${key} should not be empty`);
  }
  return found;
}

const article = (kind: Kind) => (/^[ao]/.test(kind) ? `an ${kind}` : `a ${kind}`);

function is(kind: Kind, value: unknown): boolean {
  if (kind === "any") return true;
  if (kind === "array") return Array.isArray(value);
  if (kind === "object") return typeof value === "object" && !Array.isArray(value);
  return typeof value === kind;
}

export const ok = (body: unknown): Answered => ({ status: 200, body });
export const created = (body: unknown): Answered => ({ status: 201, body });
export const failure = (status: number, message: string | readonly string[]): Answered => ({
  status,
  body: { statusCode: status, message, error: TITLES[status] ?? "Error" },
});

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
  500: "Internal Server Error",
};
