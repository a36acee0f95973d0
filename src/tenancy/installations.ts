// The installed locations, held in memory: ingest asks for each webhook whether we work for its location.

import { randomBytes } from "node:crypto";
import type { JsonObject } from "../kernel/json.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import { type Clock, type Instant, type Millis, SECOND } from "../kernel/time.ts";
import type { Installation, Standing, StatusWhy } from "./installation.ts";
import type { Seal } from "./seal.ts";
import {
  confirmInstallation,
  type InstallationRow,
  insertAudit,
  isIntegrated,
  lockInstallation,
  readInstallations,
  renameInstallation,
  setInstallationStatus,
  standingOf,
  upsertInstallation,
} from "./store.ts";

export interface Installations {
  /** Whether we work for it, as of the last refresh; also while it must be connected again. */
  has(location: string): boolean;
  /**
   * Whether we work for it now. One that is not known is looked for in the database, so that what another process has
   * just installed is known here: all who ask share one reading a second, however many they are and whatever they name.
   *
   * @throws Unavailable when the database is away
   */
  knows(location: string): Promise<boolean>;
  get(location: string): Installation | undefined;
  /** Those we work for, by id. */
  list(): readonly Installation[];
  /** Those we once worked for too. */
  all(): readonly Installation[];
  /** What an unsigned workflow webhook of the location must show. @throws InvalidInput when the secret has changed */
  workflowSecret(location: string): string | undefined;
  /** Whether it has the token of a private integration. */
  isIntegration(location: string): boolean;
  /** That token. @throws InvalidInput when the secret has changed */
  token(location: string): string | undefined;
  /** Whether it has one. */
  hasToken(location: string): boolean;
  /** Installs, or makes active again. Repeating it changes nothing. */
  install(request: InstallRequest): Promise<Installation>;
  /** The same where it stands as expected, in the database itself; else nothing is done, and the answer is false. */
  installWhere(only: Expected, request: InstallRequest): Promise<boolean>;
  /** Answers whether it stood otherwise until now: of several at once, one ends it. */
  uninstall(location: string, by: string, ended?: Ended): Promise<boolean>;
  /** It stands as it does at least since then. Answers whether it stood as expected. */
  confirm(only: Expected, location: string, at: Instant): Promise<boolean>;
  /**
   * Nothing is sent for it until it is connected again. In the caller's transaction; `changed` shows it. Nothing is done
   * where it is ended, has the token of a private integration, or stands otherwise than expected, which is asked with its
   * row locked.
   */
  park(
    sql: Sql,
    location: string,
    why: StatusWhy,
    only: (stands: Standing | undefined) => boolean | Promise<boolean>,
  ): Promise<boolean>;
  /** What the CRM calls it now. Answers whether that was news. */
  rename(location: string, said: { name?: string | undefined; timeZone?: string | undefined }): Promise<boolean>;
  /**
   * Reads all anew. Who asks while they are read waits for the next reading: this one may have begun before what is
   * asked about.
   *
   * @throws Unavailable when the database is away; what was known stays known
   */
  refresh(): Promise<void>;
  /** Something of it was written by somebody else than these methods: it is read anew, and other processes are told. */
  changed(location: string): Promise<void>;
  /** Refreshes now and then, so that what another process installed is seen; returns how to stop. */
  follow(every: Millis): () => void;
}

/** Whether it stands as what was decided about it took for granted; undefined: there is none. */
export type Expected = (stands: Standing | undefined) => boolean;

export interface InstallRequest {
  readonly location: string;
  readonly by: string;
  readonly name?: string;
  /** IANA id. */
  readonly timeZone?: string;
  /** Of a private integration. */
  readonly token?: string;
  /** The company that let us in. */
  readonly company?: string;
  /** Not active yet: it waits for its token. */
  readonly waits?: StatusWhy;
  /** When the CRM says that it was; left out, now. */
  readonly at?: Instant;
  /** A person connected it: what the CRM said of it before is over, also where it stood so already. */
  readonly anew?: boolean;
  /** Another way in takes the place of a stored token, and stands anew. */
  readonly dropToken?: boolean;
  /** In the same transaction: what else the install brings. Told how it stood. */
  readonly also?: (sql: Sql, stood: Standing | undefined) => Promise<void>;
}

export interface Ended {
  readonly why: StatusWhy;
  /** When the CRM says that it was. */
  readonly at?: Instant;
  /** Otherwise nothing ends. */
  readonly only?: Expected;
  /** In the same transaction: what else ends. Answers what the audit says beside. */
  readonly also?: (sql: Sql) => Promise<JsonObject | undefined>;
}

interface Needs {
  readonly database: Database;
  readonly seal: Seal;
  readonly clock: Clock;
  /** Tells other processes that a location is not what it was: they `refresh`. */
  readonly tell?: (location: string) => void;
  /** Between readings for those who name what is not known. */
  readonly apart?: Millis;
}

export const workflowPlace = (location: string): string => `${location}/workflow`;
export const integrationPlace = (location: string): string => `${location}/token`;

/** Sealed. */
export const newWorkflowSecret = (seal: Seal, location: string): string =>
  seal.seal(randomBytes(24).toString("base64url"), workflowPlace(location));

export async function openInstallations({
  database,
  seal,
  clock,
  tell = () => undefined,
  apart = SECOND,
}: Needs): Promise<Installations> {
  let rows: ReadonlyMap<string, InstallationRow> = new Map();
  let remembered = 0;
  const remember = (row: InstallationRow) => {
    remembered += 1;
    rows = new Map(rows).set(row.location, row);
  };
  const installed = (location: string) => {
    const row = rows.get(location);
    return row === undefined || row.status === "uninstalled" ? undefined : row;
  };
  let reading: Promise<unknown> = Promise.resolve();
  let next: Promise<void> | undefined;
  const refresh = (): Promise<void> => {
    next ??= reading.then(() => {
      next = undefined;
      const read = readAll();
      reading = read.catch(() => undefined);
      return read;
    });
    return next;
  };
  const readAll = async () => {
    for (;;) {
      const before = remembered;
      // Installations span locations: tenancy alone may ask for all of them.
      const all = await database.transaction("*", readInstallations);
      // what was committed here meanwhile is newer than what was read
      if (before !== remembered) continue;
      rows = new Map(all.map((row) => [row.location, row]));
      return;
    }
  };
  await refresh();

  const changed = async (location: string) => {
    tell(location);
    await refresh();
  };

  const install = async (
    { location, by, name, timeZone, token, company, waits, at, anew, dropToken, also }: InstallRequest,
    only: Expected,
  ): Promise<Installation | undefined> => {
    const now = clock.now();
    const row = await database.transaction([location], async (sql) => {
      const stood = await lockInstallation(sql, location);
      if (!only(stood)) return undefined;
      const saved = await upsertInstallation(sql, {
        location,
        status: waits === undefined ? "active" : "reconnect",
        statusWhy: waits ?? null,
        installedAt: now,
        at: at ?? now,
        company: company ?? null,
        name: name ?? null,
        timeZone: timeZone ?? null,
        seed: randomBytes(16).toString("hex"),
        workflowSecret: newWorkflowSecret(seal, location),
        token: token === undefined ? null : seal.seal(token, integrationPlace(location)),
        anew: anew === true || dropToken === true,
        dropToken: dropToken === true,
      });
      await also?.(sql, stood);
      if (saved.changed) await insertAudit(sql, { location, at: now, who: by, act: "install", subject: location });
      return saved;
    });
    if (row === undefined) {
      await refresh();
      return undefined;
    }
    remember(row);
    tell(location);
    return installationOf(row);
  };

  let lookedAt = Number.NEGATIVE_INFINITY;
  let look: Promise<void> | undefined;
  const untilNext = async () => {
    const wait = lookedAt + apart - clock.elapsed();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  };
  const lookAgain = (): Promise<void> => {
    look ??= untilNext().then(() => {
      look = undefined; // who asks from now on waits for the reading after this one
      lookedAt = clock.elapsed();
      return refresh();
    });
    return look;
  };

  return {
    has: (location) => installed(location) !== undefined,
    async knows(location) {
      if (installed(location) === undefined) await lookAgain();
      return installed(location) !== undefined;
    },
    get: (location) => {
      const row = rows.get(location);
      return row === undefined ? undefined : installationOf(row);
    },
    list: () => [...rows.values()].filter(({ status }) => status !== "uninstalled").map(installationOf),
    all: () => [...rows.values()].map(installationOf),
    workflowSecret: (location) => {
      const row = installed(location);
      return row === undefined ? undefined : seal.open(row.workflowSecret, workflowPlace(location));
    },
    isIntegration: (location) => {
      const row = rows.get(location);
      return row?.status === "active" && row.token !== null;
    },
    token: (location) => {
      const row = rows.get(location);
      const sealed = row?.status === "active" ? row.token : undefined;
      return sealed ? seal.open(sealed, integrationPlace(location)) : undefined;
    },
    hasToken: (location) => Boolean(rows.get(location)?.token),
    async install(request) {
      return (await install(request, () => true)) as Installation;
    },
    async installWhere(only, request) {
      return (await install(request, only)) !== undefined;
    },
    async uninstall(location, by, ended) {
      const now = clock.now();
      const why = ended?.why ?? "disconnected";
      const isNews = await database.transaction([location], async (sql) => {
        if (ended?.only !== undefined && !ended.only(await lockInstallation(sql, location))) return false;
        const standing = { status: "uninstalled", why, at: ended?.at ?? now } as const;
        if (!(await setInstallationStatus(sql, location, standing))) return false;
        const data = (await ended?.also?.(sql)) ?? {};
        await insertAudit(sql, { location, at: now, who: by, act: "uninstall", subject: location, data });
        return true;
      });
      const row = rows.get(location);
      if (!isNews) await refresh();
      else if (row !== undefined)
        remember({ ...row, status: "uninstalled", statusWhy: why, statusAt: ended?.at ?? now, token: null });
      if (isNews) tell(location);
      return isNews;
    },
    async confirm(only, location, at) {
      return database.transaction([location], async (sql) => {
        if (!only(await lockInstallation(sql, location))) return false;
        await confirmInstallation(sql, location, at);
        const row = rows.get(location);
        if (row !== undefined) remember({ ...row, statusAt: Math.max(row.statusAt, at) });
        return true;
      });
    },
    async park(sql, location, why, only) {
      const stands = await lockInstallation(sql, location);
      if (stands?.status === "uninstalled" || !(await only(stands))) return false;
      // a private integration's token opens it whatever became of the app's
      if (await isIntegrated(sql, location)) return false;
      const now = clock.now();
      if (!(await setInstallationStatus(sql, location, { status: "reconnect", why, at: now }))) return true;
      const entry = { location, at: now, who: "Latchkey", act: "reconnect", subject: location, data: { why } };
      await insertAudit(sql, entry);
      return true;
    },
    async rename(location, { name, timeZone }) {
      const news = await database.transaction([location], (sql) =>
        renameInstallation(sql, location, { name, timeZone }),
      );
      if (news) await changed(location);
      return news;
    },
    refresh,
    changed,
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
    ...standingOf(row),
    installedAt: row.installedAt,
    ...(row.company === null ? {} : { company: row.company }),
    ...(row.name === null ? {} : { name: row.name }),
    timeZone: row.timeZone,
    seed: row.seed,
    settings: row.settings,
  };
}
