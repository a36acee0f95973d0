// The whole error family. What a provider or a lead may legitimately do is a value, never one of these.
// Messages never contain an address or a body.

import type { Instant } from "./time.ts";

/** The caller sent what we cannot accept. Names the field; HTTP 4xx by its code; never retried. */
export class InvalidInput extends Error {
  override readonly name = "InvalidInput";
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[];
  constructor(message: string, code: ProblemCode = "invalid-input", errors: readonly FieldError[] = []) {
    super(message);
    this.code = code;
    this.errors = errors;
  }
}

/** Someone moved first. Names both versions; the code reloads and decides again, at once, at most thrice. */
export class Conflict extends Error {
  override readonly name = "Conflict";
  readonly code = "conflict" satisfies ProblemCode;
}

/** A dependency did not answer. The worker loop tries again at `retryAt` (real time). HTTP 503. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
  readonly code = "unavailable" satisfies ProblemCode;
  readonly retryAt: Instant | undefined;
  constructor(message: string, retryAt?: Instant, options?: ErrorOptions) {
    super(message, options);
    this.retryAt = retryAt;
  }
}

/** We are wrong; says what was believed. The lead is parked and shown. HTTP 500, never retried. */
export class Defect extends Error {
  override readonly name = "Defect";
  readonly code = "defect" satisfies ProblemCode;
}

export interface FieldError {
  readonly field: string;
  readonly detail: string;
}

export type ProblemCode =
  | "invalid-input"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "conflict"
  | "too-large"
  | "unsupported-type"
  | "rate-limited"
  | "bad-signature"
  | "not-installed"
  | "unavailable"
  | "defect";

/** For the end of a switch over a union: the compiler lists what a new member must answer. */
export function unreachable(value: never): never {
  throw new Defect(`a case was believed impossible: ${JSON.stringify(value)}`);
}
