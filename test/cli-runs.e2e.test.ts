// `plan`, `runs` and what concerns models as processes: asked of a Latchkey that runs and holds its database, and of the database when none does.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

const program = fileURLToPath(new URL("../dist/latchkey.js", import.meta.url));
const KEY = "owner-key-of-the-test";
const RESTING = "workflow: rest\nsteps: [{ id: rest, wait: 30d }, { id: done, tag: Rested }]\n";
let data: string;
let folder: string;
let latchkey: ChildProcess;
let url = "";

const environment = (more: NodeJS.ProcessEnv = {}) => ({
  ...{ PATH: process.env["PATH"], LATCHKEY_DATA: data, LATCHKEY_SIMULATOR: "on" },
  ...more,
});

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "latchkey-cli-runs-"));
  folder = mkdtempSync(join(tmpdir(), "latchkey-cli-runs-workflows-"));
  chmodSync(data, 0o755);
  writeFileSync(join(folder, "a.yaml"), RESTING);
  const env = environment({ PORT: "0", LATCHKEY_WORKFLOWS: folder, LATCHKEY_API_KEY: KEY });
  latchkey = spawn(process.execPath, [program, "start"], { env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: latchkey.stdout as NonNullable<ChildProcess["stdout"]> })) {
    url = /Open (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1] ?? "";
    if (url !== "") break;
  }
});
afterAll(async () => {
  await end();
  rmSync(data, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

async function end(): Promise<void> {
  if (latchkey.exitCode !== null) return;
  const gone = once(latchkey, "exit");
  latchkey.kill("SIGTERM");
  await gone;
}

const run = (args: readonly string[], more: NodeJS.ProcessEnv = { LATCHKEY_API_KEY: KEY, LATCHKEY_URL: url }) => {
  const done = spawnSync(process.execPath, [program, ...args], { encoding: "utf8", env: environment(more) });
  return { said: done.stdout.trimEnd(), complaint: done.stderr.trimEnd(), exit: done.status };
};
async function ask<Answer>(path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    headers: {
      authorization: `Bearer ${KEY}`,
      connection: "close", // commands are waited for in silence, and a connection kept alive would be closed meanwhile
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  return (await response.json()) as Answer;
}
/** Asks until there is an answer. */
const until = <Found>(look: () => Found | undefined | Promise<Found | undefined>): Promise<NonNullable<Found>> =>
  vi.waitUntil(look, { timeout: 60_000, interval: 100 }) as Promise<NonNullable<Found>>;

test("models, train, promote and rollback ask the Latchkey that runs, which says what it lacks", async () => {
  expect(run(["models"])).toMatchObject({
    // the schedule's own training may have ended by now
    said: expect.stringMatching(
      /^Chance, asked to be of an appointment within 30 days: rules\. Going cold: nobody\.($|\nLast training of )/,
    ),
    exit: 0,
  });
  // the schedule trains too, and two of a kind are never under way at once
  const trained = await until(() => {
    const done = run(["train"]);
    return done.exit === 1 ? done : undefined;
  });
  expect(trained).toMatchObject({
    said: expect.stringMatching(/^Too little to learn from: \d+ of 200 outcomes/),
    complaint: expect.stringMatching(/^Waiting for its turn/),
  });
  const { trainings } = JSON.parse(run(["models", "--json"]).said);
  const ended = { kind: "chance", outcome: "too_little", asked_by: "LATCHKEY_API_KEY" };
  expect(trainings).toContainEqual(expect.objectContaining(ended));
  expect(run(["rollback", "--reason", "it is odd"])).toMatchObject({
    complaint: "The rules score here: there is nothing to take back.",
    exit: 2,
  });
  expect(run(["promote", "0123456789ab", "--reason", "it is good"])).toMatchObject({
    complaint: "There is no such model here.",
    exit: 2,
  });
});

test("a workflow that is not there is not taken for one without runs, and a lead is found by its name", async () => {
  const none = 'There is no workflow "rets" here. Did you mean "rest"? There are: rest.';
  const asked = () => [
    ["runs", "list", "--workflow", "rets"],
    ["runs", "pause", "--workflow", "rets", "--dry-run"],
  ];
  for (const args of asked()) expect(run(args)).toMatchObject({ said: "", complaint: none, exit: 2 });
  const { teams } = await ask<{ teams: { id: string }[] }>("/v1/session", { key: KEY });
  // the town goes on: whose name is one of a kind may have a double a moment later
  const [scored, told] = await until(async () => {
    const { items } = await ask<{ items: { id: string; name: string }[] }>(`/v1/locations/${teams[0]?.id}/leads`);
    const lead = items.find(({ id }) => run(["explain", id]).exit === 0);
    const { said = "", exit = 1 } = lead === undefined ? {} : run(["explain", lead.name.toUpperCase(), "--json"]);
    if (lead !== undefined && exit === 0) return [lead, JSON.parse(said) as { lead: string }] as const;
    return undefined;
  });
  expect(told.lead).toBe(scored.id);
  // this folder sends nothing
  expect(run(["explain", scored.id, "--messages"])).toMatchObject({
    said: expect.stringMatching(/^No message to .* has been decided, and no workflow has turned them away/),
    exit: 0,
  });
  expect(run(["explain", "--message", "0198c0de-0000-7000-8000-000000000000"])).toMatchObject({
    complaint: expect.stringMatching(/^There is no message or decision 0198c0de-\S+ here, or not any more\./),
    exit: 2,
  });
  for (const args of [["explain"], ["replay"], ["runs", "list", "--lead"], ["audit", "verify", "--lead"]])
    expect(run([...args, "Nobody Atall"]), args.join(" ")).toMatchObject({
      complaint: expect.stringMatching(/^Nobody here is Nobody Atall\. A lead is named by its id/),
      exit: 2,
    });
});

test("what needs the database joins the one of the Latchkey that runs", () => {
  const { said, exit } = run(["doctor", "--json"], { LATCHKEY_WORKFLOWS: folder });
  expect(JSON.parse(said).findings).toContainEqual(expect.objectContaining({ subject: "database", ok: true }));
  expect(exit).toBe(0);
  expect(run(["audit", "verify"], {})).toMatchObject({ complaint: "", exit: 0 });
  expect(run(["migrate"], {})).toMatchObject({ complaint: "", exit: 0 });
});

test("plan and runs ask the Latchkey that runs, and its database once it has ended", async () => {
  const { teams } = await ask<{ teams: { id: string }[] }>("/v1/session", { key: KEY });
  const at = `/v1/locations/${teams[0]?.id}`;
  const leads = await until(async () => {
    const { items } = await ask<{ items: { id: string }[] }>(`${at}/leads?limit=3`);
    return items.length === 3 ? items.map(({ id }) => id) : undefined;
  });
  await ask(`${at}/workflows/rest/enroll`, { leads });
  const listed = (...more: string[]) => run(["runs", "list", "--workflow", "rest", ...more]).said.split("\n");
  const [first = ""] = await until(() => {
    const lines = listed("--status", "waiting", "--path", "rest");
    return lines.length === 3 ? lines : undefined;
  });
  const [id = ""] = first.split(" ");
  const asked: [args: string[], said: string | RegExp, exit: number][] = [
    [["pause", id], "Asked the run to pause.", 0],
    [["stop", "--workflow", "rest", "--dry-run"], "3 runs would be asked to stop.", 0],
    [["retry", id], /^A run can be asked to retry while it is failed; this one is \w+\. It takes /, 2],
    [["pause", id, "--dry-run"], "--dry-run goes with many runs, not with the id of one.", 2],
    [["pause", id, "--workflow", "rest"], "--workflow goes with many runs, not with the id of one.", 2],
    [["pause", "rest"], "run: expected a run's id", 2],
    [["pause"], /^Say which runs: an id, or --workflow,/, 2],
    [["dance", id], /^Expected: runs list, or runs pause\|/, 2],
    [["list"], /^workflow: say which: workflow, lead, status, path, plan, segment/, 2],
  ];
  for (const [args, said, exit] of asked) {
    const answer = run(["runs", ...args]);
    expect(answer.said + answer.complaint, args.join(" ")).toMatch(said);
    expect(answer.exit, args.join(" ")).toBe(exit);
  }
  await until(() => (listed("--status", "paused")[0]?.startsWith(id) === true ? true : undefined));
  const [ofOne] = run(["runs", "list", "--lead", `${url}/leads/${leads[0]}`]).said.split("\n");
  expect(ofOne).toContain(`  ${leads[0]}  `);
  const past = ["runs", "re-time", "--workflow", "rest", "--until", "2001-01-01T00:00:00Z"];
  expect(run([...past, "--dry-run"]).said).toMatch(
    /would be asked to re-time\. The instant is over: they go on at once\.$/,
  );
  expect(run(past)).toMatchObject({ complaint: expect.stringMatching(/^2001-01-01T.* is over: it is /), exit: 2 });
  const page = listed("--limit", "2");
  expect(page).toHaveLength(3);
  expect(listed("--limit", "2", ...(page[2] ?? "").replace("More: ", "").split(" "))).toHaveLength(1);

  const draft = mkdtempSync(join(tmpdir(), "latchkey-cli-runs-draft-"));
  writeFileSync(join(draft, "a.yaml"), `on_edit: move\n${RESTING.replace("id: rest", "id: nap")}`);
  const planned = run(["plan", draft]);
  expect(planned.said).toContain("3 leads in it, on_edit: move");
  expect(planned.said).toContain('3 leads wait at "rest", which is gone.');
  expect(planned.exit).toBe(1);
  expect(run(["plan", folder])).toMatchObject({ said: "Nothing would change.", exit: 0 });
  expect(run(["plan", folder], {})).toMatchObject({ said: "Nothing would change.", exit: 0 });
  expect(run(["runs", "list", "--workflow", "rest", "--status", "paused"], {}).said).toContain(id);
  expect(run(["plan", folder], { LATCHKEY_API_KEY: "wrong", LATCHKEY_URL: url }).exit).toBe(2);
  const outside = join(draft, "data");
  const asOutside = { LATCHKEY_API_KEY: KEY, LATCHKEY_URL: url, LATCHKEY_DATA: outside };
  expect(run(["runs", "list", "--workflow", "rest", "--status", "paused"], asOutside).said).toContain(id);
  expect(existsSync(outside)).toBe(false);

  await end();
  expect(JSON.parse(run(["plan", draft, "--json"]).said)).toMatchObject({
    workflows: [{ workflow: "rest", leads: 3 }],
  });
  rmSync(draft, { recursive: true });
  expect(run(["runs", "stop", "--workflow", "rest"]).said).toMatch(/^3 runs asked to stop\. Job [0-9a-f-]{36}\.$/);
  expect(run(["runs", "list", "--workflow", "rets"]).complaint).toMatch(/^There is no workflow "rets" here/);
  expect(run(["explain", "Nobody Atall"]).complaint).toMatch(/^Nobody here is Nobody Atall/);
  expect(run(["runs", "stop", "--workflow", "rest", "--plan", "0000"]).said).toBe("0 runs asked to stop.");
});

test("a command waits for one that has the database for itself, and says so; both come to their end", async () => {
  await end();
  const begin = (...args: string[]) => spawn(process.execPath, [program, ...args], { env: environment() });
  const first = begin("secrets", "set", "HOOK"); // has the database until its standard input ends
  const firstEnded = once(first, "exit");
  await until(() => existsSync(join(data, "database", `latchkey-${first.pid}.lock`)) || undefined);
  const second = begin("secrets", "list");
  const secondEnded = once(second, "exit");
  const said = text(second.stdout);
  const [complaint] = await once(second.stderr, "data");
  expect(String(complaint)).toBe(`Process ${first.pid} has the data folder ${data} for itself: waiting for its end.\n`);
  first.stdin.end("a stored value\n");
  expect(await firstEnded).toEqual([0, null]);
  expect(await secondEnded).toEqual([0, null]);
  expect(await said).toBe("HOOK\n");
});
