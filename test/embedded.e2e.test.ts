// The embedded server's hazards, each on real processes (facts: a kill -9 of node leaves PostgreSQL running; a dead
// postmaster may stay a zombie; npm may have been told to run no install scripts; PostgreSQL refuses to run as root).

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findBinaries, repairLinks } from "../src/database/binaries.ts";
import { findServed, openEmbedded } from "../src/database/embedded.ts";
import { findPlace } from "../src/database/place.ts";
import { startOf } from "../src/database/process.ts";
import { openFacts } from "../src/kernel/facts.ts";
import { freePort } from "./ports.ts";

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const root = fileURLToPath(new URL("../", import.meta.url));
const cache = join(root, ".cache", `embedded-${process.pid}`);
const child = join(cache, "embedded-child.js");
const folders: string[] = [];
const running = new Set<ChildProcess>();

beforeAll(async () => {
  const bundle = await rolldown({
    input: join(root, "test/embedded-child.ts"),
    platform: "node",
    external: [/^[^./]/],
  });
  await bundle.write({ file: child, format: "esm" });
  await bundle.close();
});

afterAll(async () => {
  for (const process of running) await ended(process, "SIGTERM");
  for (const folder of [...folders, cache]) rmSync(folder, { recursive: true, force: true });
});

function folder(mode = 0o755): string {
  const made = mkdtempSync(join(tmpdir(), "latchkey-embedded-"));
  chmodSync(made, mode);
  folders.push(made);
  return made;
}

interface Answer {
  readonly url: string;
  readonly pid: number;
  readonly error?: string;
  readonly message?: string;
}

/** Starts a Latchkey-like process on `data` and waits for its line. */
async function start(
  data: string,
  { elsewhere, uid, serves = false }: { elsewhere?: string; uid?: number; serves?: boolean } = {},
) {
  const args = elsewhere === undefined ? [child, data] : [child, data, elsewhere];
  const as = uid === undefined ? {} : { uid, gid: uid };
  const node = spawn(process.execPath, args, {
    ...{ stdio: ["ignore", "pipe", "inherit"], ...as },
    ...(serves ? { env: { ...process.env, SERVES: "1" } } : {}),
  });
  running.add(node);
  const line = await new Promise<string>((resolve, reject) => {
    node.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString()));
    node.once("error", reject);
  });
  return { node, ...(JSON.parse(line) as Answer) };
}

async function ended(node: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  running.delete(node);
  if (node.exitCode !== null || node.signalCode !== null) return node.exitCode;
  const exit = new Promise<number | null>((resolve) => node.once("exit", resolve));
  node.kill(signal);
  return exit;
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

const clusterOf = (data: string) => join(data, "database", "cluster");

describe("the embedded server", () => {
  test("is made at the first start, durable, on loopback alone, with an ordinary login, and stops cleanly", async () => {
    const data = join(folder(), "new", "data");
    const { node, url, pid } = await start(data);
    const [row] = await query(
      url,
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
              current_setting('listen_addresses') as addresses, current_setting('shared_buffers') as buffers,
              rolsuper as super, rolcreaterole as roles, rolcreatedb as databases,
              (select pg_get_userbyid(datdba) from pg_database where datname = 'latchkey') as owner
         from pg_roles where rolname = current_user`,
    );
    expect(row).toEqual({
      fsync: "on",
      commit: "on",
      addresses: "127.0.0.1",
      buffers: "64MB",
      super: false,
      roles: true,
      databases: false,
      owner: "latchkey",
    });
    const password = statSync(join(data, "database.password"));
    expect(password.mode & 0o777).toBe(0o600);
    expect(await ended(node, "SIGTERM")).toBe(0);
    expect(startOf(pid)).toBeUndefined();
    expect(existsSync(join(clusterOf(data), "postmaster.pid"))).toBe(false);
  });

  test("refuses a wrong password", async () => {
    const { node, url } = await start(folder());
    await expect(query(url.replace(/:[0-9a-f]+@/, ":wrong@"), "select 1")).rejects.toMatchObject({ code: "28P01" });
    await ended(node, "SIGTERM");
  });

  test("left running by a kill -9 is stopped and started anew, with every committed row", async () => {
    const data = folder();
    const first = await start(data);
    await query(first.url, "create table kept (n int); insert into kept values (1)");
    await ended(first.node, "SIGKILL");
    expect(startOf(first.pid)).toBeDefined();
    const second = await start(data);
    expect(second.error).toBeUndefined();
    expect(startOf(first.pid)).toBeUndefined();
    expect(await query(second.url, "select n from kept")).toEqual([{ n: 1 }]);
    await ended(second.node, "SIGTERM");
  });

  test("starts after both it and Latchkey were killed with -9", async () => {
    const data = folder();
    const first = await start(data);
    await query(first.url, "create table kept (n int); insert into kept values (1)");
    await ended(first.node, "SIGKILL");
    process.kill(first.pid, "SIGKILL");
    const second = await start(data);
    expect(await query(second.url, "select n from kept")).toEqual([{ n: 1 }]);
    await ended(second.node, "SIGTERM");
  });

  test("starts over a postmaster.pid whose number names a zombie", async () => {
    const data = folder();
    await ended((await start(data)).node, "SIGTERM");
    // The shell becomes a sleep, which never asks how the shell's child ended; the child waits for that moment.
    const waits = '(while read -r name < /proc/$$/comm && [ "$name" != sleep ]; do sleep 0.1; done) &';
    const parent = spawn("/bin/sh", ["-c", `${waits} echo $!; exec sleep 600`], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const zombie = Number(
      await new Promise<string>((resolve) => parent.stdout.once("data", (text: Buffer) => resolve(text.toString()))),
    );
    await expect.poll(() => readFileSync(`/proc/${zombie}/stat`, "utf8")).toMatch(/\) Z /);
    writeFileSync(join(clusterOf(data), "postmaster.pid"), `${zombie}\n${clusterOf(data)}\n`);
    const again = await start(data);
    expect(again.error).toBeUndefined();
    await ended(again.node, "SIGTERM");
    await ended(parent, "SIGKILL");
  });

  test("starts over a postmaster.pid whose number belongs to somebody else by now, and leaves them alone", async () => {
    const data = folder();
    await ended((await start(data)).node, "SIGTERM");
    const stranger = spawn("/bin/sleep", ["600"], isRoot ? { uid: statSync(clusterOf(data)).uid } : {});
    writeFileSync(join(clusterOf(data), "postmaster.pid"), `${stranger.pid}\n${clusterOf(data)}\n`);
    const again = await start(data);
    expect(again.error).toBeUndefined();
    expect(startOf(stranger.pid!)).toBeDefined();
    await ended(again.node, "SIGTERM");
    await ended(stranger, "SIGKILL");
  });

  test("is refused to a second Latchkey on the same data folder, by name, and the first one does not notice", async () => {
    const data = folder();
    const first = await start(data);
    const second = await start(data);
    expect(second).toMatchObject({ error: "Conflict", message: expect.stringContaining(`process ${first.node.pid}`) });
    expect(second.message).toContain(data);
    expect(await query(first.url, "select 1 as n")).toEqual([{ n: 1 }]);
    await ended(first.node, "SIGTERM");
  });

  test("is given to one of two that start in the same instant", async () => {
    const data = folder();
    const both = await Promise.all([start(data), start(data)]);
    expect(both.filter((each) => each.error === undefined)).toHaveLength(1);
    for (const { node } of both) await ended(node, "SIGTERM");
  });

  test("comes back at the same address when it ends while we live", async () => {
    const { node, url, pid } = await start(folder());
    await query(url, "create table kept (n int); insert into kept values (1)");
    process.kill(pid, "SIGKILL");
    await expect
      .poll(() => query(url, "select n from kept").catch(() => "away"), { timeout: 60_000, interval: 50 })
      .toEqual([{ n: 1 }]);
    await ended(node, "SIGTERM");
  });

  test("takes another port where somebody has taken the one that it found", async () => {
    const stranger = createServer().listen(0, "127.0.0.1");
    await once(stranger, "listening");
    const { port: taken } = stranger.address() as AddressInfo;
    const free = await freePort();
    const found = [taken, free];
    const server = await openEmbedded({
      ...{ data: folder(), facts: openFacts() },
      findPort: async () => found.shift() as number,
    });
    expect(new URL(server.url).port).toBe(String(free));
    expect(await query(server.url, "select 1 as n")).toEqual([{ n: 1 }]);
    await server.close();
    stranger.close();
  });

  test("whose making was interrupted is made anew", async () => {
    const data = folder();
    mkdirSync(`${clusterOf(data)}.new`, { recursive: true });
    writeFileSync(join(`${clusterOf(data)}.new`, "PG_VERSION"), "18\n");
    const { node, error } = await start(data);
    expect(error).toBeUndefined();
    await ended(node, "SIGTERM");
  });

  test("whose password file was lost gets a new password", async () => {
    const data = folder();
    await ended((await start(data)).node, "SIGTERM");
    rmSync(join(data, "database.password"));
    const { node, error } = await start(data);
    expect(error).toBeUndefined();
    await ended(node, "SIGTERM");
  });
});

describe("the binaries", () => {
  test("get their library links back when npm ran no install script", () => {
    const copy = folder();
    const { folder: native, version } = findBinaries();
    cpSync(native, join(copy, "native"), { recursive: true, verbatimSymlinks: true });
    const links = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as { target: string }[];
    for (const { target } of links) rmSync(join(copy, target), { force: true });
    const initdb = () =>
      execFileSync(join(copy, "native/bin/initdb"), ["--version"], { encoding: "utf8", stdio: "pipe" });
    const postgres = () =>
      execFileSync(join(copy, "native/bin/postgres"), ["--version"], { encoding: "utf8", stdio: "pipe" });
    expect(postgres).toThrow();
    repairLinks({ folder: join(copy, "native"), version });
    expect([initdb(), postgres()].join()).toContain("PostgreSQL");
  });
});

describe.runIf(isRoot)("as root", () => {
  test("the server runs as somebody else", async () => {
    const { node, pid } = await start(folder());
    expect(statSync(`/proc/${pid}`).uid).not.toBe(0);
    await ended(node, "SIGTERM");
  });

  test("in a 0700 home, cluster and binaries live elsewhere, and the data folder names the place", async () => {
    const [home, elsewhere] = [folder(0o700), folder()];
    const data = join(home, "checkout", ".latchkey");
    const { node, error } = await start(data, { elsewhere });
    expect(error).toBeUndefined();
    const place = readFileSync(join(data, "database.place"), "utf8").trim();
    expect(place.startsWith(elsewhere)).toBe(true);
    expect(existsSync(join(place, "cluster", "PG_VERSION"))).toBe(true);
    await ended(node, "SIGTERM");
    const again = await start(data, { elsewhere });
    expect(again.error).toBeUndefined();
    await ended(again.node, "SIGTERM");
  });

  test("binaries in a 0700 home are copied to where the server's user can run them", () => {
    const [home, elsewhere] = [folder(0o700), folder()];
    const { folder: native, version } = findBinaries();
    cpSync(native, join(home, "native"), { recursive: true, verbatimSymlinks: true });
    const { binaries, user } = findPlace(home, { folder: join(home, "native"), version }, elsewhere);
    expect(binaries.folder.startsWith(elsewhere)).toBe(true);
    const said = execFileSync(join(binaries.folder, "bin/postgres"), ["--version"], {
      encoding: "utf8",
      cwd: "/",
      uid: user!.uid,
      gid: user!.gid,
    });
    expect(said).toContain("PostgreSQL");
  });

  test("an ordinary user's Latchkey works as well, and its cluster stays theirs when root starts it", async () => {
    const data = folder();
    chownSync(data, NOBODY, NOBODY);
    const first = await start(data, { uid: NOBODY });
    expect(first.error).toBeUndefined();
    expect(statSync(`/proc/${first.pid}`).uid).toBe(NOBODY);
    await ended(first.node, "SIGTERM");
    const second = await start(data);
    expect(second.error).toBeUndefined();
    expect(statSync(`/proc/${second.pid}`).uid).toBe(NOBODY);
    await ended(second.node, "SIGTERM");
  });
});

describe("a command beside the embedded server", () => {
  test("joins the one that stays, and nobody once that has ended, however it ended", async () => {
    const data = folder();
    expect(findServed(data)).toBeUndefined();
    const { node, url } = await start(data, { serves: true });
    expect(findServed(data)).toBe(url);
    expect(await query(url, "select 1 as one")).toEqual([{ one: 1 }]);
    await ended(node, "SIGKILL");
    expect(findServed(data)).toBeUndefined();
    const again = await start(data, { serves: true });
    expect(findServed(data)).toBe(again.url);
    await ended(again.node, "SIGTERM");
    expect(findServed(data)).toBeUndefined();
  });

  test("does not join another command, whose server ends with it", async () => {
    const data = folder();
    const { node } = await start(data);
    expect(findServed(data)).toBeUndefined();
    await ended(node, "SIGTERM");
  });
});
