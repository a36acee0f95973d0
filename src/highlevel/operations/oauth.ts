// The app's own dealings with the CRM: codes and refresh tokens for tokens, a location's token out of its company's, where
// the app is installed, and the end of it. Values for whatever may be answered; no retries, and nothing of a token in any of them.

import { z } from "zod";
import { type Clock, DAY, HOUR, type Instant, MINUTE, type Millis, SECOND } from "../../kernel/time.ts";
import { bodyOf, type Failure, messageOf, type Reply, retryAt } from "../request.ts";
import { openWire, type WireAnswer } from "../wire.ts";

/** What the CRM gives for a code, a refresh token or a company's word. */
export interface Grant {
  readonly of: "Company" | "Location";
  readonly access: string;
  /** Single use: spent by the refresh that shows it. Absent: mint again from the company's token. */
  readonly refresh?: string;
  /** Real time. */
  readonly expiresAt: Instant;
  readonly scopes: readonly string[];
  readonly company?: string;
  readonly location?: string;
  /** A company let the app into some or all of its locations at once. */
  readonly bulk: boolean;
  /** Locations it names as approved; the list of installed ones is asked for besides. */
  readonly approved: readonly string[];
}

export interface InstalledLocation {
  readonly id: string;
  readonly name?: string;
}

export interface OAuth {
  /** The app's id in the CRM's marketplace: webhooks about the app name it. */
  readonly appId: string;
  /** Where a person chooses what to let the app into. */
  chooser(asked: { readonly state: string; readonly redirectUri: string; readonly scopes: readonly string[] }): string;
  exchange(code: string, redirectUri: string): Promise<Reply<Grant>>;
  /** `unknown`: the refresh token may be spent, and the answer is lost, or is of another than `id`. */
  refresh(refresh: string, of: Grant["of"], id: string): Promise<Reply<Grant>>;
  /** May be repeated: nothing is spent. */
  mint(companyToken: string, company: string, location: string): Promise<Reply<Grant>>;
  installed(companyToken: string, company: string): Promise<Reply<readonly InstalledLocation[]>>;
  /**
   * Takes the app out of one location, by that location's own token: a company's would take it out of all. `unknown`: it may
   * be out.
   */
  uninstall(locationToken: string, location: string): Promise<Reply<void>>;
  close(): Promise<void>;
}

export interface OAuthOptions {
  /** As the API client's. */
  readonly url: string;
  readonly clock: Clock;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly chooserUrl: string;
  /**
   * Dated unless told otherwise: `/oauth/token` in snake case is what every document but one shows, and the two other
   * paths were renamed only in v3.
   */
  readonly versions?: "v3" | "dated";
  readonly answerWithin?: Millis;
}

const DATED = "2021-07-28";
const PAGE = 100;
/** Of installed locations: 10,000 of them. */
const MOST_PAGES = 100;

export function openOAuth(options: OAuthOptions): OAuth {
  const { clock, clientId, clientSecret, chooserUrl } = options;
  const wire = openWire({ ...options, connections: 8 });
  const v3 = options.versions === "v3";
  const appId = clientId.split("-")[0] ?? clientId;

  async function ask<T>(request: Parameters<typeof wire.ask>[0], shape: z.ZodType<T>): Promise<Reply<T>> {
    return read(await wire.ask(request), shape, clock);
  }
  const posted = <T>(path: string, form: Record<string, string>, more: Record<string, string>, shape: z.ZodType<T>) =>
    ask(
      {
        method: "POST",
        path,
        headers: { ...HEADERS, ...more, "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams(form).toString(),
      },
      shape,
    );
  const token = (form: Record<string, string>, of?: Grant["of"]) =>
    posted(
      "/oauth/token",
      { client_id: clientId, client_secret: clientSecret, ...form },
      {},
      grantAt(clock.real(), of),
    );
  const asBearer = (bearer: string) => ({
    authorization: `Bearer ${bearer}`,
    version: v3 ? "v3" : DATED,
  });

  return {
    appId,
    chooser({ state, redirectUri, scopes }) {
      const url = new URL(chooserUrl);
      const asked = { response_type: "code", redirect_uri: redirectUri, client_id: clientId, scope: scopes.join(" ") };
      for (const [name, value] of Object.entries({ ...asked, state, loginWindowOpenMode: "self" }))
        url.searchParams.set(name, value);
      return url.href;
    },
    // without user_type: the answer says which of the two the person chose
    exchange: (code, redirectUri) => token({ grant_type: "authorization_code", code, redirect_uri: redirectUri }),
    async refresh(refresh, of, id) {
      const reply = await token({ grant_type: "refresh_token", refresh_token: refresh, user_type: of }, of);
      if (reply.outcome !== "done") return reply;
      const said = of === "Location" ? reply.value.location : reply.value.company;
      return reply.value.of === of && (said ?? id) === id ? reply : ANOTHERS;
    },
    async mint(companyToken, company, location) {
      const path = v3 ? "/oauth/location-token" : "/oauth/locationToken";
      const form = { companyId: company, locationId: location };
      const reply = await posted(path, form, asBearer(companyToken), grantAt(clock.real(), "Location"));
      if (reply.outcome !== "done") return reply;
      const { value } = reply;
      // another location's token opens another team's leads
      if (value.of !== "Location" || (value.location ?? location) !== location) return ANOTHERS;
      return { ...reply, value: { ...value, company, location } };
    },
    async installed(companyToken, company) {
      const found: InstalledLocation[] = [];
      let seen = 0;
      let after: string | undefined;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const size = v3 ? { pageSize: String(PAGE) } : { limit: String(PAGE), skip: String(seen) };
        const query = { companyId: company, appId, isInstalled: "true", ...size };
        const asked = new URLSearchParams({ ...query, ...(after === undefined ? {} : { pageToken: after }) });
        const path = `/oauth/${v3 ? "installed-locations" : "installedLocations"}?${asked}`;
        const headers = { ...HEADERS, ...asBearer(companyToken) };
        const reply = await ask({ method: "GET", path, headers }, Installed);
        if (reply.outcome !== "done") return reply;
        const { locations, next } = reply.value;
        seen += locations.length;
        found.push(...locations.filter(({ isInstalled }) => isInstalled !== false).map(asInstalled));
        after = next;
        if (v3 ? next === undefined : locations.length < PAGE) return { outcome: "done", value: found };
      }
      return { outcome: "done", value: found };
    },
    async uninstall(locationToken, location) {
      const path = `/marketplace/app/${encodeURIComponent(appId)}/installations`;
      const headers = { ...HEADERS, ...asBearer(locationToken), "content-type": "application/json" };
      const body = JSON.stringify({ locationId: location });
      const reply = await ask({ method: "DELETE", path, headers, body }, Uninstalled);
      if (reply.outcome !== "done") return reply;
      const said = "the CRM says that it did not succeed";
      return reply.value.success
        ? { outcome: "done", value: undefined }
        : { outcome: "refused", status: 200, message: said };
    },
    close: () => wire.close(),
  };
}

/** A token came that is not of whom it was asked for: as good as no answer. */
const ANOTHERS: Failure = { outcome: "unknown", detail: "the answer is about another account" };
const HEADERS = { accept: "application/json", "user-agent": "Latchkey" };

/** As the API's answers, but 401 is a refusal here: it is about what was shown, and will be said again. */
function read<T>(answered: WireAnswer, shape: z.ZodType<T>, clock: Clock): Reply<T> {
  const notTaken = (cause: "rate" | "unreachable", at: Instant, detail: string): Failure => ({
    outcome: "not_taken",
    cause,
    retryAt: at,
    detail,
  });
  if (answered.kind === "unsent") return notTaken("unreachable", clock.real() + 5 * SECOND, answered.detail);
  if (answered.kind === "unanswered") return { outcome: "unknown", detail: answered.detail };
  const { status, headers, text } = answered;
  const body = bodyOf(text);
  if (status >= 200 && status < 300) {
    const parsed = shape.safeParse(body);
    // said without the answer: it holds a token
    return parsed.success
      ? { outcome: "done", value: parsed.data }
      : { outcome: "unknown", detail: `${status} with an answer that cannot be read` };
  }
  if (status === 429) return notTaken("rate", retryAt(clock.real(), { sentAt: answered.sentAt }, headers), "429");
  if (status < 400) return notTaken("unreachable", clock.real() + MINUTE, `${status}: not the API`);
  if (status === 408 || status >= 500) return { outcome: "unknown", detail: String(status) };
  return { outcome: "refused", status, message: messageOf(body) };
}

/** Snake or camel: the documents show either, by version and by date. */
const camelKeys = (value: unknown): unknown =>
  typeof value === "object" && value !== null
    ? Object.fromEntries(
        Object.entries(value).map(([key, held]) => [key.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase()), held]),
      )
    : value;

const text = z
  .string()
  .min(1)
  .nullish()
  .transform((value) => value ?? undefined);
const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

/** What is said of a token's life where that cannot be meant: one that ends sooner is refused, and renewed then. */
const UNSAID_LIFE: Millis = HOUR;
const LONGEST_LIFE: Millis = 400 * DAY;
const lifeOf = (seconds: number): Millis => (seconds > 0 ? Math.min(seconds * SECOND, LONGEST_LIFE) : UNSAID_LIFE);

/**
 * Whatever else is in an answer that holds tokens, they are kept: the refresh token that brought them is spent. So only
 * what cannot be done without makes one unreadable.
 *
 * @param of whose it was asked to be, where the answer does not say
 */
const grantAt = (asked: Instant, of?: Grant["of"]): z.ZodType<Grant> =>
  z.preprocess(
    camelKeys,
    z
      .looseObject({
        accessToken: z.string().min(1),
        refreshToken: text.catch(undefined),
        expiresIn: z.coerce.number().catch(0),
        scope: text.catch(undefined),
        userType: z.enum(["Company", "Location"]).nullish().catch(undefined),
        companyId: id.nullish().catch(undefined),
        locationId: id.nullish().catch(undefined),
        isBulkInstallation: z.boolean().nullish().catch(undefined),
        approvedLocations: z.array(id).nullish().catch(undefined),
      })
      .transform(
        (given): Grant => ({
          of: given.userType ?? of ?? (given.locationId ? "Location" : "Company"),
          access: given.accessToken,
          ...(given.refreshToken === undefined ? {} : { refresh: given.refreshToken }),
          // counted from before the question, so that it is never later than the CRM's own
          expiresAt: asked + lifeOf(given.expiresIn),
          scopes: given.scope?.split(/\s+/).filter((scope) => scope !== "") ?? [],
          ...(given.companyId ? { company: given.companyId } : {}),
          ...(given.locationId ? { location: given.locationId } : {}),
          bulk: given.isBulkInstallation === true,
          approved: given.approvedLocations ?? [],
        }),
      ),
  );

const Uninstalled = z.looseObject({ success: z.boolean() });
const Place = z.looseObject({ _id: id, name: text, isInstalled: z.boolean().nullish() });
const asInstalled = ({ _id, name }: z.infer<typeof Place>): InstalledLocation =>
  name === undefined ? { id: _id } : { id: _id, name };

const Installed = z.union([
  z
    .looseObject({ locations: z.array(Place) })
    .transform(({ locations }) => ({ locations, next: undefined as string | undefined })),
  z
    .looseObject({ items: z.array(Place), pagination: z.looseObject({ nextPageToken: text }) })
    .transform(({ items, pagination }) => ({ locations: items, next: pagination.nextPageToken })),
]);
