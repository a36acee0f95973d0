// How a team stands with the CRM, in words. Pure.

import type { Connection } from "../../src/tenancy/index.ts";
import { full, length, moment } from "./format.ts";

/** As the API says it. */
export interface Connections {
  readonly items: readonly Connection[];
  /** Whether there is an app to connect with. */
  readonly app: boolean;
}

type Mark = "done" | "run" | "failed" | "off";

const MARKS: Readonly<Record<Connection["status"], Mark>> = {
  connected: "done",
  connecting: "run",
  reconnect: "failed",
  disconnected: "off",
};

const STATUS: Readonly<Record<Connection["status"], string>> = {
  connected: "Connected",
  connecting: "Connecting",
  reconnect: "Connect again",
  disconnected: "Disconnected",
};

const WHY: Readonly<Record<NonNullable<Connection["why"]>, string>> = {
  lost: "The CRM changed the key while its answer was lost on the way.",
  refused: "The CRM no longer takes our key.",
  inactive: "The CRM says that this business account is not active.",
  connecting: "The CRM is being asked for a key.",
  removed: "Latchkey was removed in the CRM.",
  disconnected: "It was disconnected here.",
  resealed: "Its key was sealed with a secret that is lost.",
};

const THROUGH: Readonly<Record<NonNullable<Connection["through"]>, string>> = {
  app: "by the app",
  company: "by its company",
  integration: "by a private integration",
};

export const standingOf = ({ status }: Connection): { readonly mark: Mark; readonly word: string } => ({
  mark: MARKS[status],
  word: STATUS[status],
});

/** Since when, and by what. */
export function sinceOf({ since, through, status }: Connection, now: number): string {
  const by = through === undefined || status !== "connected" ? "" : `, ${THROUGH[through]}`;
  return `since ${moment(Date.parse(since), now)}${by}`;
}

/** What follows from how it stands; undefined where there is nothing to say. */
export function reasonOf({ status, why }: Connection): string | undefined {
  if (status === "connected" || why === undefined) return undefined;
  const follows =
    status === "reconnect"
      ? " Messages wait until it is connected again."
      : status === "disconnected"
        ? " Nothing is sent; what is on record stays."
        : "";
  return `${WHY[why]}${follows}`;
}

/** When its key ends, and that nobody has to do anything about it. */
export function expiryOf({ status, through, expiresAt, renewsAt }: Connection, now: number): string | undefined {
  if (status !== "connected") return undefined;
  if (through === "integration") return "Its key does not end by itself.";
  if (expiresAt === undefined || renewsAt === undefined) return undefined;
  const left = Date.parse(renewsAt) - now;
  return left <= 0 ? "Its key is being renewed." : `Its key is renewed by itself in ${length(left)}.`;
}

export const expiryTitle = ({ expiresAt }: Connection): string | undefined =>
  expiresAt === undefined ? undefined : `good until ${full(Date.parse(expiresAt))}`;

export function missingOf({ missingScopes }: Connection): string | undefined {
  if (missingScopes.length === 0) return undefined;
  return `Not allowed in the CRM: ${missingScopes.join(", ")}. Connect again and allow it.`;
}
