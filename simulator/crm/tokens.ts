// Who may call: the private integration token, and OAuth: codes, access tokens that end, single-use refresh tokens, a
// location's token out of its company's.

import { randomBytes } from "node:crypto";
import { type Answered, failure, ok } from "./operation.ts";

export interface Tokens {
  /** The private integration token. */
  readonly integration: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What a token may do, and where: a company's opens no location. `undefined` when it is unknown or over. */
  opens(
    bearer: string,
    now: number,
  ): { readonly scopes: ReadonlySet<string> | "all"; readonly location?: string } | undefined;
  /** An authorization code, as the install page would hand out. */
  grant(choice: Choice): string;
  exchange(form: URLSearchParams, now: number): Answered;
  locationToken(bearer: string, form: URLSearchParams, now: number): Answered;
  installedLocations(bearer: string, query: URLSearchParams, now: number): Answered;
  /** Who asks to take the app out: of its own location, or, by a company's token, of all. Nothing is removed yet. */
  leaving(
    bearer: string,
    asked: { readonly app: string; readonly location?: unknown; readonly company?: unknown },
    now: number,
  ): Answered | { readonly from: Holder };
  /** Whether a person's app is installed there; removing it ends its tokens. */
  install(location: string): void;
  remove(from: Holder): void;
  /** The account is no longer paid for: its tokens are refused. */
  suspend(location: string, suspended: boolean): void;
  /** Every token of this location, or of the company, ends, unsaid. */
  revoke(holder: string): void;
  /** The access tokens of now end; refresh tokens stay. */
  expire(): void;
  /** Every token and code that was given out: none of them may turn up in a log. */
  given(): readonly string[];
  /** Refreshes, mints and removals that arrived, by what they were for. */
  readonly arrived: {
    readonly refreshes: number;
    readonly minted: number;
    readonly spentAgain: number;
    readonly removals: number;
  };
}

/** A location, or all of a company's. */
export type Holder = { readonly location: string } | { readonly company: string };

/** What a person chose on the install page. */
export interface Choice {
  readonly userType: "Company" | "Location";
  readonly company: string;
  readonly location: string;
  /** Of a company: where the app goes now. */
  readonly locations: readonly string[];
  /** What was granted, as one string; `all`: everything. */
  readonly scope: string;
}

interface Held extends Choice {
  readonly until: number;
}

export interface TokenOptions {
  /** The first is the one that the integration token belongs to. */
  readonly locations: readonly { readonly id: string; readonly name: string; readonly company: string }[];
  readonly token: string | undefined;
  /** What the integration token may do; absent: everything. */
  readonly scopes: readonly string[] | undefined;
  readonly lifetimeS: number;
  readonly clientSecret: string | undefined;
}

const INVALID = {
  status: 401,
  body: { error: "invalid_grant", error_description: "This refresh token or code is invalid" },
};

export function openTokens({ locations, token, scopes, lifetimeS, clientSecret: given }: TokenOptions): Tokens {
  const granted = scopes === undefined ? ("all" as const) : new Set(scopes);
  const integration = token ?? `pit-${randomBytes(16).toString("hex")}`;
  const clientId = "simapp-0001";
  const clientSecret = given ?? randomBytes(24).toString("hex");
  const codes = new Map<string, Choice>();
  const refreshes = new Map<string, Choice>();
  const spent = new Set<string>();
  const out: string[] = [];
  const accesses = new Map<string, Held>();
  const installed = new Set<string>();
  const suspended = new Set<string>();
  const arrived = { refreshes: 0, minted: 0, spentAgain: 0, removals: 0 };
  const [first] = locations;
  const companyOf = (location: string) => locations.find(({ id }) => id === location)?.company;

  const issue = (choice: Choice, now: number, withRefresh = true): Answered => {
    const { userType, location, scope } = choice;
    const access = randomBytes(24).toString("hex");
    const refresh = randomBytes(24).toString("hex");
    out.push(access, refresh);
    accesses.set(access, { ...choice, until: now + lifetimeS * 1000 });
    if (withRefresh) refreshes.set(refresh, choice);
    return ok({
      access_token: access,
      token_type: "Bearer",
      expires_in: lifetimeS,
      ...(withRefresh ? { refresh_token: refresh } : {}),
      scope,
      userType,
      companyId: userType === "Location" ? companyOf(location) : choice.company,
      ...(userType === "Location"
        ? { locationId: location }
        : { isBulkInstallation: true, approvedLocations: choice.locations }),
      userId: "simuser0000000000001",
    });
  };
  const isOf = (id: string, { userType, company: of, location }: Choice) =>
    (userType === "Company" ? of : companyOf(location)) === id;
  const company = (bearer: string, now: number) => {
    const access = accesses.get(bearer);
    return access?.userType === "Company" && access.until > now ? access : undefined;
  };
  /** Taken out before it is used: the second use of a code or refresh token finds nothing. */
  const use = (held: Map<string, Choice>, key: string | null): Choice | undefined => {
    const choice = key === null ? undefined : held.get(key);
    if (key !== null && choice !== undefined) {
      held.delete(key);
      spent.add(key);
    } else if (held === refreshes && key !== null && spent.has(key)) arrived.spentAgain += 1;
    return choice;
  };

  return {
    integration,
    clientId,
    clientSecret,
    arrived,
    given: () => [clientSecret, ...out],
    opens(bearer, now) {
      if (bearer === integration) return { scopes: granted, ...(first === undefined ? {} : { location: first.id }) };
      const access = accesses.get(bearer);
      if (access === undefined || access.until <= now) return undefined;
      const may = access.scope === "all" ? ("all" as const) : new Set(access.scope.split(" "));
      return access.userType === "Location" ? { scopes: may, location: access.location } : { scopes: may };
    },
    grant(choice) {
      const code = randomBytes(16).toString("hex");
      codes.set(code, choice);
      out.push(code);
      for (const id of choice.userType === "Location" ? [choice.location] : choice.locations) installed.add(id);
      return code;
    },
    exchange(form, now) {
      const of = (snake: string, camel: string) => form.get(snake) ?? form.get(camel);
      if (of("client_id", "clientId") !== clientId || of("client_secret", "clientSecret") !== clientSecret)
        return failure(401, "Invalid client: client is invalid");
      const grant = of("grant_type", "grantType");
      if (grant === "authorization_code") {
        const choice = use(codes, form.get("code"));
        return choice === undefined ? INVALID : issue(choice, now);
      }
      if (grant !== "refresh_token") return INVALID;
      arrived.refreshes += 1;
      const choice = use(refreshes, of("refresh_token", "refreshToken"));
      if (choice === undefined) return INVALID;
      if (choice.userType === "Location" && suspended.has(choice.location))
        return failure(400, "Location is not active");
      return issue(choice, now);
    },
    locationToken(bearer, form, now) {
      const access = company(bearer, now);
      if (access === undefined) return failure(401, "Invalid JWT");
      arrived.minted += 1;
      const location = form.get("locationId") ?? "";
      if (form.get("companyId") !== access.company || companyOf(location) !== access.company)
        return failure(400, "Location is not of that company");
      if (!installed.has(location) || suspended.has(location)) return failure(400, "Location is not active");
      return issue({ ...access, userType: "Location", location }, now, false);
    },
    installedLocations(bearer, query, now) {
      const access = company(bearer, now);
      if (access === undefined) return failure(401, "Invalid JWT");
      if (query.get("companyId") !== access.company || query.get("appId") !== clientId.split("-")[0])
        return failure(422, ["companyId and appId must be the company's and the app's"]);
      const found = locations
        .filter(({ id, company: of }) => of === access.company && installed.has(id))
        .map(({ id, name }) => ({ _id: id, name, address: "100 Example Street", isInstalled: true }));
      const paged = query.has("pageSize");
      const size = Number(query.get("pageSize") ?? query.get("limit") ?? 20);
      const from = Number(query.get("pageToken") ?? query.get("skip") ?? 0);
      const page = found.slice(from, from + size);
      if (!paged) return ok({ locations: page, count: found.length, installToFutureLocations: true });
      const more = from + size < found.length;
      return ok({
        items: page,
        pagination: {
          hasNextPage: more,
          hasPrevPage: from > 0,
          currentPageSize: page.length,
          ...(more ? { nextPageToken: String(from + size) } : {}),
        },
        installToFutureLocations: true,
      });
    },
    leaving(bearer, { app, location, company: of }, now) {
      arrived.removals += 1;
      const access = accesses.get(bearer);
      if (access === undefined || access.until <= now) return failure(401, "Invalid JWT");
      if (access.scope !== "all" && !access.scope.split(" ").includes("oauth.write"))
        return failure(401, "The token is not authorized for this scope.");
      if (app !== clientId.split("-")[0]) return failure(422, ["appId must be the app's"]);
      if (access.userType === "Location")
        return location === access.location ? { from: { location } } : failure(422, ["locationId must be the token's"]);
      return of === access.company ? { from: { company: of } } : failure(422, ["companyId must be the token's"]);
    },
    install: (location) => void installed.add(location),
    remove(from) {
      const isGone = (choice: Choice) =>
        "company" in from
          ? isOf(from.company, choice)
          : choice.userType === "Location" && choice.location === from.location;
      for (const held of [refreshes, accesses]) for (const [key, choice] of held) if (isGone(choice)) held.delete(key);
      for (const id of [...installed])
        if ("company" in from ? companyOf(id) === from.company : id === from.location) installed.delete(id);
    },
    suspend: (location, on) => void (on ? suspended.add(location) : suspended.delete(location)),
    revoke(holder) {
      for (const held of [refreshes, accesses])
        for (const [key, { userType, company: of, location }] of held)
          if (holder === (userType === "Company" ? of : location)) held.delete(key);
    },
    expire: () => accesses.clear(),
  };
}
