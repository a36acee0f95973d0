import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, inject } from "vitest";
import { openDatabase, type PostgresDatabase } from "../src/database/index.ts";
import { administer, databaseUrl } from "./cluster.ts";

export interface TestDatabase {
  readonly database: PostgresDatabase;
  readonly url: string;
}

/** A database for one test file, cloned from the migrated template: there from its first hook to its last test. */
export function databasePerFile(): TestDatabase {
  const { url: server, template } = inject("cluster");
  const name = `latchkey_test_${randomBytes(6).toString("hex")}`;
  const url = databaseUrl(server, name);
  const db = { url } as { url: string; database: PostgresDatabase };
  beforeAll(async () => {
    await administer(server, `create database ${name} template ${template}`);
    db.database = await openDatabase({ url, applicationName: "latchkey test", max: 10 });
  });
  afterAll(async () => {
    await db.database?.close();
    await administer(server, `drop database if exists ${name} with (force)`);
  });
  return db;
}
