// The installed locations, held in memory: ingest asks for each webhook whether we work for its location.

import { randomBytes } from "node:crypto";
import type { Database } from "../kernel/sql.ts";
import type { Clock, Millis } from "../kernel/time.ts";
import type { Installation } from "./installation.ts";
import type { Seal } from "./seal.ts";
import {
  type InstallationRow,
  insertAudit,
  readInstallations,
  setInstallationStatus,
  upsertInstallation,
} from "./store.ts";

export interface Installations {
  /** Known and active, as of the last refresh. */
  has(location: string): boolean;
  get(location: string): Installation | undefined;
  /** The active ones, by id. */
  list(): readonly Installation[];
  /** What an unsigned workflow webhook of the location must show. @throws InvalidInput when the secret has changed */
  workflowSecret(location: string): string | undefined;
  /** The stored token. @throws InvalidInput when the secret has changed */
  token(location: string): string | undefined;
  /** Installs, or makes active again. Repeating it changes nothing. */
  install(request: InstallRequest): Promise<Installation>;
  uninstall(location: string, by: string): Promise<void>;
  /** @throws Unavailable when the database is away; what was known stays known */
  refresh(): Promise<void>;
  /** Refreshes now and then, so that what another process installed is seen; returns how to stop. */
  follow(every: Millis): () => void;
}

export interface InstallRequest {
  readonly location: string;
  readonly by: string;
  readonly name?: string;
  /** IANA id. */
  readonly timeZone?: string;
  readonly token?: string;
}

interface Needs {
  readonly database: Database;
  readonly seal: Seal;
  readonly clock: Clock;
}

export async function openInstallations({ database, seal, clock }: Needs): Promise<Installations> {
  let rows: ReadonlyMap<string, InstallationRow> = new Map();
  const remember = (row: InstallationRow) => {
    rows = new Map(rows).set(row.location, row);
  };
  const active = (location: string) => {
    const row = rows.get(location);
    return row?.status === "active" ? row : undefined;
  };
  const refresh = async () => {
    // Installations span locations: tenancy alone may ask for all of them.
    const all = await database.transaction("*", readInstallations);
    rows = new Map(all.map((row) => [row.location, row]));
  };
  await refresh();

  return {
    has: (location) => active(location) !== undefined,
    get: (location) => {
      const row = rows.get(location);
      return row === undefined ? undefined : installationOf(row);
    },
    list: () => [...rows.values()].filter(({ status }) => status === "active").map(installationOf),
    workflowSecret: (location) => {
      const row = active(location);
      return row === undefined ? undefined : seal.open(row.workflowSecret, `${location}/workflow`);
    },
    token: (location) => {
      const sealed = active(location)?.token;
      return sealed ? seal.open(sealed, `${location}/token`) : undefined;
    },
    async install({ location, by, name, timeZone, token }) {
      const now = clock.now();
      const before = active(location);
      const row = await database.transaction([location], async (sql) => {
        const saved = await upsertInstallation(sql, {
          location,
          installedAt: now,
          name: name ?? null,
          timeZone: timeZone ?? null,
          seed: randomBytes(16).toString("hex"),
          workflowSecret: seal.seal(randomBytes(24).toString("base64url"), `${location}/workflow`),
          token: token === undefined ? null : seal.seal(token, `${location}/token`),
        });
        if (saved.fresh || before === undefined)
          await insertAudit(sql, { location, at: now, who: by, act: "install", subject: location });
        return saved;
      });
      remember(row);
      return installationOf(row);
    },
    async uninstall(location, by) {
      await database.transaction([location], async (sql) => {
        if (await setInstallationStatus(sql, location, "uninstalled"))
          await insertAudit(sql, { location, at: clock.now(), who: by, act: "uninstall", subject: location });
      });
      const row = rows.get(location);
      if (row !== undefined) remember({ ...row, status: "uninstalled" });
    },
    refresh,
    follow(every) {
      const timer = setInterval(() => {
        refresh().catch(() => undefined); // the database is away: what was known stays known until the next time
      }, every);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}

function installationOf(row: InstallationRow): Installation {
  return {
    location: row.location,
    status: row.status,
    installedAt: row.installedAt,
    ...(row.name === null ? {} : { name: row.name }),
    timeZone: row.timeZone,
    seed: row.seed,
    settings: row.settings,
  };
}
