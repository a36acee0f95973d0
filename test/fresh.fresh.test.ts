// What a stranger does first, on copies of what git tracks: npm ci, npm start, stop it, kill it, start it again.
// Needs root (it makes a user) and several minutes, so it runs in CI alone.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePort } from "./ports.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const possible = process.env["CI"] === "true" && process.getuid?.() === 0;
if (!possible) console.log("Left out: the fresh checkouts (they need CI=true and root).");

/** What is promised. */
const READY_MS = 60_000;
/** For what is not: a busy machine is no fault of the code's. */
const PATIENCE = 180_000;
const USER = "latchkey-fresh";

interface Stranger {
  readonly who: string;
  readonly user?: string;
  /** Of the folder above the checkout. */
  readonly mode: number;
  /** The whole of npm test: the root's checkout has it from .ci/run. */
  readonly tested?: boolean;
}

const STRANGERS: readonly Stranger[] = [
  { who: "root", mode: 0o755 },
  { who: "root in a home of mode 0700", mode: 0o700 },
  { who: "an ordinary user", user: USER, mode: 0o700, tested: true },
];

describe.skipIf(!possible).each(STRANGERS)("a fresh checkout of $who", ({ user, mode, tested }) => {
  let home: string;
  let checkout: string;
  let env: NodeJS.ProcessEnv;
  const started: ChildProcess[] = [];

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "latchkey-fresh-"));
    checkout = join(home, "latchkey");
    mkdirSync(checkout);
    execFileSync("bash", ["-c", 'git archive HEAD | tar -x -C "$1"', "-", checkout], { cwd: root });
    if (user !== undefined) {
      if (!readFileSync("/etc/passwd", "utf8").includes(`${user}:`))
        execFileSync("useradd", ["--no-create-home", user]);
      execFileSync("chown", ["-R", `${user}:`, home]);
    }
    chmodSync(home, mode);
    // npm tells its children of its own settings, among them files that another user may not read
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(npm_|LATCHKEY_|HIGHLEVEL_|VITEST|NODE_ENV|TEST_|CHROMIUM|CI$)/.test(name),
    );
    env = { ...Object.fromEntries(inherited), HOME: home, NO_COLOR: "1" };
  });
  afterAll(() => {
    for (const { pid } of started) if (pid !== undefined) endGroup(pid);
    if (home !== undefined) {
      const signpost = join(checkout, ".latchkey/database.place");
      if (existsSync(signpost)) rmSync(readFileSync(signpost, "utf8").trim(), { recursive: true, force: true });
      rmSync(home, { recursive: true, force: true });
    }
  });

  const as = (command: readonly string[]): readonly [string, string[]] =>
    user === undefined
      ? [command[0]!, command.slice(1)]
      : ["setpriv", [`--reuid=${user}`, `--regid=${user}`, "--init-groups", ...command]];

  const run = (...command: string[]) => {
    const [program, args] = as(command);
    const options = { cwd: checkout, env, encoding: "utf8", maxBuffer: Number.POSITIVE_INFINITY } as const;
    return execFileSync(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  };

  const npmStart = async (port: number) => {
    const [program, args] = as(["npm", "start"]);
    const options = { cwd: checkout, env: { ...env, PORT: String(port) }, detached: true };
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    started.push(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
    const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
    return { child, ended, said: () => said, url: `http://127.0.0.1:${port}` };
  };

  test("npm ci installs and builds", () => {
    run("npm", "ci");
    expect(existsSync(join(checkout, "dist/latchkey.js"))).toBe(true);
    expect(existsSync(join(checkout, "dist/dashboard/index.html"))).toBe(true);
  });

  test("npm start is ready within 60 s, its town moves, and SIGTERM leaves no process behind", async () => {
    const port = await freePort();
    const running = await npmStart(port);
    const before = performance.now();
    await until(async () => (await fetch(`${running.url}/readyz`)).status === 200, READY_MS, running.said);
    expect(performance.now() - before).toBeLessThan(READY_MS);
    await until(async () => (await turnsOf(running.url)) > 0, PATIENCE, running.said);
    const turns = await turnsOf(running.url);
    await until(async () => (await turnsOf(running.url)) > turns, PATIENCE, running.said);
    await until(async () => running.said().includes(`Open ${running.url}/?key=`), PATIENCE, running.said);

    const second = await npmStart(await freePort());
    expect(await second.ended).not.toBe(0);
    expect(second.said()).toMatch(/is in use by another Latchkey \(process \d+\)/);
    expect(second.said()).not.toMatch(/^ {4}at /m);

    running.child.kill("SIGTERM");
    await running.ended;
    await until(
      async () => processesOf(checkout).length === 0,
      PATIENCE,
      () => processesOf(checkout).join("\n"),
    );
  });

  test("npm start works again after kill -9, and Ctrl-C ends it", async () => {
    const first = await npmStart(await freePort());
    await until(async () => (await turnsOf(first.url)) > 0, PATIENCE, first.said);
    const { pid } = JSON.parse(readFileSync(lockOf(checkout), "utf8")) as { pid: number };
    process.kill(pid, "SIGKILL");
    await first.ended;

    const again = await npmStart(await freePort());
    await until(async () => (await turnsOf(again.url)) > 0, PATIENCE, again.said);
    process.kill(-again.child.pid!, "SIGINT"); // a terminal sends it to the whole group
    await again.ended;
    await until(
      async () => processesOf(checkout).length === 0,
      PATIENCE,
      () => processesOf(checkout).join("\n"),
    );
  });

  test.runIf(tested)("npm test passes", () => {
    const report = run("npm", "test");
    expect(report).toMatch(/Tests .*\d+ passed/);
  });
});

async function until(holds: () => Promise<boolean>, withinMs: number, why: () => string): Promise<void> {
  await vi
    .waitUntil(() => holds().catch(() => false), { timeout: withinMs, interval: 200 })
    .catch(() => {
      throw new Error(`not within ${withinMs} ms; it said:\n${why()}`);
    });
}

async function turnsOf(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^latchkey_turns_total (\d+)/m.exec(metrics)?.[1] ?? 0);
}

/** Processes that run from the checkout, or on its database. */
function processesOf(checkout: string): string[] {
  const signpost = join(checkout, ".latchkey/database.place");
  const places = [checkout, ...(existsSync(signpost) ? [readFileSync(signpost, "utf8").trim()] : [])];
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      const folder = readlinkSync(`/proc/${pid}/cwd`);
      return places.some((place) => command.includes(place) || folder.startsWith(place)) ? [`${pid} ${command}`] : [];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

function lockOf(checkout: string): string {
  const signpost = join(checkout, ".latchkey/database.place");
  const folder = existsSync(signpost) ? readFileSync(signpost, "utf8").trim() : join(checkout, ".latchkey/database");
  const name = readdirSync(folder).find((file) => /^latchkey-\d+\.lock$/.test(file));
  if (name === undefined) throw new Error(`no lock in ${folder}`);
  return join(folder, name);
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended
  }
}
