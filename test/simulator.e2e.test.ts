// The simulator as a process: what its parent relies on.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const cache = join(root, ".cache", `simulator-${process.pid}`);
const scratch = mkdtempSync(join(tmpdir(), "latchkey-simulator-"));
const children = new Set<ChildProcess>();

beforeAll(async () => {
  const bundle = await rolldown({
    cwd: root,
    input: { simulator: "simulator/main.ts" },
    platform: "node",
    external: (id) => !id.startsWith(".") && !id.startsWith("/"),
  });
  await bundle.write({ dir: cache, format: "esm", entryFileNames: "[name].mjs" });
  await bundle.close();
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});
afterAll(() => {
  rmSync(cache, { recursive: true, force: true });
  rmSync(scratch, { recursive: true, force: true });
});

async function start(...args: string[]) {
  const child = spawn(process.execPath, [join(cache, "simulator.mjs"), ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.add(child);
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, exit: once(child, "exit"), ready: JSON.parse(line) as Record<string, string> };
}

describe("the simulator's process", () => {
  test("says in one line where it is, what opens it and which key it signs with", async () => {
    const { ready } = await start("--no-town", "--location", "loc1", "--token", "a-fine-token");
    expect(ready).toMatchObject({ locationId: "loc1", token: "a-fine-token" });
    expect(ready["url"]).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(ready["webhookPublicKeyPem"]).toContain("BEGIN PUBLIC KEY");
  });

  test("ends when its stdin closes, town and all", async () => {
    const { child, exit } = await start("--leads", "50");
    child.stdin?.end();
    expect(await exit).toEqual([0, null]);
  });

  test("ends on SIGTERM", async () => {
    const { child, exit } = await start("--no-town");
    child.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
  });

  test("keeps its ledger through a kill", async () => {
    const ledger = join(scratch, "ledger.jsonl");
    const { child, exit, ready } = await start("--no-town", "--token", "a-fine-token", "--ledger", ledger);
    const post = (path: string, body: unknown) =>
      fetch(`${ready["url"]}${path}`, {
        method: "POST",
        headers: { authorization: "Bearer a-fine-token", version: "v3", "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    await post("/_sim/contacts", { id: "ada", contact: { firstName: "Ada", phone: "+15125550101" } });
    await post("/_sim/faults", { drop: 1 });
    await post("/conversations/messages", { type: "SMS", contactId: "ada", message: "Hello" }).catch(() => undefined);
    child.kill("SIGKILL");
    await exit;
    const entries = readFileSync(ledger, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(entries).toMatchObject([{ n: 1, contactId: "ada", type: "SMS", body: "Hello", answer: "dropped" }]);
  });

  test("refuses a flag it does not know", async () => {
    const child = spawn(process.execPath, [join(cache, "simulator.mjs"), "--sped", "60"], {
      stdio: ["pipe", "ignore", "pipe"],
    });
    children.add(child);
    const said: Buffer[] = [];
    child.stderr?.on("data", (chunk: Buffer) => said.push(chunk));
    const [code] = await once(child, "close");
    expect(code).not.toBe(0);
    expect(Buffer.concat(said).toString()).toContain("--sped");
  });
});
