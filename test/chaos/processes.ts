// The processes of a chaos run: Latchkey, which is killed, and the provider apart, whose ledger outlives it.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Simulator } from "../../simulator/simulator.ts";
import { freePort } from "../ports.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What runs is what is shipped. */
export const build = (): void => void execFileSync(process.execPath, ["build.mjs"], { cwd: root, stdio: "inherit" });

export interface Provider {
  readonly url: string;
  readonly token: string;
  readonly location: string;
  readonly publicKeyPem: string;
  ask<T>(path: string): Promise<T>;
  tell(path: string, body: unknown): Promise<void>;
  close(): Promise<void>;
}

export async function openProvider(flags: readonly string[]): Promise<Provider> {
  const child = spawn(process.execPath, [join(root, "dist/simulator.js"), ...flags], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const ready = JSON.parse(line) as { url: string; token: string; locationId: string; webhookPublicKeyPem: string };
  const at = (path: string) => `${ready.url}/_sim/${path}`;
  return {
    url: ready.url,
    token: ready.token,
    location: ready.locationId,
    publicKeyPem: ready.webhookPublicKeyPem,
    ask: async <T>(path: string) => (await (await fetch(at(path))).json()) as T,
    async tell(path, body) {
      const answer = await fetch(at(path), { method: "POST", body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`the provider was told ${path}: ${answer.status} ${await answer.text()}`);
    },
    close: () => ended(child, "SIGTERM"),
  };
}

export interface Victim {
  readonly url: string;
  /** Starts it and returns at once: a kill may come before it is ready. */
  start(): void;
  /** `kill -9`, and waits until the system says it is gone. */
  kill(): Promise<void>;
  /** @throws when it is not ready in time */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

interface Told {
  readonly databaseUrl: string;
  /** Of the owner. */
  readonly key: string;
  /** With `workflows/` and `keys.pem` in it. */
  readonly folder: string;
}

/** What several processes of one Latchkey are told alike, whichever way they come to the CRM. */
export const environmentOf = ({ databaseUrl, key, folder }: Told) => ({
  DATABASE_URL: databaseUrl,
  LATCHKEY_DATA: join(folder, "data"),
  LATCHKEY_SECRET: "the secret that all processes share",
  LATCHKEY_API_KEY: key,
  LATCHKEY_WORKFLOWS: join(folder, "workflows"),
  HIGHLEVEL_WEBHOOK_KEYS: join(folder, "keys.pem"),
});

/** By an app of the marketplace. */
export const byApp = ({ url, clientId, clientSecret }: Simulator["ready"]) => ({
  HIGHLEVEL_API_URL: url,
  HIGHLEVEL_INSTALL_URL: `${url}/v2/oauth/chooselocation`,
  HIGHLEVEL_CLIENT_ID: clientId,
  HIGHLEVEL_CLIENT_SECRET: clientSecret,
});

/** @param log everything that it says is appended to this file */
export async function openVictim(
  env: Readonly<Record<string, string>>,
  log: string,
  script = join(root, "dist/latchkey.js"),
): Promise<Victim> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { PATH = "" } = process.env;
  let child: ChildProcess | undefined;
  return {
    url,
    start() {
      const out = openSync(log, "a");
      child = spawn(process.execPath, [script, "start"], {
        cwd: root,
        env: { PATH, PORT: String(port), ...env },
        stdio: ["ignore", out, out],
      });
      closeSync(out);
    },
    async kill() {
      if (child !== undefined) await ended(child, "SIGKILL");
    },
    async ready() {
      for (const until = Date.now() + 60_000; Date.now() < until; await pause(50)) {
        const answer = await fetch(`${url}/readyz`).catch(() => undefined);
        if (answer?.status === 200) return;
        if (child?.exitCode !== null) break;
      }
      throw new Error(`Latchkey is not ready; it said:\n${readFileSync(log, "utf8").slice(-2_000)}`);
    },
    async stop() {
      if (child !== undefined) await ended(child, "SIGTERM");
    },
  };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill(signal);
  await exit;
}
