import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { openDatabase, type PostgresDatabase } from "../src/database/index.ts";
import { administer, databaseUrl } from "./cluster.ts";

export interface TestDatabase {
  readonly database: PostgresDatabase;
  readonly url: string;
  close(): Promise<void>;
}

/** A database for one test file, cloned from the migrated template. Close it in `afterAll`. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const cluster = inject("cluster");
  const name = `latchkey_test_${randomBytes(6).toString("hex")}`;
  await administer(cluster.url, `create database ${name} template ${cluster.template}`);
  const url = databaseUrl(cluster.url, name);
  const database = await openDatabase({ url, applicationName: "latchkey test", max: 10 });
  return {
    database,
    url,
    async close() {
      await database.close();
      await administer(cluster.url, `drop database if exists ${name} with (force)`);
    },
  };
}
