// What follows from what the CRM says of a token, and from its word that the app came or went. Pure.

import type { Grant, Reply } from "../highlevel/index.ts";
import { type Instant, MINUTE, type Millis } from "../kernel/time.ts";
import type { Standing, StatusWhy } from "./installation.ts";

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
export interface Circumstances {
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
export function afterRefresh(reply: Reply<Grant>, { company, doubtful, now }: Circumstances): Renewal {
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
export function afterMint(reply: Reply<Grant>, { doubtful, now }: Omit<Circumstances, "company">): Renewal {
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

/** The CRM's word that the app came or went, of a location or of a whole company. */
export interface AppNotice {
  readonly type: string;
  /** When it said so. */
  readonly at: Instant;
  /** The app that it is about: the CRM signs for all apps with one key. */
  readonly app?: string | undefined;
  readonly location?: string | undefined;
  readonly company?: string | undefined;
}

export type AppChange =
  /** A token for it is to be had of its company. */
  | { readonly change: "connect"; readonly location: string; readonly company: string }
  /** It came back, and only a person can connect it. */
  | { readonly change: "invite"; readonly location: string }
  /** It stands so already; later words than this one count. */
  | { readonly change: "confirm"; readonly location: string }
  | { readonly change: "remove"; readonly location: string }
  /** Where the app is installed now is to be asked. */
  | { readonly change: "list"; readonly company: string }
  | { readonly change: "remove_company"; readonly company: string }
  | { readonly change: "none"; readonly why: "another-app" | "late" | "unknown" | "of-no-concern" };

type Stands = Pick<Standing, "status" | "statusAt" | "letInAt">;

/** What we know of those it names. */
export interface AppStanding {
  /** Our own app's id; absent: there is none. */
  readonly app: string | undefined;
  readonly location: Stands | undefined;
  readonly company: Stands | undefined;
}

/**
 * What follows. Words come late, twice and in any order: of two about the same, the one that was said last counts.
 * Nobody gets in by a word: an account is connected only where its company let us in before.
 */
export function decideApp(notice: AppNotice, { app, location, company }: AppStanding): AppChange {
  const none = (why: Extract<AppChange, { change: "none" }>["why"]): AppChange => ({ change: "none", why });
  if (notice.type !== "INSTALL" && notice.type !== "UNINSTALL") return none("of-no-concern");
  if (app === undefined || notice.app !== app) return none("another-app");
  // one that must be connected again stands so by our own word, which makes none of the CRM's late
  const isLate = (of: Stands | undefined) =>
    of !== undefined &&
    notice.at < (of.status === "reconnect" ? (of.letInAt ?? Number.NEGATIVE_INFINITY) : of.statusAt);

  if (notice.location === undefined) {
    if (notice.company === undefined || company === undefined) return none("unknown");
    if (isLate(company)) return none("late");
    if (notice.type === "UNINSTALL")
      return company.status === "uninstalled" ? none("late") : { change: "remove_company", company: notice.company };
    return company.status === "active" ? { change: "list", company: notice.company } : none("unknown");
  }
  const at = { location: notice.location };
  if (isLate(location)) return none("late");
  if (notice.type === "UNINSTALL") {
    if (location === undefined) return none("unknown");
    return { change: location.status === "uninstalled" ? "confirm" : "remove", ...at };
  }
  // its company went since, with all that it had let in
  if (company?.status === "uninstalled" && isLate(company)) return none("late");
  if (location?.status === "active") return { change: "confirm", ...at };
  if (company?.status === "active" && notice.company !== undefined)
    return { change: "connect", ...at, company: notice.company };
  if (location === undefined) return none("unknown");
  return location.status === "uninstalled" ? { change: "invite", ...at } : none("unknown");
}

/** Whether a location that its company's list of `askedAt` names is to have a token of the company's. */
export const isForCompany = (stands: Standing | undefined, askedAt: Instant): boolean =>
  stands === undefined ||
  // one that is connected keeps its own; one that was disconnected here comes back when somebody says so of it
  (stands.status !== "active" &&
    stands.why !== "disconnected" &&
    (stands.status === "reconnect" || stands.statusAt <= askedAt));

/** Whether a token that came for it is still waited for: meanwhile it may have been ended, or connected otherwise. */
export const isWaiting = (stands: Standing | undefined): boolean =>
  stands?.status === "reconnect" && stands.why === "connecting";
