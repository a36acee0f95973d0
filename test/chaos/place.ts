// Where the killed Latchkey keeps its data: a database of an ordinary login on TEST_DATABASE_URL, else its own embedded one.

import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { administer, databaseUrl } from "../cluster.ts";

export interface Place {
  readonly kind: "embedded" | "external";
  /** For workflows, logs and Latchkey's data. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Answers over a connection of its own: Latchkey's may be gone any moment. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export async function openPlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-chaos-"));
  chmodSync(folder, 0o755); // as root, PostgreSQL runs as another user
  const data = join(folder, "data");
  const given = process.env["TEST_DATABASE_URL"];
  if (given === undefined || given === "") return embedded(folder, data);
  return external(folder, data, given);
}

function embedded(folder: string, data: string): Place {
  // Each start takes another port: PostgreSQL's own note says which.
  const url = () => {
    const password = readFileSync(join(data, "database.password"), "utf8").trim();
    const port = readFileSync(join(data, "database", "cluster", "postmaster.pid"), "utf8").split("\n")[3];
    return `postgresql://latchkey:${password}@127.0.0.1:${port}/latchkey`;
  };
  return {
    kind: "embedded",
    folder,
    env: { LATCHKEY_DATA: data },
    query: async (text, values) => ask(url(), text, values), // async: between a kill and the next start the note is missing
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function external(folder: string, data: string, server: string): Promise<Place> {
  const name = `latchkey_chaos_${randomBytes(4).toString("hex")}`;
  const password = randomBytes(16).toString("hex");
  await administer(server, `create role ${name} login nosuperuser nobypassrls password '${password}'`);
  await administer(server, `create database ${name} owner ${name}`);
  const own = new URL(databaseUrl(server, name));
  own.username = name;
  own.password = password;
  return {
    kind: "external",
    folder,
    env: { LATCHKEY_DATA: data, DATABASE_URL: own.href },
    query: (text, values) => ask(own.href, text, values),
    async close() {
      await administer(server, `drop database if exists ${name} with (force)`);
      await administer(server, `drop role if exists ${name}`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ask<Row>(url: string, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, options: "-c latchkey.locations=*" });
  client.on("error", () => undefined); // the statement under way rejects as well
  await client.connect();
  try {
    return (await client.query(text, [...values])).rows as Row[];
  } finally {
    await client.end();
  }
}
