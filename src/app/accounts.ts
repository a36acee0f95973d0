// Whom we work for, and how the CRM lets us in: tokens, installs, and the CRM's own word that the app came or went.

import { APP_LOCATION } from "../events/index.ts";
import type { Grant, HighLevel, OAuth } from "../highlevel/index.ts";
import { COMPANY_SCOPES, missingScopes, SCOPES } from "../highlevel/index.ts";
import { Conflict, InvalidInput, Unavailable } from "../kernel/errors.ts";
import type { Facts } from "../kernel/facts.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import { type Clock, MINUTE, type Millis, SECOND } from "../kernel/time.ts";
import { isZone } from "../kernel/zone.ts";
import { holdLocation } from "../outreach/index.ts";
import {
  afterMint,
  type Connection,
  type ConnectionDoors,
  companyOf,
  connectionOf,
  type Expected,
  type Holder,
  type Installations,
  type InstallDoors,
  type InstallRequest,
  isForCompany,
  isWaiting,
  openCompanies,
  openInstallStates,
  openTokens,
  type Principal,
  readTokens,
  type Seal,
  type Standing,
  type StatusWhy,
} from "../tenancy/index.ts";
import { openAppWords } from "./app-words.ts";
import { openCodes } from "./codes.ts";
import { each } from "./each.ts";
import { openParting } from "./parting.ts";
import { isTown } from "./town.ts";

export interface Accounts {
  /** What to ask the CRM with for a location; undefined where it must be connected first. */
  token(location: string): Promise<string | undefined>;
  /** It is there, and nothing is that the CRM could be asked with for it: no token, and no app that could be let in. */
  isKeyless(location: string): boolean;
  /** Another token than this one, which the CRM refused. */
  instead(location: string, refused: string): Promise<string | undefined>;
  /** Reads what the CRM calls a location and where it is. */
  look(location: string): Promise<void>;
  /** One round: the CRM's words, companies to list, locations to connect, tokens to renew. */
  work(): Promise<void>;
  /** Behind `/oauth/…`. */
  readonly installs: Omit<InstallDoors, "authorize">;
  /** Behind `/v1/connections`. */
  readonly connections: Omit<ConnectionDoors, "who" | "authorize">;
  close(): Promise<void>;
}

interface Needs {
  readonly database: Database;
  readonly clock: Clock;
  readonly facts: Facts;
  readonly seal: Seal;
  readonly secret: string;
  /** LATCHKEY_URL. */
  readonly url: string;
  readonly installations: Installations;
  /** The marketplace app; absent where none is configured. */
  readonly oauth: OAuth | undefined;
  readonly api: () => Pick<HighLevel, "location">;
  /** Asks the CRM for a location with a token that is not kept yet. */
  readonly tryToken: (location: string, token: string) => ReturnType<HighLevel["location"]>;
  /** A location is there that was not, or is there again. */
  readonly arrived: (location: string) => Promise<unknown>;
}

/** How long the browser that brought a company waits for its locations; the rest come by themselves. */
const PATIENCE: Millis = 8 * SECOND;

export async function openAccounts(needs: Needs): Promise<Accounts> {
  const { database, clock, facts, installations, oauth } = needs;
  const companies = await openCompanies(needs);
  const states = openInstallStates({ ...needs, secure: needs.url.startsWith("https:") });
  const redirectUri = `${needs.url}/oauth/callback`;
  /** Locations and companies that the CRM did not answer for: when to ask again. Monotonic. */
  const later = new Map<string, Millis>();
  const isDue = (name: string) => (later.get(name) ?? 0) <= clock.elapsed();
  const putOff = (name: string, at = clock.real() + MINUTE) =>
    later.set(name, clock.elapsed() + Math.max(SECOND, at - clock.real()));

  const activeCompany = (location: string): string | undefined => {
    const company = installations.get(location)?.company;
    return company !== undefined && companies.get(company)?.status === "active" ? company : undefined;
  };
  const tokens =
    oauth === undefined
      ? undefined
      : openTokens({
          ...needs,
          oauth,
          companyOf: activeCompany,
          park: (sql, { kind, id }, why, wipe) =>
            (kind === "company" ? companies : installations).park(sql, id, why, wipe),
          parked: ({ kind, id }, why) => {
            facts.emit("location_parked", { location: kind === "company" ? APP_LOCATION : id, reason: why });
            void Promise.all([kind === "location" && installations.changed(id), catchUp()]).catch(() => undefined);
          },
        });

  const catchUp = () => Promise.all([installations.refresh(), companies.refresh()]);

  const holderOf = (location: string): Holder => ({ kind: "location", id: location });
  const changed = (location: string) => {
    const status = installations.get(location)?.status ?? "uninstalled";
    facts.emit("installation_changed", { location, status });
  };

  /** What keeps a token from being read is told, once a minute; that the database is away, all who ask it tell. */
  const readable = async (location: string, read: () => Promise<string | undefined>): Promise<string | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (error instanceof Unavailable || error instanceof Conflict) throw error;
      const name = `token ${location}`;
      if (isDue(name)) {
        putOff(name);
        facts.emit("loop_failed", { loop: "accounts", reason: `the token of ${location}: ${String(error)}` });
      }
      if (error instanceof InvalidInput) return undefined; // it does not open: the account waits, as without one
      throw error;
    }
  };

  /** What waited before a location came back is decided anew, before any of it may leave. */
  const lookAnew = async (sql: Sql, location: string, stood: Standing | undefined): Promise<void> => {
    if (stood?.status === "uninstalled") await holdLocation(sql, location, clock.now());
  };

  /** Makes a location ours, with its token, where it stands as expected; answers whether it did. */
  const connect = async (location: string, grant: Grant, by: string, only: Expected = () => true): Promise<boolean> => {
    const isOurs = await installations.installWhere(only, {
      location,
      by,
      ...(grant.company === undefined ? {} : { company: grant.company }),
      dropToken: true,
      also: async (sql, stood) => {
        await tokens?.put(sql, holderOf(location), grant);
        await lookAnew(sql, location, stood);
      },
    });
    if (!isOurs) return false;
    changed(location);
    // what the CRM does not say now comes with the hourly round
    await Promise.allSettled([needs.arrived(location), look(location)]);
    return true;
  };

  const look = async (location: string): Promise<void> => {
    const reply = await needs.api().location(location);
    if (reply.outcome !== "done") return;
    const { name, timezone } = reply.value;
    const timeZone = timezone && isZone(timezone) ? timezone : undefined;
    await installations.rename(location, { name: name || undefined, timeZone });
  };

  /** @param first runs in the same transaction, while its token is still there; what it answers is audited with it */
  const remove = async (
    location: string,
    by: string,
    why: StatusWhy,
    {
      at,
      only,
      first,
    }: { readonly at?: number; readonly only?: Expected; readonly first?: (sql: Sql) => Promise<JsonObject> } = {},
  ): Promise<boolean> => {
    const isNews = await installations.uninstall(location, by, {
      why,
      ...(only === undefined ? {} : { only }),
      ...(at === undefined ? {} : { at }),
      also: async (sql) => {
        const about = await first?.(sql);
        await tokens?.wipe(sql, holderOf(location));
        await holdLocation(sql, location, clock.now());
        return about;
      },
    });
    if (isNews) changed(location);
    return isNews;
  };
  /** Ours by its company, or again, once there is a token for it. */
  const wait = async (only: Expected, request: Omit<InstallRequest, "by" | "also">): Promise<boolean> => {
    const { location } = request;
    const also = (sql: Sql, stood: Standing | undefined) => lookAnew(sql, location, stood);
    const isOurs = await installations.installWhere(only, { ...request, by: "CRM", dropToken: true, also });
    if (isOurs) changed(location);
    return isOurs;
  };

  const words = openAppWords({
    ...{ database, installations, companies, app: oauth?.appId },
    async connect(only, location, company, at) {
      later.delete(location);
      return wait(only, { location, company, waits: "connecting", at });
    },
    invite: (only, location, at) => wait(only, { location, waits: "removed", at }),
    remove: (only, location, at) => remove(location, "CRM", "removed", { at, only }),
    async removeCompany(only, company, at, of) {
      for (const { location, company: its } of installations.list())
        if (its === company) await remove(location, "CRM", "removed", { at, only: of(location) });
      const holder: Holder = { kind: "company", id: company };
      const ended = await companies.end(company, "CRM", { at, only, also: async (sql) => tokens?.wipe(sql, holder) });
      // it let us in again meanwhile: which of its locations that holds for, the CRM says
      if (!ended) await companies.unlist(company);
      return ended;
    },
  });

  /** Where the app is installed, of companies that were not asked since they let us in. */
  const listCompanies = (): Promise<void> =>
    each(companies.all(), async ({ company, status, listed }) => {
      if (oauth === undefined || tokens === undefined) return;
      if (status !== "active" || listed || !isDue(company)) return;
      putOff(company); // whatever comes of it
      const holder: Holder = { kind: "company", id: company };
      const token = await tokens.access(holder);
      if (token === undefined) return;
      const askedAt = clock.now();
      let reply = await oauth.installed(token, company);
      if (reply.outcome === "refused" && reply.status === 401) {
        const other = await tokens.instead(holder, token);
        if (other !== undefined) reply = await oauth.installed(other, company);
      }
      if (reply.outcome === "not_taken") putOff(company, reply.retryAt);
      if (reply.outcome !== "done") return;
      for (const { id, name } of reply.value) {
        const named = name === undefined ? {} : { name };
        await wait((stands) => isForCompany(stands, askedAt), {
          ...{ location: id, company, waits: "connecting", at: askedAt },
          ...named,
        });
      }
      await companies.markListed(company);
      later.delete(company);
    });

  /** A token for each location that waits for its company's. */
  const connectWaiting = (): Promise<void> =>
    each(installations.list(), async ({ location, why, company, status }) => {
      if (tokens === undefined || company === undefined || !isDue(location)) return;
      if (status !== "reconnect" || why !== "connecting") return;
      const isGone = () => companies.get(company)?.status === "uninstalled";
      // it may have let us in again since it was read, and that it waits says so
      if (isGone()) await companies.refresh();
      if (isGone()) {
        await remove(location, "CRM", "removed", { only: isWaiting });
        return;
      }
      putOff(location); // whatever comes of it
      const end = afterMint(await tokens.mint(company, location), { doubtful: false, now: clock.real() });
      if (end.next === "keep") await connect(location, { ...end.grant, company }, "CRM", isWaiting);
      if (end.next === "later") putOff(location, end.at);
      else later.delete(location);
      if (end.next === "park") {
        const { why } = end;
        const parked = await database.transaction([location], (sql) =>
          installations.park(sql, location, why, isWaiting),
        );
        await installations.changed(location);
        if (parked) facts.emit("location_parked", { location, reason: why });
      }
    });

  const connectCompanies = () => each([listCompanies, connectWaiting], (part) => part());

  const connectCompany = async (company: string, grant: Grant, by: string): Promise<void> => {
    later.delete(company);
    await companies.connect(company, by, async (sql) => tokens?.put(sql, { kind: "company", id: company }, grant));
    const connecting = connectCompanies().catch((error) =>
      facts.emit("loop_failed", { loop: "accounts", reason: String(error) }),
    );
    await Promise.race([connecting, new Promise((resolve) => setTimeout(resolve, PATIENCE).unref())]);
  };

  const integrate = async (location: string, token: string, by: string): Promise<Connection> => {
    const reply = await needs.tryToken(location, token);
    if (reply.outcome !== "done") {
      const said = reply.outcome === "refused" ? `${reply.status} ${reply.message}` : reply.detail;
      const unsure = reply.outcome === "unknown" || (reply.outcome === "not_taken" && reply.cause !== "auth");
      throw new InvalidInput(
        `The CRM does not open that location with this token (${said}). See that it is a private integration's, of that location, with locations.readonly.`,
        unsure ? "unavailable" : "invalid-input",
      );
    }
    const { name, timezone } = reply.value;
    await installations.install({
      ...{ location, by, token, anew: true },
      ...(name ? { name } : {}),
      ...(timezone && isZone(timezone) ? { timeZone: timezone } : {}),
      also: (sql, stood) => lookAnew(sql, location, stood),
    });
    changed(location);
    await needs.arrived(location).catch(() => undefined);
    return (await list([location]))[0] as Connection;
  };

  const list = async (allowed: Principal["locations"]): Promise<readonly Connection[]> => {
    const found = installations.all().filter(
      ({ location, status }) =>
        (allowed === "*" || allowed.includes(location)) &&
        // a town that is gone is nothing to be connected again
        !(isTown(location) && status === "uninstalled"),
    );
    const ids = found.map(({ location }) => location);
    const held = await database.transaction(ids, (sql) => readTokens(sql, ids));
    return found.map((one) =>
      connectionOf(one, {
        token: held.find(({ location }) => location === one.location),
        integration: installations.isIntegration(one.location),
        missing: missingScopes,
      }),
    );
  };

  const app = oauth && {
    chooser: (state: string) =>
      oauth.chooser({ state, redirectUri, scopes: [...Object.keys(SCOPES), ...Object.keys(COMPANY_SCOPES)] }),
    ...openCodes({
      ...{ oauth, redirectUri, seal: needs.seal, states, installations, connectCompany },
      connect: async (location, grant, by) => void (await connect(location, grant, by)),
      async nameOf(location, token) {
        const reply = await needs.tryToken(location, token);
        return reply.outcome === "done" ? reply.value.name || undefined : undefined;
      },
    }),
  };

  return {
    async token(location) {
      const isActive = () => installations.get(location)?.status === "active";
      // another process may have connected it a moment ago
      if (!isActive()) await catchUp();
      if (!isActive()) return undefined;
      return readable(location, async () => installations.token(location) ?? tokens?.access(holderOf(location)));
    },
    isKeyless: (location) =>
      tokens === undefined && installations.get(location)?.status === "active" && !installations.hasToken(location),
    async instead(location, refused) {
      if (installations.isIntegration(location)) return undefined; // there is one, for good
      return readable(location, async () => tokens?.instead(holderOf(location), refused));
    },
    look,
    async work() {
      const ours = () => [APP_LOCATION, ...installations.list().map(({ location }) => location)];
      await each([words.read, companies.refresh, connectCompanies, () => tokens?.renewDue(ours())], (part) => part());
    },
    installs: { states, ...(app === undefined ? {} : { app }) },
    connections: {
      ...{ app: app !== undefined, list, integrate },
      companies: () => companies.all().map(companyOf),
      async disconnect(location, by) {
        if (!installations.has(location)) return undefined;
        const parting = openParting(needs, location);
        // of two who disconnect it at once, one ends it and tells the CRM
        const ended = await remove(location, by, "disconnected", { first: parting.takeKey });
        return ended ? parting.tell() : undefined;
      },
    },
    close: async () => oauth?.close(),
  };
}
