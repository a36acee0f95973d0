// One PostgreSQL for a test run: TEST_DATABASE_URL, else an embedded cluster in a temporary folder. A template is
// migrated once; each test file clones it (test/database.ts).

import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { migrate, openEmbedded } from "../src/database/index.ts";
import { openFacts } from "../src/kernel/facts.ts";

export interface TestCluster {
  /** A login that may create databases. */
  readonly url: string;
  readonly template: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    cluster: TestCluster;
  }
}

/** The sql and the e2e suites of one run share a cluster: whoever comes first leaves word here. */
const SHARED = "TEST_CLUSTER";

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const shared = process.env[SHARED];
  if (shared !== undefined) {
    project.provide("cluster", JSON.parse(shared) as TestCluster);
    return undefined;
  }
  const server = await openServer();
  const template = `latchkey_template_${process.pid}`;
  const cluster = { url: server.url, template };
  await administer(server.url, `create database ${template}`);
  await migrate({ url: databaseUrl(server.url, template), facts: openFacts(), now: Date.now() });
  process.env[SHARED] = JSON.stringify(cluster);
  project.provide("cluster", cluster);
  return async () => {
    delete process.env[SHARED];
    await administer(server.url, `drop database if exists ${template} with (force)`);
    await server.close();
  };
}

async function openServer(): Promise<{ url: string; close(): Promise<void> }> {
  const given = process.env["TEST_DATABASE_URL"];
  if (given !== undefined && given !== "") return { url: given, close: async () => undefined };
  const data = await mkdtemp(join(tmpdir(), "latchkey-test-"));
  await chmod(data, 0o755); // or the cluster of a run as root would live, and stay, under /var/lib/latchkey
  const server = await openEmbedded({ data, facts: openFacts(), mayCreateDatabases: true });
  return {
    url: server.url,
    async close() {
      await server.close();
      await rm(data, { recursive: true, force: true });
    },
  };
}

export async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (let tries = 1; ; tries += 1) {
      const error = await client.query(statement).then(
        () => undefined,
        (error: Error) => error,
      );
      if (error === undefined) return;
      if (!VACUUMED.test(error.message) || tries === 100) throw error;
      await client.query("select pg_sleep(0.1)");
    }
  } finally {
    await client.end();
  }
}

/** The server itself tidies the database that is dropped, and an ordinary login may not stop it: it is done in a moment. */
const VACUUMED = /permission denied to terminate process/;

/** The same server and login, another database. */
export function databaseUrl(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}
