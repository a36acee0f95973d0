// A location's own web site: which origins its pages come from, and the key that stands in them. In the settings of its
// installation. The key is for everybody to read: it opens nothing but the tracker's door, from those origins.

import { randomBytes } from "node:crypto";
import { InvalidInput } from "../kernel/errors.ts";
import type { Database } from "../kernel/sql.ts";
import type { Clock } from "../kernel/time.ts";
import type { Installation } from "./installation.ts";
import type { Installations } from "./installations.ts";
import { insertAudit } from "./store.ts";

export interface SiteSettings {
  /** Absent until a first origin is let in. */
  readonly key?: string;
  readonly origins: readonly string[];
}

export interface Sites {
  read(location: string): Promise<SiteSettings>;
  /** Lets an origin send; the first one makes the key. @throws InvalidInput on what is no origin */
  allow(location: string, origin: string, by: string): Promise<SiteSettings>;
  /** False where it was not there. */
  forbid(location: string, origin: string, by: string): Promise<boolean>;
  /** Where the team can be written to, for the foot of its marketing e-mails. @throws InvalidInput on what is too short or too long */
  setPostal(location: string, address: string, by: string): Promise<void>;
  /** A new key: pages with the old one are no longer heard. */
  renew(location: string, by: string): Promise<SiteSettings>;
}

/** One line for the head of every page. */
export const trackerLine = (url: string, { key }: SiteSettings): string | undefined =>
  key === undefined ? undefined : `<script async src="${url}/track.js" data-site="${key}"></script>`;

const MOST_ORIGINS = 50;
const newKey = (): string => `site_${randomBytes(12).toString("base64url")}`;

/** @throws InvalidInput */
export function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const local = url?.hostname === "localhost" || url?.hostname === "127.0.0.1";
  if (url === undefined || (url.protocol !== "https:" && !(local && url.protocol === "http:")) || url.pathname !== "/")
    throw new InvalidInput(`"${text}" is not an origin: expected https://www.example.com, without a path.`);
  return url.origin;
}

export const siteSettings = ({ settings }: Pick<Installation, "settings">): SiteSettings => ({
  origins: [],
  ...(settings["site"] as Partial<SiteSettings> | undefined),
});

export function openSites({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
}): Sites {
  const change = (
    location: string,
    by: string,
    act: string,
    subject: string,
    to: (now: SiteSettings) => SiteSettings,
  ) =>
    database.transaction([location], async (sql) => {
      const { rows } = await sql.query<{ site: Partial<SiteSettings> | null }>(
        "select settings -> 'site' as site from installation where location_id = $1 for update",
        [location],
      );
      const before: SiteSettings = { origins: [], ...rows[0]?.site };
      const after = to(before);
      if (after === before) return { before, after };
      await sql.query(
        "update installation set settings = settings || jsonb_build_object('site', $2::jsonb) where location_id = $1",
        [location, JSON.stringify(after)],
      );
      await insertAudit(sql, { location, at: clock.now(), who: by, act, subject });
      return { before, after };
    });
  return {
    read: async (location) =>
      database.transaction([location], async (sql) => {
        const { rows } = await sql.query<{ site: Partial<SiteSettings> | null }>(
          "select settings -> 'site' as site from installation where location_id = $1",
          [location],
        );
        return { origins: [], ...rows[0]?.site };
      }),
    async allow(location, given, by) {
      const origin = originOf(given);
      const { after } = await change(location, by, "site_allowed", origin, (now) => {
        if (now.key !== undefined && now.origins.includes(origin)) return now;
        if (now.origins.length >= MOST_ORIGINS) throw new InvalidInput(`A site has at most ${MOST_ORIGINS} origins.`);
        return { key: now.key ?? newKey(), origins: [...new Set([...now.origins, origin])] };
      });
      return after;
    },
    async forbid(location, given, by) {
      const origin = originOf(given);
      const { before, after } = await change(location, by, "site_forbidden", origin, (now) =>
        now.origins.includes(origin) ? { ...now, origins: now.origins.filter((one) => one !== origin) } : now,
      );
      return before !== after;
    },
    async setPostal(location, given, by) {
      const address = given.trim().replace(/\s*\n\s*/g, "\n");
      if (address.length < 10 || address.length > 300)
        throw new InvalidInput("Expected a postal address of 10 to 300 letters: name, street, city, state, ZIP.");
      await database.transaction([location], async (sql) => {
        await sql.query(
          "update installation set settings = settings || jsonb_build_object('postal', $2::text) where location_id = $1",
          [location, address],
        );
        await insertAudit(sql, { location, at: clock.now(), who: by, act: "postal_set", subject: location });
      });
    },
    async renew(location, by) {
      const { after } = await change(location, by, "site_key_renewed", location, (now) => ({ ...now, key: newKey() }));
      return after;
    },
  };
}

/** Finds a site by its key, among the installed locations as they are held in memory. */
export function siteFinder(installations: Pick<Installations, "list">) {
  return (key: string): { readonly location: string; readonly origins: readonly string[] } | undefined => {
    for (const installation of installations.list()) {
      const { key: own, origins } = siteSettings(installation);
      if (own === key) return { location: installation.location, origins };
    }
    return undefined;
  };
}
