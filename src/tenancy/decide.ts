// What follows from what the CRM says of a token, and from its word that the app came or went. Pure.

import type { Grant, Reply } from "../highlevel/index.ts";
import { type Instant, MINUTE, type Millis } from "../kernel/time.ts";
import type { StatusWhy } from "./installation.ts";

/** Ahead of its end, a token is renewed so early; a short-lived one after four fifths of its life. */
const AHEAD: Millis = 10 * MINUTE;
/** Tokens of one install end together: they are renewed within this time. */
const SPREAD: Millis = 5 * MINUTE;

/** @param draw in [0, 1): the same for the same token, so that every process waits for the same instant */
export function renewAt(issuedAt: Instant, expiresAt: Instant, draw: number): Instant {
  const life = Math.max(0, expiresAt - issuedAt);
  const ahead = Math.min(AHEAD, life / 5) + draw * Math.min(SPREAD, life / 10);
  return Math.floor(expiresAt - ahead);
}

export type Renewal =
  | { readonly next: "keep"; readonly grant: Grant }
  /** A token out of the company's, which spends nothing. */
  | { readonly next: "mint" }
  /** The same refresh token once more: what the CRM says of it tells whether it was spent. */
  | { readonly next: "again" }
  /** A person must connect it again. */
  | { readonly next: "park"; readonly why: StatusWhy }
  | { readonly next: "later"; readonly at: Instant; readonly doubtful: boolean };

/** `doubtful`: an answer to a refresh with this token was lost before. `company`: its company's token can be asked. */
export interface Standing {
  readonly company: boolean;
  readonly doubtful: boolean;
  /** Real time. */
  readonly now: Instant;
}

/** Refusals that are about the token, and are final. Others may be about our address, the app's secret or the weather. */
const FINAL = [400, 401, 422];
const INACTIVE = /not active|inactive|suspended/i;
const CLIENT = /invalid[_ ]client|client is invalid|unauthorized[_ ]client/i;

/** After a refresh token was shown. */
export function afterRefresh(reply: Reply<Grant>, { company, doubtful, now }: Standing): Renewal {
  switch (reply.outcome) {
    case "done":
      return { next: "keep", grant: reply.value };
    case "refused":
      if (!isFinal(reply)) return { next: "later", at: now + MINUTE, doubtful };
      if (INACTIVE.test(reply.message)) return { next: "park", why: "inactive" };
      if (company) return { next: "mint" };
      return { next: "park", why: doubtful ? "lost" : "refused" };
    case "unknown":
      if (company) return { next: "mint" };
      return doubtful ? { next: "later", at: now + MINUTE, doubtful } : { next: "again" };
    case "not_taken":
      return { next: "later", at: Math.max(reply.retryAt, now), doubtful };
  }
}

/** After the company's token was asked for a location's. */
export function afterMint(reply: Reply<Grant>, { doubtful, now }: Omit<Standing, "company">): Renewal {
  switch (reply.outcome) {
    case "done":
      return { next: "keep", grant: reply.value };
    case "refused":
      if (!isFinal(reply)) return { next: "later", at: now + MINUTE, doubtful };
      return { next: "park", why: INACTIVE.test(reply.message) ? "inactive" : "refused" };
    case "unknown":
      return { next: "later", at: now + MINUTE, doubtful };
    case "not_taken":
      return { next: "later", at: Math.max(reply.retryAt, now), doubtful };
  }
}

const isFinal = ({ status, message }: { readonly status: number; readonly message: string }): boolean =>
  FINAL.includes(status) && !CLIENT.test(message);
