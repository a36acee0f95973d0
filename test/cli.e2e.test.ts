// The commands as processes: what they print, and with what they end.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { administer, databaseUrl } from "./cluster.ts";

const program = fileURLToPath(new URL("../dist/latchkey.js", import.meta.url));
const name = `latchkey_test_cli_${process.pid}`;
const cluster = inject("cluster");
let data: string;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "latchkey-cli-"));
  await administer(cluster.url, `create database ${name} template ${cluster.template}`);
});
afterAll(async () => {
  await administer(cluster.url, `drop database if exists ${name} with (force)`);
  rmSync(data, { recursive: true, force: true });
});

const run = (args: readonly string[], more: NodeJS.ProcessEnv = {}, input = "") =>
  spawnSync(process.execPath, [program, ...args], {
    encoding: "utf8",
    input,
    env: { PATH: process.env["PATH"], LATCHKEY_DATA: data, DATABASE_URL: databaseUrl(cluster.url, name), ...more },
  });

test("the file that npx runs is executable, however often it is built", () => {
  expect(spawnSync(program, ["--help"], { encoding: "utf8" })).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^Usage: latchkey COMMAND/),
  });
});

test("doctor says what is well and exits 0", () => {
  const { status, stdout } = run(["doctor", "--json"]);
  const { findings } = JSON.parse(stdout) as { findings: { subject: string; ok: boolean }[] };
  expect(findings.map(({ subject }) => subject)).toEqual(["database", "clock", "workflows", "webhook key", "CRM"]);
  expect(status).toBe(0);
});

test("doctor says what to do about a database that is away and exits 1", () => {
  const { status, stdout } = run(["doctor"], { DATABASE_URL: "postgres://127.0.0.1:1/none" });
  expect(stdout).toMatch(/^FAIL {2}database: .*\n {6}See that DATABASE_URL/);
  expect(status).toBe(1);
});

test("migrate has nothing to do on a database that is up to date", () => {
  expect(run(["migrate"])).toMatchObject({ stdout: "Up to date.\n", status: 0 });
});

test("evaluate says how good chances are on a file, and what it expected where it cannot", () => {
  const file = join(data, "leads.csv");
  const lines = Array.from({ length: 700 }, (_, n) => `${n % 10},${n % 3 === 0 ? "web" : "call"},${(n * n) % 10 > 4}`);
  writeFileSync(file, `visits,source,booked\n${lines.join("\n")}\n`);
  const { status, stdout } = run(["evaluate", "--csv", file, "--label", "booked", "--json"]);
  const { measures, auc, positive } = JSON.parse(stdout);
  expect({ status, positive }).toEqual({ status: 0, positive: "true" });
  expect(measures.n).toBeGreaterThan(100);
  expect(auc.low).toBeLessThanOrEqual(measures.auc);
  expect(run(["evaluate", "--csv", file, "--label", "visits"])).toMatchObject({ status: 2, stdout: "" });
  expect(run(["evaluate", "--csv", join(data, "none.csv"), "--label", "a"]).stderr).toContain("could not be read");
});

test("a long answer is heard whole, also through a pipe", () => {
  const { status, stdout } = run(["schema"]);
  expect(stdout.length).toBeGreaterThan(100_000);
  expect(JSON.parse(stdout)).toMatchObject({ $schema: "http://json-schema.org/draft-07/schema#" });
  expect(status).toBe(0);
});

test("check and graph answer no, or that they could not be asked, by how they end", () => {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-cli-workflows-"));
  const file = (text: string) => writeFileSync(join(folder, "a.yaml"), text);
  file("templates: { hello: { sms: Hi } }\n---\nworkflow: w\nsteps: [{ id: x, send: hello, hold: 2h }]\n");
  expect(run(["check", folder])).toMatchObject({ status: 0 });
  expect(run(["check", folder, "--strict"])).toMatchObject({ status: 1 });
  expect(run(["graph", folder]).stdout).toMatch(/^flowchart TD\n/);
  expect(run(["graph", folder, "--format", "svg"]).stdout).toMatch(/^<svg /);
  expect(run(["graph", folder, "--workflow", "other"])).toMatchObject({ status: 2 });
  file("workflow: w\nsteps: [{ send: nobody }]\n");
  expect(run(["check", folder, "--json"])).toMatchObject({ status: 1 });
  expect(run(["check", join(folder, "none")])).toMatchObject({ status: 2 });
  rmSync(folder, { recursive: true });
});

test("what no command knows is answered in a line, without a stack", () => {
  expect(run(["check", "--jsno"])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^Unknown option '--jsno'.*\n$/),
  });
  expect(run(["check", "a", "b"])).toMatchObject({
    status: 2,
    stderr: '"b" is one too many: see latchkey check --help.\n',
  });
});

test("the help of a command is its own, and of one that is not there it says what was probably meant", () => {
  const { status, stdout } = run(["runs", "--help"]);
  expect(stdout).toMatch(/^Usage: latchkey runs list\n/);
  expect(stdout).toContain("--limit N               of list: how many; default 50");
  expect(stdout).toContain("Example:\n  npx latchkey runs ");
  expect(status).toBe(0);
  expect(run(["simulate", "--help"]).stdout).toMatch(/^Usage: latchkey simulate \[folder\|FILE\]\n/);
  for (const args of [["chekc", "--help"], ["chekc"]])
    expect(run(args)).toMatchObject({
      status: 2,
      stderr: 'There is no command "chekc". Did you mean "check"? latchkey --help has all of them.\n',
    });
  expect(run(["check", "--seed", "7"]).stderr).toBe("check takes no --seed. See latchkey check --help.\n");
});

test("simulate takes one file, and says of a file that needs others how to take them along", () => {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-cli-simulate-"));
  const file = join(folder, "a.yaml");
  writeFileSync(file, "templates: { hello: { sms: Hi } }\n---\nworkflow: w\nsteps: [{ id: x, send: hello }]\n");
  expect(run(["simulate", file, "--leads", "5", "--days", "3"])).toMatchObject({ status: 0 });
  writeFileSync(file, "workflow: w\nsteps: [{ id: x, send: hello }]\n");
  const { status, stderr } = run(["simulate", file]);
  expect(stderr).toContain("One file was read. Where it names what stands in others, simulate the folder");
  expect(status).toBe(1);
  expect(run(["simulate", join(folder, "none")])).toMatchObject({
    status: 2,
    stderr: `There is no file or folder ${join(folder, "none")}.\n`,
  });
  expect(run(["check", file])).toMatchObject({
    status: 2,
    stdout: `${file} is a file. Expected the folder it is in, for files name what stands in others: ${folder}\n`,
  });
  rmSync(folder, { recursive: true });
});

test("what a terminal would obey in a name is shown, in answers and in complaints", () => {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-cli-names-"));
  const file = join(folder, "a\u001b[2J.yaml");
  writeFileSync(file, "");
  expect(run(["check", file]).stdout).toContain("a\\u001b[2J.yaml is a file.");
  expect(run(["simulate", `${file}\u009b`]).stderr).toContain("a\\u001b[2J.yaml\\u009b");
  rmSync(folder, { recursive: true });
});

test("simulate says what it expected, and which workflows there are", () => {
  expect(run(["simulate", "--seed", "x"])).toMatchObject({
    status: 2,
    stderr: "--seed: expected a whole number from 0\n",
  });
  expect(run(["simulate", "--zone", "Mars"]).stderr).toBe("--zone: expected a time zone such as America/Chicago\n");
  const { status, stderr } = run(["simulate", "--workflow", "none"]);
  expect(stderr).toMatch(/^There is no workflow "none" in workflows: .*reengagement/);
  expect(status).toBe(2);
});

test("keys refuses a location that Latchkey does not work for, in one line", () => {
  const { status, stderr } = run(["keys", "create", "--location", "elsewhere", "--name", "site"]);
  expect(stderr).toBe(
    "Latchkey does not work for elsewhere. No location is connected yet: README.md says how, under Connect a real account.\n",
  );
  expect(status).toBe(2);
});

test("secrets refuses a location that Latchkey does not work for, and says how it is called", () => {
  expect(run(["secrets", "list", "--location", "elsewhere"])).toMatchObject({
    stderr:
      "Latchkey does not work for elsewhere. No location is connected yet: README.md says how, under Connect a real account.\n",
    status: 2,
  });
  expect(run(["secrets", "set", "--location", "elsewhere"]).stderr).toMatch(/^Expected: secrets set NAME/);
});

test("a request that is half said when Latchkey is told to end is answered before it ends", async () => {
  const key = "owner-key-of-the-test";
  const env = {
    PATH: process.env["PATH"],
    PORT: "0",
    LATCHKEY_DATA: data,
    LATCHKEY_WORKFLOWS: "",
    LATCHKEY_API_KEY: key,
    HIGHLEVEL_LOCATION: "loc1",
    HIGHLEVEL_API_URL: "http://127.0.0.1:1",
    DATABASE_URL: databaseUrl(cluster.url, name),
  };
  const child = spawn(process.execPath, [program, "start"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  const lines: string[] = [];
  const port = await new Promise<number>((resolve) => {
    createInterface(child.stdout).on("line", (line) => {
      lines.push(line);
      const [, at] = /Open http:\/\/127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (at !== undefined) resolve(Number(at));
    });
  });
  const body = JSON.stringify({ events: [{ type: "website_visit", contact: "ada", properties: { url: "/" } }] });
  const socket = connect(port, "127.0.0.1");
  socket.write(
    `POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n` +
      `content-length: ${body.length}\r\n\r\n${body.slice(0, 9)}`,
  );
  await (await fetch(`http://127.0.0.1:${port}/healthz`)).text();
  child.kill("SIGTERM");
  while (await listens(port));
  socket.write(body.slice(9));
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 202 /);
  expect((await exit)[0]).toBe(0);
  const logged = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  // no token and no app: one line says so, and what to do
  const warned = logged.filter(({ level, warning }) => level !== "info" && !/fsync/.test(warning ?? ""));
  expect(warned).toMatchObject([
    {
      msg: "configuration_warned",
      warning: expect.stringMatching(
        /^Location loc1: it has no token, and no app is set up \(open \S+\/settings and connect it, or set HIGHLEVEL_TOKEN /,
      ),
    },
  ]);
  expect(logged.slice(-2)).toMatchObject([
    { msg: "latchkey_ending", signal: "SIGTERM" },
    { msg: "latchkey_ended", signal: "SIGTERM", requests_answered: 1, took_ms: expect.any(Number) },
  ]);

  // the location is installed now
  const secrets = (...args: string[]) => run(["secrets", ...args], {}, "a stored value\n");
  expect(secrets("set", "ENRICH_KEY")).toMatchObject({ stdout: "ENRICH_KEY is set.\n", status: 0 });
  expect(secrets("list")).toMatchObject({ stdout: "ENRICH_KEY\n", status: 0 });
  expect(secrets("remove", "ENRICH_KEY")).toMatchObject({ stdout: "ENRICH_KEY is forgotten.\n", status: 0 });
  expect(secrets("remove", "ENRICH_KEY").status).toBe(1);
});

test("Latchkey that finds its database put back from before stands still, and says so", async () => {
  const env = {
    PATH: process.env["PATH"],
    PORT: "0",
    LATCHKEY_DATA: data,
    LATCHKEY_WORKFLOWS: "",
    HIGHLEVEL_LOCATION: "loc1",
    HIGHLEVEL_API_URL: "http://127.0.0.1:1",
    DATABASE_URL: databaseUrl(cluster.url, name),
  };
  const lived = async (): Promise<string[]> => {
    const child = spawn(process.execPath, [program, "start"], { env, stdio: ["ignore", "pipe", "inherit"] });
    const exit = once(child, "exit");
    const lines: string[] = [];
    createInterface(child.stdout).on("line", (line) => {
      lines.push(line);
      if (line.startsWith("Latchkey is running.")) child.kill("SIGTERM");
    });
    expect((await exit)[0]).toBe(0);
    return lines.filter((line) => line.includes("older copy"));
  };
  expect(await lived()).toEqual([]);
  await administer(
    databaseUrl(cluster.url, name),
    "set latchkey.locations = '*'; update database_mark set seen_at = seen_at - interval '1 day'; delete from hold",
  );
  expect(await lived()).toEqual([expect.stringContaining("loc1 stands still")]);
  expect(await lived()).toEqual([]);
});

test("Latchkey starts and ends while the CRM takes every connection and never answers", async () => {
  const silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const env = {
    PATH: process.env["PATH"],
    PORT: "0",
    LATCHKEY_DATA: data,
    LATCHKEY_WORKFLOWS: "",
    HIGHLEVEL_LOCATION: "loc2",
    HIGHLEVEL_TOKEN: "token-of-the-test",
    HIGHLEVEL_API_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    DATABASE_URL: databaseUrl(cluster.url, name),
  };
  const asked = once(silent, "connection").then(() => performance.now());
  const child = spawn(process.execPath, [program, "start"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  const since = await asked;
  for await (const line of createInterface(child.stdout)) if (line.startsWith("Latchkey is running.")) break;
  child.kill("SIGTERM");
  expect((await exit)[0]).toBe(0);
  expect(performance.now() - since).toBeLessThan(10_000); // for so long an answer is waited for
  silent.close();
});

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(port, "127.0.0.1", () => {
      probe.destroy();
      resolve(true);
    }).on("error", () => resolve(false));
  });
