import type { JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";

/**
 * Why a location or a company is not active: its token was refused, or a renewal's answer was lost; the CRM says that
 * the account is not active; its token is being asked of its company; the app was removed in the CRM, or here; its token was
 * sealed with a secret that is lost.
 */
export type StatusWhy = "refused" | "lost" | "inactive" | "connecting" | "removed" | "disconnected" | "resealed";

/** A location of the CRM that Latchkey works for. */
export interface Installation {
  readonly location: string;
  /** `reconnect`: it is decided about as ever, and nothing is sent until there is a token again. */
  readonly status: "active" | "uninstalled" | "reconnect";
  /** Since when it stands so. */
  readonly statusAt: Instant;
  readonly why?: StatusWhy;
  /** When it was last let in, or the CRM said that it is; absent where that was not kept. */
  readonly letInAt?: Instant;
  readonly installedAt: Instant;
  /** The company that let us in, where one did. */
  readonly company?: string;
  readonly name?: string;
  /** IANA id. */
  readonly timeZone: string;
  /** For `chance()`: made at the first install and kept, so that assignments stay. */
  readonly seed: string;
  readonly settings: JsonObject;
}

/** How a location or a company stands, and since when. */
export type Standing = Pick<Installation, "status" | "statusAt" | "why" | "letInAt">;

export const ROLES = ["viewer", "agent", "manager", "owner"] as const;

/** Each may do what those before it may. */
export type Role = (typeof ROLES)[number];

/** Who asks, and for which locations. */
export interface Principal {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly locations: readonly string[] | "*";
}

export const mayUse = (principal: Principal, location: string): boolean =>
  principal.locations === "*" || principal.locations.includes(location);

export const atLeast = (principal: Principal, role: Role): boolean =>
  ROLES.indexOf(principal.role) >= ROLES.indexOf(role);

/** One act of a person, or of a program in a person's name. */
export interface AuditEntry {
  readonly location: string;
  readonly at: Instant;
  readonly who: string;
  readonly act: string;
  readonly subject: string;
  readonly data?: JsonObject;
}
