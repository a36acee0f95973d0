// Who may call: the private integration token, and OAuth access tokens with single-use refresh tokens.

import { randomBytes } from "node:crypto";
import { COMPANY_ID } from "./catalog.ts";
import { type Answered, failure, ok } from "./operation.ts";

export interface Tokens {
  /** The private integration token. */
  readonly integration: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** @returns the token's scopes, `undefined` when the token is unknown or over */
  scopes(bearer: string, now: number): ReadonlySet<string> | "all" | undefined;
  /** An authorization code, as the install page would hand out. */
  grant(userType: "Company" | "Location"): string;
  exchange(form: URLSearchParams, now: number): Answered;
  locationToken(bearer: string, form: URLSearchParams, now: number): Answered;
}

interface Access {
  readonly userType: "Company" | "Location";
  readonly until: number;
}

const LIFETIME_S = 86_399;

export function openTokens({
  locationId,
  token,
  scopes,
}: {
  locationId: string;
  token: string | undefined;
  /** What the integration token may do; absent: everything. */
  scopes: readonly string[] | undefined;
}): Tokens {
  const granted = scopes === undefined ? ("all" as const) : new Set(scopes);
  const integration = token ?? `pit-${randomBytes(16).toString("hex")}`;
  const clientId = "sim-app";
  const clientSecret = randomBytes(24).toString("hex");
  const codes = new Map<string, Access["userType"]>();
  const refreshes = new Map<string, Access["userType"]>();
  const accesses = new Map<string, Access>();

  const issue = (userType: Access["userType"], now: number, withRefresh = true): Answered => {
    const access = randomBytes(24).toString("hex");
    const refresh = randomBytes(24).toString("hex");
    accesses.set(access, { userType, until: now + LIFETIME_S * 1000 });
    if (withRefresh) refreshes.set(refresh, userType);
    return ok({
      access_token: access,
      token_type: "Bearer",
      expires_in: LIFETIME_S,
      ...(withRefresh ? { refresh_token: refresh } : {}),
      scope: "all",
      userType,
      companyId: COMPANY_ID,
      ...(userType === "Location" ? { locationId } : { isBulkInstallation: true, approvedLocations: [locationId] }),
      userId: "simuser0000000000001",
    });
  };
  /** Taken out before it is used: the second use of a code or refresh token finds nothing. */
  const use = (held: Map<string, Access["userType"]>, key: string | null): Access["userType"] | undefined => {
    const userType = key === null ? undefined : held.get(key);
    if (key !== null) held.delete(key);
    return userType;
  };

  return {
    integration,
    clientId,
    clientSecret,
    scopes(bearer, now) {
      if (bearer === integration) return granted;
      const access = accesses.get(bearer);
      return access !== undefined && access.until > now ? "all" : undefined;
    },
    grant(userType) {
      const code = randomBytes(16).toString("hex");
      codes.set(code, userType);
      return code;
    },
    exchange(form, now) {
      const of = (snake: string, camel: string) => form.get(snake) ?? form.get(camel);
      if (of("client_id", "clientId") !== clientId || of("client_secret", "clientSecret") !== clientSecret)
        return failure(401, "Invalid client: client is invalid");
      const grant = of("grant_type", "grantType");
      const userType =
        grant === "authorization_code"
          ? use(codes, form.get("code"))
          : grant === "refresh_token"
            ? use(refreshes, of("refresh_token", "refreshToken"))
            : undefined;
      if (userType === undefined)
        return {
          status: 401,
          body: { error: "invalid_grant", error_description: "This refresh token or code is invalid" },
        };
      return issue(userType, now);
    },
    locationToken(bearer, form, now) {
      const access = accesses.get(bearer);
      if (access?.userType !== "Company" || access.until <= now) return failure(401, "Invalid JWT");
      if (form.get("companyId") !== COMPANY_ID || form.get("locationId") !== locationId)
        return failure(400, "Location is not active");
      return issue("Location", now);
    },
  };
}
