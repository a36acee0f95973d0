// How each location is connected, as people and programs are told.

import { iso } from "../kernel/time.ts";
import type { Company } from "./companies.ts";
import type { Installation, StatusWhy } from "./installation.ts";
import type { TokenRow } from "./token-store.ts";

export interface Connection {
  readonly location: string;
  readonly name: string;
  /** `connecting`: its token is being asked for; `reconnect`: a person must; nothing is sent meanwhile. */
  readonly status: "connected" | "connecting" | "reconnect" | "disconnected";
  /** Since when it stands so. */
  readonly since: string;
  readonly why?: StatusWhy;
  /** By the app, by its company's install, or by the token of a private integration. */
  readonly through?: "app" | "company" | "integration";
  readonly timeZone: string;
  /** Of the access token; `renewsAt` is when it is renewed by itself. */
  readonly expiresAt?: string;
  readonly renewsAt?: string;
  /** What we ask for and were not given. */
  readonly missingScopes: readonly string[];
}

/** What became of telling the CRM that an account was disconnected here; it is disconnected here whatever that was. */
export interface Parting {
  readonly crm: "told" | "refused" | "unanswered" | "integration" | "no_key";
  /** In words, with what is left to do. */
  readonly says: string;
}

export interface CompanyConnection {
  readonly company: string;
  readonly status: "connected" | "reconnect" | "disconnected";
  readonly since: string;
  readonly why?: StatusWhy;
}

interface Known {
  readonly token: TokenRow | undefined;
  /** Whether it has the token of a private integration. */
  readonly integration: boolean;
  readonly missing: (granted: readonly string[]) => readonly string[];
}

export function connectionOf(of: Installation, { token, integration, missing }: Known): Connection {
  const is = statusOf(of);
  const through = integration ? "integration" : token === undefined ? undefined : token.refresh ? "app" : "company";
  const times =
    token === undefined || integration ? {} : { expiresAt: iso(token.expiresAt), renewsAt: iso(token.renewAt) };
  return {
    location: of.location,
    name: of.name ?? of.location,
    status: of.status === "reconnect" && of.why === "connecting" ? "connecting" : is,
    since: iso(of.statusAt),
    ...(of.why === undefined ? {} : { why: of.why }),
    ...(through === undefined ? {} : { through }),
    timeZone: of.timeZone,
    ...times,
    missingScopes: token === undefined || integration ? [] : missing(token.scopes),
  };
}

export const companyOf = (of: Company): CompanyConnection => ({
  company: of.company,
  status: statusOf(of),
  since: iso(of.statusAt),
  ...(of.why === undefined ? {} : { why: of.why }),
});

const statusOf = ({ status }: Pick<Installation, "status">) =>
  status === "active" ? "connected" : status === "reconnect" ? "reconnect" : "disconnected";
