// The embedded PostgreSQL: our own supervisor around the binaries that npm installed. Survives a kill -9 of either
// side, a postmaster that became a zombie, a stale postmaster.pid, missing library links, and being started as root.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { Unavailable } from "../kernel/errors.ts";
import type { Facts } from "../kernel/facts.ts";
import { findBinaries } from "./binaries.ts";
import { type FolderLock, isServed, lockFolder, type Patience } from "./lock.ts";
import { endOrphan } from "./orphan.ts";
import { CLUSTER, findPlace, madeAt, type Place } from "./place.ts";
import { gone, signal } from "./process.ts";

export interface EmbeddedOptions {
  /** The data folder; made when missing. */
  readonly data: string;
  readonly facts: Facts;
  /** It is to stay, and commands may join it. Default: a command, which has the folder for itself. */
  readonly serves?: boolean;
  /** For a command that has the folder. Default: it is not waited for. */
  readonly patience?: Patience;
  /** Tests clone databases; Latchkey itself never does. */
  readonly mayCreateDatabases?: boolean;
  /** Where things go that the unprivileged user cannot reach in place. Default /var/lib/latchkey. */
  readonly elsewhere?: string;
  /** A port of 127.0.0.1 that nobody listens on now. */
  readonly findPort?: () => Promise<number>;
}

export interface Embedded {
  /** Stays the same while we live, restarts of the server included. */
  readonly url: string;
  /** The postmaster's process id, for those who want to watch it. */
  pid(): number | undefined;
  /** Stops the server: open transactions are rolled back, everything committed is on disk. */
  close(): Promise<void>;
}

const PASSWORD = "database.password";
/** Of `postmaster.pid`, counted from 0: pid, cluster, start, port. */
const PORT_LINE = 3;
const READY_MS = 60_000; // redo after a crash can take a while
const STOP_MS = 15_000;
const RESTART_MS = [100, 500, 2_000, 5_000];
const MOST_PORTS = 5;
/** As PostgreSQL says it, in the language that it is started with. */
const TAKEN = /Address already in use/;

/** Given on the command line at every start, so that no file in the cluster can say otherwise. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "on",
  synchronous_commit: "on",
  shared_buffers: "64MB",
  max_connections: "100",
  wal_level: "minimal",
  max_wal_senders: "0",
  jit: "off",
  timezone: "UTC",
  // Statements and details of errors hold what leads wrote; the log is for the server's own life.
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_checkpoints: "off",
  log_error_verbosity: "terse",
};

/**
 * Starts the embedded server, making its cluster at the first start.
 *
 * @throws Conflict when another Latchkey holds the data folder, or a command does and does not end in time
 * @throws Unavailable when the server cannot be started here; says what to do
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  mkdirSync(options.data, { recursive: true });
  const place = findPlace(options.data, findBinaries(), options.elsewhere);
  const lock = await lockFolder(place.folder, `The data folder ${options.data}`, options.patience);
  try {
    return await openLocked(options, place, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Where the embedded server of a Latchkey that runs on this data folder listens; undefined where none runs here, or it has
 * not come up. Who may read the folder's password may join.
 */
export function findServed(data: string): string | undefined {
  const folder = madeAt(data);
  if (!isServed(folder)) return undefined;
  try {
    const port = readFileSync(join(folder, CLUSTER, "postmaster.pid"), "utf8").split("\n")[PORT_LINE];
    return urlAt(readFileSync(join(data, PASSWORD), "utf8").trim(), Number(port));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined; // it is ending
    throw error;
  }
}

const urlAt = (password: string, port: number): string =>
  `postgresql://latchkey:${password}@127.0.0.1:${port}/latchkey`;

async function openLocked(options: EmbeddedOptions, place: Place, lock: FolderLock): Promise<Embedded> {
  const cluster = join(place.folder, CLUSTER);
  await endOrphan(cluster);
  const password = await makeReady(options, place, cluster);
  const { server: first, port, url } = await startSomewhere(options, place, cluster, password);
  let server = first;
  let closing = false;
  let restarting: Promise<void> | undefined;

  const watch = () => {
    server.once("exit", (code, by) => {
      if (closing) return;
      options.facts.emit("database_lost", { reason: `the embedded PostgreSQL ended (${by ?? `exit ${code}`})` });
      restarting = restart();
    });
  };
  const restart = async () => {
    for (let attempt = 0; !closing; attempt++) {
      try {
        await endOrphan(cluster);
        server = await startServer(place, cluster, port, url);
        watch();
        return;
      } catch (error) {
        options.facts.emit("database_lost", { reason: (error as Error).message });
        await new Promise((resolve) => setTimeout(resolve, RESTART_MS[Math.min(attempt, RESTART_MS.length - 1)]));
      }
    }
  };
  watch();
  if (options.serves === true) lock.serve();

  return {
    url,
    pid: () => server.pid,
    async close() {
      if (closing) return;
      closing = true;
      await restarting;
      await stopServer(server);
      lock.release();
    },
  };
}

/** Makes the cluster and the login role where they are missing; answers the login role's password. */
async function makeReady(options: EmbeddedOptions, place: Place, cluster: string): Promise<string> {
  const file = join(options.data, PASSWORD);
  if (existsSync(cluster) && existsSync(file)) return readFileSync(file, "utf8").trim();

  const password = randomBytes(24).toString("hex");
  if (existsSync(cluster)) {
    // The file was lost: the cluster is ours, so it gets a new password.
    await bootstrap(place, cluster, [`alter role latchkey password '${password}'`]);
  } else {
    const draft = `${cluster}.new`; // renamed when whole, so that a kill in between leaves nothing half made
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { mode: 0o700 });
    if (place.user) chownSync(draft, place.user.uid, place.user.gid);
    await makeCluster(place, draft);
    const rights = `login nosuperuser createrole ${options.mayCreateDatabases ? "createdb" : "nocreatedb"}`;
    await bootstrap(place, draft, [
      `create role latchkey ${rights} password '${password}'`,
      "create database latchkey owner latchkey",
    ]);
    renameSync(draft, cluster);
  }
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return password;
}

async function makeCluster(place: Place, folder: string): Promise<void> {
  const superuser = join(folder, "..", "superuser.password"); // initdb insists on one; nobody ever uses or keeps it
  writeFileSync(superuser, randomBytes(24).toString("hex"), { mode: 0o600 });
  if (place.user) chownSync(superuser, place.user.uid, place.user.gid);
  try {
    const initdb = ["-D", folder, "-U", "postgres", `--pwfile=${superuser}`, "-A", "scram-sha-256", "-E", "UTF8"];
    await run(place, "initdb", [...initdb, "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]);
  } finally {
    rmSync(superuser, { force: true });
  }
}

/** Runs statements in single-user mode, which needs neither a port nor a superuser's password. */
async function bootstrap(place: Place, cluster: string, statements: readonly string[]): Promise<void> {
  await run(place, "postgres", ["--single", "-D", cluster, "postgres"], `${statements.join(";\n")};\n`);
}

function run(place: Place, program: string, args: readonly string[], input?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { ...asUser(place), cwd: "/", encoding: "utf8" as const };
    const child = execFile(join(place.binaries.folder, "bin", program), args, options, (error, _out, said) => {
      // Single-user mode ends with 0 whatever happened to the statements.
      const fault = said.split("\n").find((line) => /(ERROR|FATAL|PANIC|error):/.test(line));
      if (error === null && fault === undefined) return resolve();
      const why = fault ?? said.trim().split("\n").at(-1) ?? error?.message;
      reject(
        new Unavailable(`The embedded PostgreSQL could not be prepared: ${program} said “${why}”`, undefined, {
          cause: error,
        }),
      );
    });
    child.stdin?.on("error", () => undefined); // it ended before it read: the exit tells
    child.stdin?.end(input ?? "");
  });
}

/** Between the look for a port and the server's own, somebody else may take it: another is looked for. */
async function startSomewhere(
  { findPort = freePort }: EmbeddedOptions,
  place: Place,
  cluster: string,
  password: string,
): Promise<{ server: ChildProcess; port: number; url: string }> {
  for (let tries = 1; ; tries += 1) {
    const port = await findPort();
    const url = urlAt(password, port);
    try {
      return { server: await startServer(place, cluster, port, url), port, url };
    } catch (error) {
      if (tries === MOST_PORTS || !TAKEN.test((error as Error).message)) throw error;
    }
  }
}

async function startServer(place: Place, cluster: string, port: number, url: string): Promise<ChildProcess> {
  const log = openSync(join(place.folder, "postgres.log"), "w");
  const settings = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  const server = spawn(join(place.binaries.folder, "bin", "postgres"), ["-D", cluster, ...settings], {
    ...asUser(place),
    cwd: "/",
    stdio: ["ignore", log, log],
    detached: true, // Ctrl-C goes to the whole process group; ours is drained first, and then stops the server
  });
  closeSync(log);
  server.once("error", () => undefined); // told by `exited` below
  const exited = new Promise<void>((resolve) => server.once("exit", () => resolve()).once("error", () => resolve()));
  try {
    await answering(url, exited, server);
  } catch (cause) {
    await stopServer(server);
    const said = readFileSync(join(place.folder, "postgres.log"), "utf8").trim().split("\n").slice(-4).join(" | ");
    throw new Unavailable(`The embedded PostgreSQL did not start: ${said || (cause as Error).message}`, undefined, {
      cause,
    });
  }
  return server;
}

async function answering(url: string, exited: Promise<void>, server: ChildProcess): Promise<void> {
  const until = performance.now() + READY_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on("error", () => undefined);
    const refused = await client.connect().then(
      () => undefined,
      (error: Error) => error,
    );
    await client.end().catch(() => undefined);
    if (refused === undefined) return;
    const over = server.exitCode !== null || server.signalCode !== null || server.pid === undefined;
    if (over || performance.now() > until) throw refused;
    await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, 15))]);
  }
}

/** SIGINT is PostgreSQL's fast shutdown: sessions end, a checkpoint is written. */
async function stopServer(server: ChildProcess): Promise<void> {
  const { pid } = server;
  if (pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  for (const [name, withinMs] of [
    ["SIGINT", STOP_MS],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 5_000],
  ] as const) {
    signal(pid, name);
    if (await gone([pid], withinMs)) return;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

/** The server gets an environment of its own: a stray PGDATA or PGPORT must not reach it. */
function asUser({ user }: Place): { env: NodeJS.ProcessEnv; uid?: number; gid?: number } {
  const env = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
  return user === undefined ? { env } : { env, uid: user.uid, gid: user.gid };
}
