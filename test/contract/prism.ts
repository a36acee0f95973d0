// The validation proxy: Prism between a client and an upstream, and a recorder in front of it that reads the verdicts.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import { bodyOf } from "../bodies.ts";
import { freePort } from "../ports.ts";

/** Installed beside the packages, not among them: 180 packages for one suite. */
const BINARY = fileURLToPath(
  new URL("../../.cache/prism/node_modules/@stoplight/prism-cli/dist/index.js", import.meta.url),
);

export const isPrismInstalled = existsSync(BINARY);

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** What the proxy found wrong with the request or its answer. */
  readonly violations: readonly string[];
}

export interface Judge {
  readonly url: string;
  readonly exchanges: readonly Exchange[];
  close(): Promise<void>;
}

export async function openJudge(document: string, upstream: string): Promise<Judge> {
  const port = await freePort();
  const prism = spawn(process.execPath, [BINARY, "proxy", document, upstream, "-p", String(port)], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  await listening(prism);
  const exchanges: Exchange[] = [];
  const recorder = createServer(async (asked, answer) => {
    const body = await bodyOf(asked);
    if (body === undefined) return;
    const { connection: _connection, host: _host, "content-length": _length, ...headers } = asked.headers;
    const method = asked.method ?? "GET";
    const path = asked.url ?? "/";
    const judged = await request(`http://127.0.0.1:${port}${path}`, {
      method,
      headers,
      ...(body === "" ? {} : { body }),
    });
    const answered = Buffer.from(await judged.body.arrayBuffer());
    exchanges.push({ method, path, status: judged.statusCode, violations: verdicts(judged.headers["sl-violations"]) });
    answer.writeHead(judged.statusCode, { "content-type": "application/json", date: String(judged.headers["date"]) });
    answer.end(answered);
  });
  recorder.listen(0, "127.0.0.1");
  await once(recorder, "listening");
  return {
    url: `http://127.0.0.1:${(recorder.address() as AddressInfo).port}`,
    exchanges,
    async close() {
      recorder.close();
      recorder.closeAllConnections();
      // the whole group: Prism may have children of its own
      if (prism.pid !== undefined && prism.exitCode === null) {
        process.kill(-prism.pid, "SIGKILL");
        await once(prism, "exit");
      }
    },
  };
}

function verdicts(header: string | string[] | undefined): string[] {
  if (header === undefined) return [];
  const found = JSON.parse(String(header)) as { location: string[]; severity: string; message: string }[];
  return found.map(({ location, severity, message }) => `${severity} ${location.join(".")}: ${message}`);
}

function listening(prism: ChildProcess): Promise<void> {
  return new Promise((ready, failed) => {
    let said = "";
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("is listening")) ready();
    };
    prism.stdout?.on("data", hear);
    prism.stderr?.on("data", hear);
    prism.once("exit", (code) => failed(new Error(`Prism ended with ${code}: ${said.slice(-2_000)}`)));
    prism.once("error", failed);
  });
}
