// The demo as a person starts it: stopped and started again it is the same town, at the place where it stood.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";

const program = fileURLToPath(new URL("../dist/latchkey.js", import.meta.url));
const KEY = "owner-key-of-the-test";
const data = mkdtempSync(join(tmpdir(), "latchkey-town-"));
chmodSync(data, 0o755);
let latchkey: ChildProcess | undefined;

afterAll(async () => {
  await end("SIGTERM");
  rmSync(data, { recursive: true, force: true });
});

async function end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (latchkey === undefined || latchkey.exitCode !== null || latchkey.signalCode !== null) return;
  const gone = once(latchkey, "exit");
  latchkey.kill(signal);
  await gone;
}

interface Lead {
  readonly id: string;
  readonly name: string;
}

async function started() {
  latchkey = spawn(process.execPath, [program, "start"], {
    env: {
      ...{ PATH: process.env["PATH"], PORT: "0", LATCHKEY_DATA: data, LATCHKEY_SIMULATOR: "on" },
      ...{ LATCHKEY_WORKFLOWS: "", LATCHKEY_API_KEY: KEY },
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let url = "";
  for await (const line of createInterface({ input: latchkey.stdout as NonNullable<ChildProcess["stdout"]> })) {
    url = /Open (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1] ?? "";
    if (url !== "") break;
  }
  const ask = async <Answer>(path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      headers: {
        authorization: `Bearer ${KEY}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    return (await response.json()) as Answer;
  };
  const { teams } = await ask<{ teams: { id: string }[] }>("/v1/session", { key: KEY });
  const leads = await vi.waitUntil(
    async () => {
      const { items } = await ask<{ items: Lead[] }>(`/v1/locations/${teams[0]?.id}/leads?limit=200`);
      return items.length > 100 ? items : undefined;
    },
    { timeout: 60_000, interval: 200 },
  );
  return { teams, leads: new Map(leads.map(({ id, name }) => [id, name])) };
}

const kept = () => JSON.parse(readFileSync(join(data, "town.json"), "utf8")) as { now: number; closed: boolean };

test("the list of processes shows nobody a key", async () => {
  await started();
  const { stdout } = spawnSync("ps", ["-eo", "ppid,args", "-ww"], { encoding: "utf8" });
  const children = stdout.split("\n").filter((line) => line.trim().startsWith(`${latchkey?.pid} `));
  await end("SIGTERM");
  expect(children.join("\n")).toContain("simulator.js");
  expect(children.join("\n")).not.toMatch(/lk\.|--api-key|--token\b/);
  expect(children.join("\n")).not.toContain(KEY);
});

test("a town that is stopped, or killed, is the same when it is started again, and its clock never goes back", async () => {
  const first = await started();
  await end("SIGTERM");
  const stood = kept();
  expect(stood.closed).toBe(true);

  const second = await started();
  expect(second.teams).toEqual(first.teams);
  // the list shows who did something last, and a lead's first visit may be told before its contact
  const named = [...second.leads].filter(([id]) => ![undefined, "Unnamed lead"].includes(first.leads.get(id)));
  expect(named.length).toBeGreaterThan(0);
  for (const [id, name] of named) expect(name).toBe(first.leads.get(id));
  expect(kept().now).toBeGreaterThanOrEqual(stood.now);
  expect(kept().closed).toBe(false);

  await end("SIGKILL");
  const third = await started();
  expect(third.teams).toEqual(first.teams);
  expect(kept().now).toBeGreaterThan(stood.now);
});
